package dev.eventstream.es.connect;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Base64;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP authentication scheme and the source of its secret. Holds no secret: the supplier is
 * called for each request. Thread-safe if the supplier is.
 */
public final class Login {
  /** The syntax of a token in an {@code Authorization} header (RFC 9110, token68). */
  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9._~+/-]+=*");

  private final String scheme;
  private final String secretName; // for messages
  private final @Nullable String user; // null for a scheme with a token
  private final Supplier<String> secret;

  private Login(String scheme, String secretName, @Nullable String user, Supplier<String> secret) {
    this.scheme = scheme;
    this.secretName = secretName;
    this.user = user;
    this.secret = secret;
  }

  /**
   * Uses a user name and a password.
   *
   * @throws IllegalArgumentException if HTTP cannot transmit the user name
   */
  public static Login basic(String user, Supplier<String> password) {
    if (user.isEmpty() || user.indexOf(':') >= 0 || hasControlCharacter(user)) {
      throw new IllegalArgumentException(
          "the user's name "
              + (user.isEmpty() ? "is empty" : "cannot be transmitted with HTTP")
              + "; it must have at least one character, and no colons or control characters");
    }
    return new Login("Basic", "the password of the user " + user, user, password);
  }

  /** Uses an Elasticsearch API key in its encoded form. */
  public static Login apiKey(Supplier<String> key) {
    return new Login("ApiKey", "the API key", null, key);
  }

  /** Uses a bearer token. */
  public static Login bearer(Supplier<String> token) {
    return new Login("Bearer", "the bearer token", null, token);
  }

  /**
   * Returns the value of the {@code Authorization} header for the next request.
   *
   * @throws UnusableCredentialsException if the secret is missing or malformed
   */
  public String header() {
    return user == null ? scheme + " " + token() : basicHeader(user, password());
  }

  static String basicHeader(String user, String password) {
    String pair = user + ":" + password;
    return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(UTF_8));
  }

  @Nullable String user() {
    return user;
  }

  /**
   * Returns the password for the next request.
   *
   * @throws UnusableCredentialsException if the password is missing or malformed
   */
  String password() {
    return checkedSecret();
  }

  private String token() {
    String value = checkedSecret();
    if (TOKEN.matcher(value).matches()) {
      return value;
    }
    if (value.regionMatches(true, 0, scheme + " ", 0, scheme.length() + 1)) {
      throw unusable("begins with the word " + scheme + "; leave out that word");
    }
    if (scheme.equals("ApiKey") && value.indexOf(':') >= 0) {
      throw unusable(
          "has the wrong form: use what Elasticsearch calls \"encoded\", the Base64 of id:api_key");
    }
    throw unusable("has an invalid character; only letters, digits and -._~+/= are valid");
  }

  private String checkedSecret() {
    String value;
    try {
      value = secret.get();
    } catch (UnusableCredentialsException e) {
      throw e;
    } catch (RuntimeException e) {
      // The supplier's own message may contain the secret.
      throw unusable("is not available: its supplier failed with " + e.getClass().getName());
    }
    if (value == null || value.isEmpty()) {
      throw unusable("is empty; set it where it is read from");
    }
    if (hasControlCharacter(value)) {
      throw unusable(
          "has a line break or another control character, which HTTP cannot transmit; remove it");
    }
    return value;
  }

  private UnusableCredentialsException unusable(String fault) {
    return new UnusableCredentialsException(secretName + " " + fault);
  }

  private static boolean hasControlCharacter(String text) {
    return text.chars().anyMatch(Character::isISOControl);
  }

  /** Names the scheme only. */
  @Override
  public String toString() {
    return scheme;
  }
}
