package dev.eventstream.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;

/** Sample events and documents; the same seed produces the same ones. */
final class Samples {
  static final String INDEX = "pageview";
  private static final String[] VALUES = {"homepage", "about", "checkout"};

  private static final String[] WORDS = {
    "events", "of", "shoppers", "who", "scroll", "über", "\\\"quoted\\\"", "and", "click", "twice"
  };

  private final Random random = new Random(42);

  /** Returns an event of about 300 bytes, as sent by browsers, without its closing brace. */
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

  /** Returns the body of a bulk request with the same documents as the server would create. */
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

  /** Returns events of a size class: small (60 bytes), kilobyte (1,000) or nested (10,000). */
  static List<byte[]> bodies(String size, int count) {
    Samples samples = new Samples();
    List<byte[]> bodies = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String body =
          switch (size) {
            case "small" -> samples.small();
            case "kilobyte" -> samples.openEvent() + samples.texts(700) + "}";
            case "nested" -> samples.openEvent() + samples.nested(9_700) + "}";
            default -> throw new IllegalArgumentException("there are no events of size " + size);
          };
      bodies.add(body.getBytes(UTF_8));
    }
    return bodies;
  }

  private String small() {
    return "{\"eventType\":\"pageview\",\"eventValue\":\""
        + VALUES[random.nextInt(VALUES.length)]
        + "\",\"n\":"
        + (10_000 + random.nextInt(90_000))
        + "}";
  }

  /**
   * Returns members with texts of 20 to 80 characters, some of which need two bytes or an escape.
   */
  private String texts(int length) {
    StringBuilder json = new StringBuilder();
    for (int member = 0; json.length() < length; member++) {
      json.append(",\"note").append(member).append("\":\"").append(text()).append('"');
    }
    return json.toString();
  }

  private String text() {
    StringBuilder text = new StringBuilder();
    int length = 20 + random.nextInt(60);
    while (text.length() < length) {
      text.append(WORDS[random.nextInt(WORDS.length)]).append(' ');
    }
    return text.toString();
  }

  /** Returns a list of products as a shop's page might report it: nested objects and arrays. */
  private String nested(int length) {
    StringBuilder json = new StringBuilder(",\"products\":[");
    for (int product = 0; json.length() < length; product++) {
      json.append(product == 0 ? "" : ",")
          .append("{\"sku\":\"")
          .append(Integer.toHexString(random.nextInt()))
          .append("\",\"price\":")
          .append(random.nextInt(100_000) / 100.0)
          .append(",\"title\":\"")
          .append(text())
          .append("\",\"tags\":[\"new\",\"sale\",null,true],\"position\":{\"row\":")
          .append(product)
          .append(",\"box\":{\"x\":")
          .append(random.nextInt(2_000))
          .append(",\"y\":-")
          .append(random.nextInt(2_000))
          .append("}}}");
    }
    return json.append(']').toString();
  }

  static byte[] array(List<byte[]> bodies) {
    ByteArrayOutputStream json = new ByteArrayOutputStream();
    for (byte[] body : bodies) {
      json.write(json.size() == 0 ? '[' : ',');
      json.writeBytes(body);
    }
    json.write(']');
    return json.toByteArray();
  }
}
