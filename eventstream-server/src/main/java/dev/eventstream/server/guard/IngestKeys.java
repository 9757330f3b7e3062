package dev.eventstream.server.guard;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The keys with which events can be sent. Each has a name and a secret; only a salted SHA-256 of
 * the secret is stored. Several keys are valid at once, so that one can be replaced without a gap.
 *
 * <p>A fast hash suffices because {@link #generate} makes secrets of 256 random bits. It would not
 * suffice for passwords that people choose; these are not accepted. Immutable, thread-safe.
 */
public final class IngestKeys {
  private static final int MAX_KEYS = 100;
  private static final int RANDOM_BYTES = 32;
  private static final int SALT_BYTES = 16;
  private static final String SECRET_PREFIX = "es_";
  private static final Pattern LINE =
      Pattern.compile("([A-Za-z0-9._-]{1,64}):sha256:([0-9a-f]{32}):([0-9a-f]{64})");
  private static final HexFormat HEX = HexFormat.of();

  @SuppressWarnings("ArrayRecordComponent") // never compared as records
  private record Key(String name, byte[] salt, byte[] hash) {}

  private final List<Key> keys;

  private IngestKeys(List<Key> keys) {
    this.keys = keys;
  }

  /**
   * A new key.
   *
   * @param secret for the client
   * @param line for the server's configuration
   */
  public record NewKey(String secret, String line) {}

  /**
   * Generates a key. Its secret is stored nowhere.
   *
   * @param name 1 to 64 of {@code A-Z a-z 0-9 . _ -}; the user of basic authentication
   * @throws IllegalArgumentException if the name is not valid
   */
  public static NewKey generate(String name) {
    SecureRandom random = new SecureRandom();
    byte[] bits = new byte[RANDOM_BYTES];
    byte[] salt = new byte[SALT_BYTES];
    random.nextBytes(bits);
    random.nextBytes(salt);
    String secret = SECRET_PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bits);
    String line = name + ":sha256:" + HEX.formatHex(salt) + ":" + HEX.formatHex(hash(salt, secret));
    if (!LINE.matcher(line).matches()) {
      throw new IllegalArgumentException(
          "the name \""
              + name
              + "\" must be 1 to 64 characters of A-Z, a-z, 0-9, \".\", \"_\", \"-\"");
    }
    return new NewKey(secret, line);
  }

  /**
   * Parses keys.
   *
   * @param text lines that {@link #generate} made; blank lines and comments ({@code #}) are
   *     skipped, and commas can replace line breaks
   * @throws IllegalArgumentException if a line is not valid; names its number but not its text
   */
  public static IngestKeys parse(String text) {
    List<Key> keys = new ArrayList<>();
    Set<String> names = new HashSet<>();
    List<String> lines = text.replace(',', '\n').lines().map(String::strip).toList();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      Matcher matcher = LINE.matcher(line);
      if (!matcher.matches()) {
        throw new IllegalArgumentException(
            "line " + (i + 1) + " is not a key; generate one with \"keys NAME\"");
      }
      if (!names.add(matcher.group(1))) {
        throw new IllegalArgumentException(
            "line " + (i + 1) + " has the name of another key; give each key its own name");
      }
      keys.add(
          new Key(
              matcher.group(1), HEX.parseHex(matcher.group(2)), HEX.parseHex(matcher.group(3))));
    }
    if (keys.isEmpty() || keys.size() > MAX_KEYS) {
      throw new IllegalArgumentException(
          "there are " + keys.size() + " keys; write 1 to " + MAX_KEYS + ", one per line");
    }
    return new IngestKeys(List.copyOf(keys));
  }

  /**
   * Finds the key of a request. The time that this takes reveals nothing about the secrets.
   *
   * @param authorization the header's value: {@code Bearer SECRET}, or {@code Basic} with name and
   *     secret; null: none
   * @return the key's name; null: no valid key
   */
  public @Nullable String nameOf(@Nullable String authorization) {
    if (authorization == null) {
      return null;
    }
    int space = authorization.indexOf(' ');
    if (space < 0) {
      return null;
    }
    String scheme = authorization.substring(0, space).toLowerCase(Locale.ROOT);
    String credentials = authorization.substring(space + 1).strip();
    return switch (scheme) {
      case "bearer" -> find(null, credentials);
      case "basic" -> basic(credentials);
      default -> null;
    };
  }

  private @Nullable String basic(String credentials) {
    String pair;
    try {
      pair = new String(Base64.getDecoder().decode(credentials.getBytes(US_ASCII)), UTF_8);
    } catch (IllegalArgumentException e) {
      return null;
    }
    int colon = pair.indexOf(':');
    return colon < 0 ? null : find(pair.substring(0, colon), pair.substring(colon + 1));
  }

  /** Compares all keys, also after a match, so that the time is constant. */
  private @Nullable String find(@Nullable String name, String secret) {
    String found = null;
    for (Key key : keys) {
      boolean right = MessageDigest.isEqual(hash(key.salt, secret), key.hash);
      if (right && (name == null || name.equals(key.name))) {
        found = key.name;
      }
    }
    return found;
  }

  private static byte[] hash(byte[] salt, String secret) {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      sha256.update(salt);
      return sha256.digest(secret.getBytes(UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** The number of keys, without their content. */
  @Override
  public String toString() {
    return keys.size() + " keys";
  }
}
