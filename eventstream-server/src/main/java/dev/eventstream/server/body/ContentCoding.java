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

/** The content codings of request bodies (RFC 9110, section 8.4). */
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

  /** The number of codings that may be applied to one body. */
  private static final int MAX_CODINGS = 3;

  private final int memoryBytes;

  ContentCoding(int memoryBytes) {
    this.memoryBytes = memoryBytes;
  }

  /** The memory of a decoder, in bytes, without what it passes on; mostly outside the heap. */
  int memoryBytes() {
    return memoryBytes;
  }

  /**
   * A new decoder; the caller closes it.
   *
   * @param next gets the decoded bytes
   * @param maxBytes the limit of decoded bytes
   * @param memory for decoders that need more than {@link #memoryBytes}
   */
  abstract ContentDecoder decoder(ByteSink next, int maxBytes, RequestMemory.Share memory);

  boolean isAvailable() {
    return true;
  }

  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The supported codings, as a header lists them. */
  public static String accepted() {
    return Arrays.stream(values())
        .filter(ContentCoding::isAvailable)
        .map(ContentCoding::wireName)
        .collect(Collectors.joining(", "));
  }

  /**
   * The codings that a request names.
   *
   * @param names in the order in which they were applied
   * @return the codings without {@code identity}; null: one is not supported, or there are too many
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

  /** Initialised by the first body that needs it, since it unpacks a native library. */
  private static final class Zstd {
    private static final Logger LOG = LoggerFactory.getLogger(ContentCoding.class);
    static final boolean IS_AVAILABLE = load();

    private static boolean load() {
      try {
        Native.load();
        return true;
      } catch (LinkageError | RuntimeException e) {
        LOG.warn(
            "zstd bodies are not supported, gzip bodies are: the zstd library cannot be loaded from {};"
                + " set -DZstdTempFolder to a directory from which programs can be executed ({})",
            System.getProperty("java.io.tmpdir"),
            e.toString());
        return false;
      }
    }
  }
}
