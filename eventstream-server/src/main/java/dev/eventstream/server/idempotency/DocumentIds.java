package dev.eventstream.server.idempotency;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Document ids made of what clients call their events, so that an event that is sent again gets the
 * same one. Hashed, as those names may be longer than an id, and are no business of the index.
 */
public final class DocumentIds {
  /** Enough that no two of them are ever the same: 128 bits. */
  private static final int BYTES = 16;

  private DocumentIds() {}

  /**
   * The id that belongs to some names.
   *
   * @param names without zero characters
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
