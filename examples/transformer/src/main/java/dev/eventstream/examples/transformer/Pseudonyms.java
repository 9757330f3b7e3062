package dev.eventstream.examples.transformer;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Base64;
import java.util.function.UnaryOperator;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Replaces a name by a pseudonym. The same name has the same pseudonym as long as the key is the
 * same, so that users can still be counted; nobody can tell the name without the key. Thread-safe.
 */
final class Pseudonyms implements UnaryOperator<String> {
  private static final String ALGORITHM = "HmacSHA256";

  /** So many that two names do not have the same pseudonym. */
  private static final int BYTES = 16;

  private final SecretKeySpec key;

  /**
   * Creates the function.
   *
   * @param key at least 32 random bytes, the same in all processes
   */
  Pseudonyms(byte[] key) {
    if (key.length < 32) {
      throw new IllegalArgumentException(
          "the key has " + key.length + " bytes; create one of at least 32 random bytes");
    }
    this.key = new SecretKeySpec(key, ALGORITHM);
  }

  @Override
  public String apply(String name) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      byte[] hash = Arrays.copyOf(mac.doFinal(name.getBytes(UTF_8)), BYTES);
      return Base64.getUrlEncoder().withoutPadding().encodeToString(hash);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JVM has " + ALGORITHM, e);
    }
  }
}
