package dev.eventstream.server.config;

/**
 * The value that a source gives to a setting.
 *
 * @param text not empty
 * @param label the setting's name on that source, for messages
 * @param origin the source, for messages
 */
public record SettingValue(String text, String label, String origin) {}
