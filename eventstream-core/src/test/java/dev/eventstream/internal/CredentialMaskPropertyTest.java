package dev.eventstream.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class CredentialMaskPropertyTest {
  /** Characters that occur in no other part of the URLs. */
  private static final String SECRET = "QZß字λ7";

  private static final List<String> WITH_SCHEME =
      List.of(
          "http://%1$s:%2$s@host:9200",
          "https://%1$s:%2$s@host:9200/path",
          "http://:%2$s@[::1]:9200",
          "http://%1$s:%2$s@one:9200,http://%1$s:%2$s@two:9200",
          "http://one:9200, http://%1$s:%2$s@two:9200",
          "http://%1$s:%2$s@at@host:9200",
          "kafka+tls://%1$s:%2$s@host");

  private static final List<String> WITHOUT_SCHEME =
      List.of(
          "%1$s:%2$s@host:9200",
          "//%1$s:%2$s@host:9200",
          ":%2$s@host",
          "one:9200,%1$s:%2$s@two:9200",
          "\"http://%1$s:%2$s@host:9200\"",
          "'%1$s:%2$s@host:9200'",
          " http://%1$s:%2$s@host:9200",
          "http:/%1$s:%2$s@host:9200",
          "http//%1$s:%2$s@host:9200");

  @Property
  void masksPasswordsInAnyTextIntendedAsUrls(
      @ForAll("users") String user,
      @ForAll("passwords") String password,
      @ForAll("shapes") String shape) {
    assertHidden(CredentialMask.urls(shape.formatted(user, password)), password);
    assertHidden(CredentialMask.withoutLogin(shape.formatted(user, password)), password);
  }

  @Property
  void masksPasswordsInAMessageAboutAUrl(
      @ForAll("users") String user,
      @ForAll("passwords") String password,
      @ForAll("shapesWithAScheme") String shape) {
    String url = shape.formatted(user, password);

    assertHidden(CredentialMask.message("cannot write to [" + url + "]: refused"), password);
  }

  private static void assertHidden(String shown, String password) {
    IntStream.rangeClosed(0, password.length() - 3)
        .mapToObj(start -> password.substring(start, start + 3))
        .filter(run -> run.chars().anyMatch(c -> SECRET.indexOf(c) >= 0))
        .forEach(run -> assertThat(shown).doesNotContain(run));
  }

  @Provide
  Arbitrary<String> users() {
    return Arbitraries.strings().withChars("u@/:?#% ,\"[]\n").ofMaxLength(4);
  }

  @Provide
  Arbitrary<String> passwords() {
    return Arbitraries.strings()
        .withChars(SECRET + "@/:?#% ,;.+-*\\\"'[]{}()<>&=\n\r\t")
        .ofMinLength(3)
        .ofMaxLength(12);
  }

  @Provide
  Arbitrary<String> shapes() {
    return Arbitraries.oneOf(shapesWithAScheme(), Arbitraries.of(WITHOUT_SCHEME));
  }

  @Provide
  Arbitrary<String> shapesWithAScheme() {
    return Arbitraries.of(WITH_SCHEME);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          http://one:9200,https://two               | http://one:9200,https://two
          http://u:p@one:9200/path                  | http://***@one:9200/path
          http://u:p@one:9200, http://u:p@two:9200  | http://***@one:9200,http://***@two:9200
          http://u:pa@ss@one:9200                   | http://***@one:9200
          http://u:pa/ss@one:9200                   | http://***@one:9200
          http://u:12345,http://6@one:9200          | http://***@one:9200
          u:p@one:9200                              | ***@one:9200
          """)
  void keepsEverythingElseOfAWellFormedUrl(String urls, String shown) {
    assertThat(CredentialMask.urls(urls)).isEqualTo(shown);
  }

  @ParameterizedTest
  @CsvSource({
    "http://one:9200/path, http://one:9200/path",
    "http://u:p@one:9200/path, http://one:9200/path",
    "http://u:pa@ss@one:9200, http://***@one:9200"
  })
  void removesTheLoginOfAWellFormedUrl(String url, String shown) {
    assertThat(CredentialMask.withoutLogin(url)).isEqualTo(shown);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ops@example.com is no address | ops@example.com is no address
          cannot reach http://one:9200  | cannot reach http://one:9200
          http://u:p@one answered 401   | http://***@one answered 401
          """)
  void aMessageWithoutCredentialsIsUnchanged(String message, String shown) {
    assertThat(CredentialMask.message(message)).isEqualTo(shown);
  }
}
