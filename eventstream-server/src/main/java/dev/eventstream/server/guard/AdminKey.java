package dev.eventstream.server.guard;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The key for the admin port, of which only a hash is in memory. Immutable, thread-safe. */
public final class AdminKey {
  /** What a key looks like. */
  public static final String REMEDY =
      "write 20 to 500 printable ASCII characters without spaces, such as the output of"
          + " \"openssl rand -hex 32\"";

  private static final Pattern VALID = Pattern.compile("[!-~]{20,500}");
  private static final String SCHEME = "bearer ";

  private final byte[] hash;

  private AdminKey(byte[] hash) {
    this.hash = hash;
  }

  /**
   * Reads a key.
   *
   * @throws IllegalArgumentException if it is not valid; does not show it
   */
  public static AdminKey of(String key) {
    if (!isValid(key)) {
      throw new IllegalArgumentException(REMEDY);
    }
    return new AdminKey(hash(key));
  }

  /** Whether a text can be a key. */
  public static boolean isValid(String key) {
    return VALID.matcher(key).matches();
  }

  /**
   * Whether a request has the key. The time that this takes reveals nothing about the key.
   *
   * @param authorization the header's value, {@code Bearer KEY}; null: none
   */
  boolean isIn(@Nullable String authorization) {
    if (authorization == null || !authorization.toLowerCase(Locale.ROOT).startsWith(SCHEME)) {
      return false;
    }
    String shown = authorization.substring(SCHEME.length()).strip();
    return MessageDigest.isEqual(hash(shown), hash);
  }

  private static byte[] hash(String key) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(key.getBytes(UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** Does not show the key. */
  @Override
  public String toString() {
    return "admin key";
  }
}
