package dev.eventstream.server.config;

/**
 * What somebody has set.
 *
 * @param text what they wrote; not empty
 * @param label how they called the setting, for messages
 * @param origin where they wrote it
 */
record Given(String text, String label, String origin) {}
