package dev.eventstream.server.body;

import com.github.luben.zstd.util.Native;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The codings that bodies of requests may come in (RFC 9110, section 8.4). */
public enum ContentCoding {
  GZIP(48 * 1024) {
    @Override
    ContentDecoder decoder(ByteSink next, int maxBytes, RequestMemory.Share memory) {
      return new GzipDecoder(next, maxBytes);
    }
  },
  DEFLATE(48 * 1024) {
    @Override
    ContentDecoder decoder(ByteSink next, int maxBytes, RequestMemory.Share memory) {
      return new DeflateDecoder(next, maxBytes);
    }
  },
  ZSTD(160 * 1024) {
    @Override
    ContentDecoder decoder(ByteSink next, int maxBytes, RequestMemory.Share memory) {
      return new ZstdDecoder(next, maxBytes, memory);
    }

    @Override
    boolean isAvailable() {
      return Zstd.IS_AVAILABLE;
    }
  };

  /** Who needs more of them has no good reason. */
  private static final int MAX_CODINGS = 3;

  private final int memoryBytes;

  ContentCoding(int memoryBytes) {
    this.memoryBytes = memoryBytes;
  }

  /** How much memory a decoder takes, besides what it hands on; mostly outside the heap. */
  int memoryBytes() {
    return memoryBytes;
  }

  /**
   * A new decoder, to be closed.
   *
   * @param next takes what comes out
   * @param maxBytes how much that may be
   * @param memory where a decoder that needs more takes it from
   */
  abstract ContentDecoder decoder(ByteSink next, int maxBytes, RequestMemory.Share memory);

  boolean isAvailable() {
    return true;
  }

  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Those that can be read, as a header has them. */
  public static String accepted() {
    return Arrays.stream(values())
        .filter(ContentCoding::isAvailable)
        .map(ContentCoding::wireName)
        .collect(Collectors.joining(", "));
  }

  /**
   * Finds the codings that a request names.
   *
   * @param names in the order in which they were applied
   * @return the same without {@code identity}; null when not all of them can be read, or there are
   *     too many
   */
  public static @Nullable List<ContentCoding> of(List<String> names) {
    List<ContentCoding> codings = new ArrayList<>();
    for (String name : names) {
      String lowerCase = name.toLowerCase(Locale.ROOT);
      if (lowerCase.equals("identity")) {
        continue;
      }
      ContentCoding coding =
          switch (lowerCase) {
            case "gzip", "x-gzip" -> GZIP;
            case "deflate" -> DEFLATE;
            case "zstd" -> ZSTD;
            default -> null;
          };
      if (coding == null || !coding.isAvailable()) {
        return null;
      }
      codings.add(coding);
    }
    return codings.size() > MAX_CODINGS ? null : codings;
  }

  /** Looked at when the first body comes that needs it: it unpacks a native library. */
  private static final class Zstd {
    private static final Logger LOG = LoggerFactory.getLogger(ContentCoding.class);
    static final boolean IS_AVAILABLE = load();

    private static boolean load() {
      try {
        Native.load();
        return true;
      } catch (LinkageError | RuntimeException e) {
        LOG.warn(
            "Bodies in zstd cannot be read, those in gzip can: its library cannot be loaded from"
                + " {}; set -DZstdTempFolder to a directory from which programs may be run ({})",
            System.getProperty("java.io.tmpdir"),
            e.toString());
        return false;
      }
    }
  }
}
