package dev.eventstream.server.guard;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Base64;
import java.util.Collections;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

final class IngestKeysTest {
  private static final IngestKeys.NewKey SHOP = IngestKeys.generate("shop");
  private static final IngestKeys.NewKey BLOG = IngestKeys.generate("blog");
  private static final IngestKeys KEYS =
      IngestKeys.parse("# for the shop\n" + SHOP.line() + "\n\n  " + BLOG.line() + "  \n");

  private static String basic(String user, String password) {
    return "Basic " + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(UTF_8));
  }

  @Test
  void knowsEveryKeyAsBearerAndAsUserWithPassword() {
    assertThat(KEYS.nameOf("Bearer " + SHOP.secret())).isEqualTo("shop");
    assertThat(KEYS.nameOf("bearer  " + BLOG.secret())).isEqualTo("blog");
    assertThat(KEYS.nameOf(basic("shop", SHOP.secret()))).isEqualTo("shop");
    assertThat(KEYS.nameOf(basic("blog", BLOG.secret()))).isEqualTo("blog");
  }

  @Test
  void doesNotTakeOneUsersPasswordFromAnother() {
    assertThat(KEYS.nameOf(basic("blog", SHOP.secret()))).isNull();
    assertThat(KEYS.nameOf(basic("", SHOP.secret()))).isNull();
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(
      strings = {"", "Bearer", "Bearer ", "Bearer x", "Basic !", "Basic c2hvcA==", "Digest x=y"})
  void takesNothingElse(String authorization) {
    assertThat(KEYS.nameOf(authorization)).isNull();
  }

  @Test
  void doesNotTakeTheLineItselfForTheSecret() {
    assertThat(KEYS.nameOf("Bearer " + SHOP.line())).isNull();
    assertThat(KEYS.nameOf("Bearer " + SHOP.line().substring(SHOP.line().lastIndexOf(':') + 1)))
        .isNull();
  }

  @Test
  void makesAnotherSecretAndSaltEachTime() {
    IngestKeys.NewKey again = IngestKeys.generate("shop");

    assertThat(again.secret()).isNotEqualTo(SHOP.secret()).hasSize(46);
    assertThat(again.line()).isNotEqualTo(SHOP.line()).doesNotContain(again.secret());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a:b", "é"})
  void refusesNamesThatBasicAuthenticationOrTheFileCannotHold(String name) {
    assertThatThrownBy(() -> IngestKeys.generate(name))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1 to 64 characters");
  }

  @Test
  void namesABrokenLineByItsNumberAndNotByItsText() {
    assertThatThrownBy(() -> IngestKeys.parse(SHOP.line() + "\nblog:my-password"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("line 2 is not a key; generate one with \"keys NAME\"");
  }

  @Test
  void refusesTwoKeysOfOneName() {
    assertThatThrownBy(() -> IngestKeys.parse(SHOP.line() + "," + SHOP.line()))
        .hasMessageContaining("line 2 has the name of another key");
  }

  @Test
  void refusesNoneAndTooMany() {
    assertThatThrownBy(() -> IngestKeys.parse("# none")).hasMessageContaining("there are 0 keys");
    StringBuilder many = new StringBuilder();
    for (int i = 0; i <= 100; i++) {
      many.append(SHOP.line().replace("shop", "shop" + i)).append('\n');
    }
    assertThatThrownBy(() -> IngestKeys.parse(many.toString()))
        .hasMessageContaining("there are 101 keys");
  }

  @Test
  void showsNothingOfItself() {
    assertThat(KEYS).hasToString("2 keys");
    assertThat(Collections.singletonList(KEYS).toString()).doesNotContain("sha256");
  }
}
