package dev.eventstream.es;

import dev.eventstream.es.connect.Login;
import dev.eventstream.es.connect.UnusableCredentialsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;

/**
 * Credentials for a cluster. Holds no secret, only its supplier, which is called for each request:
 * a changed secret takes effect with the next request, without a restart.
 *
 * <pre>{@code
 * Credentials.apiKey(Credentials.inFile(Path.of("/run/secrets/cluster-api-key")))
 * }</pre>
 *
 * <p>Suppliers are called concurrently by the threads that write, before every request: they must
 * be thread-safe and fast. If a supplier fails, or returns a value that an HTTP header cannot
 * transmit, the request fails with the remedy; events are kept as if the cluster had rejected the
 * credentials.
 *
 * <p>Thread-safe. Neither {@link #toString()} nor exception messages contain a secret.
 */
public final class Credentials {
  private final Login login;

  private Credentials(Login login) {
    this.login = login;
  }

  /**
   * Uses a user name and a password ({@code Authorization: Basic …}).
   *
   * @param user not empty, without colons and control characters
   * @param password supplies the password, which must not have control characters
   * @throws IllegalArgumentException if HTTP cannot transmit the user name
   */
  public static Credentials basic(String user, Supplier<String> password) {
    return new Credentials(Login.basic(user, password));
  }

  /**
   * Uses an API key of Elasticsearch ({@code Authorization: ApiKey …}).
   *
   * @param key supplies the key in the form that Elasticsearch calls {@code encoded}: the Base64 of
   *     the key's id, a colon and the key itself
   */
  public static Credentials apiKey(Supplier<String> key) {
    return new Credentials(Login.apiKey(key));
  }

  /**
   * Uses a bearer token ({@code Authorization: Bearer …}), for example a JWT or the token of an
   * Elasticsearch service account.
   *
   * @param token supplies the token
   */
  public static Credentials bearer(Supplier<String> token) {
    return new Credentials(Login.bearer(token));
  }

  /**
   * Returns a supplier for a secret in a file, as container platforms mount them. It reads the file
   * on each call, so new content takes effect with the next request.
   *
   * @param file a small file in UTF-8; trailing line breaks are removed
   */
  public static Supplier<String> inFile(Path file) {
    return () -> {
      String content;
      try {
        content = Files.readString(file);
      } catch (IOException e) {
        throw new UnusableCredentialsException(
            "the secret file " + file + " cannot be read (" + e.getClass().getSimpleName() + ")");
      }
      return content.replaceFirst("[\r\n]+$", "");
    };
  }

  Login login() {
    return login;
  }

  /** Names the kind, for example {@code Credentials[Basic]}, without secret and user name. */
  @Override
  public String toString() {
    return "Credentials[" + login + "]";
  }
}
