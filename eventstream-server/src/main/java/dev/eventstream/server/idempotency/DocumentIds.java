package dev.eventstream.server.idempotency;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Derives document ids from the names that clients give to their events, so that an event sent
 * again gets the same id. The names are hashed: they can be longer than an id, and should not be
 * readable in the index.
 */
public final class DocumentIds {
  /** 128 bits, so that collisions do not occur in practice. */
  private static final int BYTES = 16;

  private DocumentIds() {}

  /**
   * The id for these names.
   *
   * @param names none holds a NUL character
   * @return 32 hex digits
   */
  public static String of(String... names) {
    MessageDigest sha256;
    try {
      sha256 = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
    for (String name : names) {
      sha256.update(name.getBytes(UTF_8));
      sha256.update((byte) 0);
    }
    return HexFormat.of().formatHex(sha256.digest(), 0, BYTES);
  }
}
