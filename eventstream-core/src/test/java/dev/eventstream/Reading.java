package dev.eventstream;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.IntSupplier;

/** Reads input to its end, in a form that can be compared. */
final class Reading {
  static final String OK = "{\"eventType\":\"a\",\"eventValue\":\"b\"}";
  static final String FIRST = "{\"eventType\":\"first\",\"eventValue\":\"1\"}";
  static final String LAST = "{\"eventType\":\"last\",\"eventValue\":\"2\"}";

  private Reading() {}

  /** Represents an event by its JSON, one character per byte, and a broken event by itself. */
  static List<Object> all(EventReader reader) throws IOException {
    List<Object> all = new ArrayList<>();
    ReadEvent event = reader.next();
    while (event != null) {
      all.add(event instanceof Event e ? new String(e.toJson(), ISO_8859_1) : event);
      event = reader.next();
    }
    return all;
  }

  static List<Object> all(String json) throws IOException {
    return all(EventReader.of(utf8(json)));
  }

  static List<String> events(List<Object> all) {
    return all.stream().filter(String.class::isInstance).map(String.class::cast).toList();
  }

  static List<String> events(String json) throws IOException {
    return events(all(json));
  }

  static List<BrokenEvent> broken(List<Object> all) {
    return all.stream().filter(BrokenEvent.class::isInstance).map(BrokenEvent.class::cast).toList();
  }

  static byte[] utf8(String text) {
    return text.getBytes(UTF_8);
  }

  /** Returns a stream whose reads return no more than the given number of bytes. */
  static InputStream inChunks(byte[] bytes, IntSupplier sizes) {
    return new InputStream() {
      private int position;

      @Override
      public int read() {
        return position == bytes.length ? -1 : bytes[position++] & 0xFF;
      }

      @Override
      public int read(byte[] into, int offset, int length) {
        if (position == bytes.length) {
          return -1;
        }
        int count = Math.min(Math.min(length, sizes.getAsInt()), bytes.length - position);
        System.arraycopy(bytes, position, into, offset, count);
        position += count;
        return count;
      }
    };
  }

  static InputStream byteByByte(byte[] bytes) {
    return inChunks(bytes, () -> 1);
  }

  static InputStream inRandomChunks(byte[] bytes, long seed) {
    Random random = new Random(seed);
    return inChunks(bytes, () -> 1 + random.nextInt(1 << (1 + random.nextInt(17))));
  }

  /** Returns an event of exactly the given size. */
  static String eventOfSize(int bytes) {
    String head = "{\"eventType\":\"a\",\"eventValue\":\"b\",\"pad\":\"";
    return head + "x".repeat(bytes - head.length() - 2) + "\"}";
  }
}
