package dev.eventstream.es;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Who we are for a cluster. Holds no secret but where to get it: the supplier is asked for each
 * request, so that a changed secret is used by the next one without a restart.
 *
 * <pre>{@code
 * Credentials.apiKey(Credentials.inFile(Path.of("/run/secrets/cluster-api-key")))
 * }</pre>
 *
 * <p>Suppliers are called by the threads that write, by several at once, and before every request:
 * they must be thread-safe and quick. One that fails, or gives what no header can carry, makes the
 * request fail with the remedy; events are kept as whenever the cluster turns us away.
 *
 * <p>Thread-safe. No secret is in {@link #toString()} or in the message of an exception.
 */
public final class Credentials {
  /** What may stand behind the scheme in an {@code Authorization} header (RFC 9110, token68). */
  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9._~+/-]+=*");

  private final String scheme;
  private final String secretName; // for messages
  private final @Nullable String user;
  private final Supplier<String> secret;

  private Credentials(
      String scheme, String secretName, @Nullable String user, Supplier<String> secret) {
    this.scheme = scheme;
    this.secretName = secretName;
    this.user = user;
    this.secret = secret;
  }

  /**
   * A user with a password ({@code Authorization: Basic …}).
   *
   * @param user the user's name, neither empty nor with a colon or a control character
   * @param password gives the password, which must not have control characters
   * @return the credentials
   * @throws IllegalArgumentException when the name cannot be used
   */
  public static Credentials basic(String user, Supplier<String> password) {
    if (user.isEmpty() || user.indexOf(':') >= 0 || hasControlCharacter(user)) {
      throw new IllegalArgumentException(
          "the user's name is "
              + (user.isEmpty() ? "empty" : "not one that HTTP can carry")
              + "; it must be at least one character, without colons and control characters");
    }
    return new Credentials("Basic", "the password of the user " + user, user, password);
  }

  /**
   * An API key of Elasticsearch ({@code Authorization: ApiKey …}).
   *
   * @param key gives the key in the form that Elasticsearch calls {@code encoded}: the Base64 of
   *     its id, a colon and the key itself
   * @return the credentials
   */
  public static Credentials apiKey(Supplier<String> key) {
    return new Credentials("ApiKey", "the API key", null, key);
  }

  /**
   * A bearer token ({@code Authorization: Bearer …}), such as a JWT or an Elasticsearch service
   * account's.
   *
   * @param token gives the token
   * @return the credentials
   */
  public static Credentials bearer(Supplier<String> token) {
    return new Credentials("Bearer", "the bearer token", null, token);
  }

  /**
   * A secret that is kept in a file, as container platforms hand them out. The file is read each
   * time, so that a new content is used by the next request.
   *
   * @param file a small file in UTF-8; line breaks at its end are left out
   * @return a supplier of its content, for {@link #basic}, {@link #apiKey} and {@link #bearer}
   */
  public static Supplier<String> inFile(Path file) {
    return () -> {
      String content;
      try {
        content = Files.readString(file);
      } catch (IOException e) {
        throw new UnusableException(
            "the secret file " + file + " cannot be read (" + e.getClass().getSimpleName() + ")");
      }
      return content.replaceFirst("[\r\n]+$", "");
    };
  }

  /**
   * The value of the {@code Authorization} header now.
   *
   * @throws UnusableException when there is none, with the remedy
   */
  String header() {
    if (user == null) {
      return scheme + " " + checkedToken();
    }
    return basicHeader(user, password());
  }

  static String basicHeader(String user, String password) {
    String pair = user + ":" + password;
    return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(UTF_8));
  }

  @Nullable String user() {
    return user;
  }

  /**
   * The password now.
   *
   * @throws UnusableException when there is none, with the remedy
   */
  String password() {
    String value = ask();
    if (hasControlCharacter(value)) {
      throw hasControlCharacter();
    }
    return value;
  }

  private String checkedToken() {
    String value = ask();
    if (hasControlCharacter(value)) {
      throw hasControlCharacter();
    }
    if (TOKEN.matcher(value).matches()) {
      return value;
    }
    if (value.regionMatches(true, 0, scheme + " ", 0, scheme.length() + 1)) {
      throw unusable("begins with the word " + scheme + "; give it without");
    }
    if (scheme.equals("ApiKey") && value.indexOf(':') >= 0) {
      throw unusable(
          "is not in the form that is sent: give what Elasticsearch calls \"encoded\", "
              + "which is the Base64 of id:api_key");
    }
    throw unusable(
        "has a character that must not be in it; it consists of letters, digits and -._~+/=");
  }

  private String ask() {
    String value;
    try {
      value = secret.get();
    } catch (UnusableException e) {
      throw e;
    } catch (RuntimeException e) {
      // not its message, which is not ours and may say too much
      throw unusable("cannot be had: its supplier failed with " + e.getClass().getName());
    }
    if (value == null || value.isEmpty()) {
      throw unusable("is empty; put it where it is read from");
    }
    return value;
  }

  private UnusableException hasControlCharacter() {
    return unusable(
        "has a line break or another control character in it, which HTTP cannot carry; remove it");
  }

  private UnusableException unusable(String fault) {
    return new UnusableException(secretName + " " + fault);
  }

  private static boolean hasControlCharacter(String text) {
    return text.chars().anyMatch(Character::isISOControl);
  }

  /**
   * Names the kind.
   *
   * @return for example {@code Credentials[Basic]}; no secret, and no name either
   */
  @Override
  public String toString() {
    return "Credentials[" + scheme + "]";
  }

  /** There are no usable credentials now. Its message can be shown to anyone. */
  static final class UnusableException extends IllegalStateException {
    UnusableException(String message) {
      super(message);
    }
  }
}
