package dev.eventstream.server.config;

import java.util.List;

/**
 * One setting, as it is documented: {@code --help} prints these, and names that are not among them
 * stop the start.
 *
 * @param name the environment variable
 * @param defaultValue its default as text; empty: none
 * @param meaning one sentence, with range and unit
 */
public record Setting(String name, String defaultValue, String meaning) {
  static final Setting URL =
      new Setting(
          "ELASTICSEARCH_URL",
          "http://localhost:9200",
          "One or several nodes of one Elasticsearch or OpenSearch cluster, separated by commas.");
  static final Setting HOST =
      new Setting("EVENTSTREAM_HOST", "0.0.0.0", "The address to listen on.");
  static final Setting PORT =
      new Setting(
          "EVENTSTREAM_PORT", "8080", "The port to listen on, 0 to 65535; 0: any free one.");
  static final Setting ID_DIR =
      new Setting(
          "EVENTSTREAM_ID_DIR",
          "",
          "A directory with one file <eventType>.json for each event type, an object from event"
              + " value to event ID. Without it no event gets an ID.");
  static final Setting UNKNOWN_VALUES =
      new Setting(
          "EVENTSTREAM_UNKNOWN_VALUES",
          "index",
          "What happens to an event without an ID: \"index\" it without one, or \"reject\" it.");
  static final Setting INDEX =
      new Setting(
          "EVENTSTREAM_INDEX",
          "{eventType}",
          "The index an event goes to; {eventType} stands for the event's type.");
  static final Setting EVENT_TYPES =
      new Setting(
          "EVENTSTREAM_EVENT_TYPES",
          "",
          "The event types that are taken, separated by commas. Without it all valid ones are.");
  static final Setting MAX_EVENT_TYPES =
      new Setting(
          "EVENTSTREAM_MAX_EVENT_TYPES",
          "1000",
          "How many distinct event types are taken from the start on, at least 1, where"
              + " EVENTSTREAM_EVENT_TYPES is not set.");

  /** All settings, in the order in which they are documented. */
  public static final List<Setting> ALL =
      List.of(URL, HOST, PORT, ID_DIR, UNKNOWN_VALUES, INDEX, EVENT_TYPES, MAX_EVENT_TYPES);
}
