package dev.eventstream.es;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.eventstream.es.connect.UnusableCredentialsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CredentialsTest {
  private static final String SECRET = "c2VjcmV0";

  @TempDir Path directory;

  @Test
  void eachKindHasItsOwnHeader() {
    assertThat(Credentials.basic("zoë", () -> "pä:ss wörd").login().header())
        .isEqualTo("Basic em/Dqzpww6Q6c3Mgd8O2cmQ=");
    assertThat(Credentials.apiKey(() -> SECRET + "==").login().header())
        .isEqualTo("ApiKey c2VjcmV0==");
    assertThat(Credentials.bearer(() -> "a.b-c_d").login().header()).isEqualTo("Bearer a.b-c_d");
  }

  @Test
  void theSupplierIsAskedEachTime() {
    int[] asked = new int[1];
    Credentials credentials = Credentials.bearer(() -> "token" + ++asked[0]);

    assertThat(credentials.login().header()).isEqualTo("Bearer token1");
    assertThat(credentials.login().header()).isEqualTo("Bearer token2");
  }

  @Test
  void aSecretInAFileIsReadEachTimeWithoutTheLineBreakAtItsEnd() throws Exception {
    Path file = Files.writeString(directory.resolve("secret"), SECRET + "\r\n");
    Credentials credentials = Credentials.apiKey(Credentials.inFile(file));
    assertThat(credentials.login().header()).isEqualTo("ApiKey " + SECRET);

    Files.writeString(file, "other\n\n");

    assertThat(credentials.login().header()).isEqualTo("ApiKey other");
  }

  @Test
  void aFileThatCannotBeReadIsNamed() {
    Path missing = directory.resolve("missing");

    assertUnusable(
        Credentials.bearer(Credentials.inFile(missing)), missing.toString(), "cannot be read");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\n", "\r\n", "\u0000", "\t", "\u0085", "\r\nX-Injected: 1"})
  void aSecretWithControlCharactersIsRefusedWithoutShowingIt(String control) {
    String value = SECRET + control;

    assertUnusable(Credentials.basic("u", () -> value), "password of the user u", "line break");
    assertUnusable(Credentials.apiKey(() -> value), "API key", "line break");
    assertUnusable(Credentials.bearer(() -> value), "bearer token", "line break");
  }

  @ParameterizedTest
  @CsvSource({
    "ApiKey c2VjcmV0, leave out that word",
    "c2VjcmV0:c2VjcmV0, encoded",
    "c2VjcmV0 c2VjcmV0, letters",
    "c2VjcmV0ß, letters",
    "'', empty"
  })
  void anApiKeyInTheWrongFormIsRefusedWithTheRemedy(String key, String remedy) {
    assertUnusable(Credentials.apiKey(() -> key), "the API key", remedy);
  }

  @Test
  void aTokenWithItsSchemeIsRefusedWithTheRemedy() {
    assertUnusable(Credentials.bearer(() -> "bearer " + SECRET), "Bearer", "leave out that word");
  }

  @Test
  void whatASupplierSaysWhenItFailsIsNotShown() {
    Supplier<String> failing =
        () -> {
          throw new IllegalStateException("not " + SECRET);
        };

    assertUnusable(Credentials.bearer(failing), "supplier failed", "IllegalStateException");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a:b", "a\nb"})
  void aUserNameThatHttpCannotCarryIsRefused(String user) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Credentials.basic(user, () -> SECRET))
        .withMessageContaining("user's name");
  }

  @Test
  void namesItsKindOnly() {
    assertThat(Credentials.basic("user", () -> SECRET)).hasToString("Credentials[Basic]");
    assertThat(Credentials.apiKey(() -> SECRET)).hasToString("Credentials[ApiKey]");
    assertThat(Credentials.bearer(() -> SECRET)).hasToString("Credentials[Bearer]");
  }

  private static void assertUnusable(Credentials credentials, String... words) {
    assertThatExceptionOfType(UnusableCredentialsException.class)
        .isThrownBy(() -> credentials.login().header())
        .satisfies(e -> assertThat(e.getMessage()).contains(words).doesNotContain(SECRET))
        .withNoCause();
  }
}
