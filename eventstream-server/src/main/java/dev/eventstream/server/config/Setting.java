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
  static final Setting ID_FILE =
      new Setting(
          "EVENTSTREAM_ID_FILE",
          "",
          "Instead of EVENTSTREAM_ID_DIR, for tables of millions of IDs: the file that \"ids build\""
              + " made of such a directory.");
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

  static final Setting SPOOL_DIR =
      new Setting(
          "EVENTSTREAM_SPOOL_DIR",
          "./data/spool",
          "Where documents wait on disk that the cluster does not take now. Several servers may"
              + " share one: each takes a directory of its own below it.");
  static final Setting SPOOL_MAX_BYTES =
      new Setting(
          "EVENTSTREAM_SPOOL_MAX_BYTES",
          "1GiB",
          "How much disk they may take, at least 16MiB; then events are refused until there is room"
              + " again.");
  static final Setting SPOOL_MIN_FREE_BYTES =
      new Setting(
          "EVENTSTREAM_SPOOL_MIN_FREE_BYTES",
          "256MiB",
          "How much of the disk stays free in any case, 0 or more.");
  static final Setting ACK =
      new Setting(
          "EVENTSTREAM_ACK",
          "indexed",
          "When an event is answered as accepted: \"indexed\", when the cluster has acknowledged it,"
              + " or else when it is safe on disk; \"spooled\", at once when it is safe on disk.");
  static final Setting DELIVERY_TIMEOUT =
      new Setting(
          "EVENTSTREAM_DELIVERY_TIMEOUT",
          "2s",
          "How long the cluster may take before an event goes to the spool, 1ms to 10min.");
  static final Setting THROTTLE =
      new Setting(
          "EVENTSTREAM_THROTTLE",
          "",
          "How many events a second the cluster gets at most, at least 1; the spool takes the"
              + " excess. Without it there is no bound.");

  /** All settings, in the order in which they are documented. */
  public static final List<Setting> ALL =
      List.of(
          URL,
          HOST,
          PORT,
          ID_DIR,
          ID_FILE,
          UNKNOWN_VALUES,
          INDEX,
          EVENT_TYPES,
          MAX_EVENT_TYPES,
          SPOOL_DIR,
          SPOOL_MAX_BYTES,
          SPOOL_MIN_FREE_BYTES,
          ACK,
          DELIVERY_TIMEOUT,
          THROTTLE);
}
