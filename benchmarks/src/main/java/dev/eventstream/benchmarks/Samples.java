package dev.eventstream.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Random;
import java.util.UUID;

/** Events and documents as they are sent; the same seed gives the same ones. */
final class Samples {
  static final String INDEX = "pageview";
  private static final String[] VALUES = {"homepage", "about", "checkout"};

  private final Random random = new Random(42);

  /** An event of about 300 bytes, as a browser sends them, without its closing brace. */
  private String openEvent() {
    String value = VALUES[random.nextInt(VALUES.length)];
    return "{\"eventType\":\"pageview\",\"eventValue\":\""
        + value
        + "\",\"session\":\""
        + Long.toHexString(random.nextLong())
        + "\",\"url\":\"https://shop.example/"
        + value
        + "?ref="
        + random.nextInt(10_000)
        + "\",\"viewport\":{\"width\":"
        + (320 + random.nextInt(1_600))
        + ",\"height\":"
        + (480 + random.nextInt(900))
        + "},\"scroll\":"
        + random.nextInt(100)
        + ",\"loadMillis\":"
        + random.nextInt(5_000)
        + ",\"agent\":\"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36\",\"loggedIn\":"
        + random.nextBoolean();
  }

  byte[] event() {
    return (openEvent() + "}").getBytes(UTF_8);
  }

  byte[] array(int size) {
    StringBuilder json = new StringBuilder("[");
    for (int i = 0; i < size; i++) {
      json.append(i == 0 ? "" : ",").append(openEvent()).append('}');
    }
    return json.append(']').toString().getBytes(UTF_8);
  }

  /** The body of a bulk request that holds the same documents as the server would make. */
  byte[] bulk(int size, boolean mappingType) {
    StringBuilder body = new StringBuilder();
    for (int i = 0; i < size; i++) {
      body.append("{\"create\":{\"_index\":\"")
          .append(INDEX)
          .append(mappingType ? "\",\"_type\":\"_doc" : "")
          .append("\",\"_id\":\"")
          .append(new UUID(random.nextLong(), random.nextLong()))
          .append("\"}}\n")
          .append(openEvent())
          .append(",\"eventId\":\"h\",\"@timestamp\":\"2026-01-31T08:15:30.123Z\"}\n");
    }
    return body.toString().getBytes(UTF_8);
  }
}
