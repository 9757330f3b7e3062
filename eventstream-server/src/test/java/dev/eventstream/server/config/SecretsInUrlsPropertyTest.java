package dev.eventstream.server.config;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.EventStream;
import dev.eventstream.es.ElasticsearchSink;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** A password in a URL is shown nowhere, whatever it and the URL look like. */
final class SecretsInUrlsPropertyTest {
  /** Letters that nothing else in settings, messages and stack traces has. */
  private static final String SECRET = "ЖZßщ字λ7";

  private static final List<String> SHAPES =
      List.of(
          "http://%1$s:%2$s@host.invalid:9200",
          "https://%1$s:%2$s@host.invalid/path",
          "http://%1$s:%2$s@[::1]:9200",
          "http://%1$s:%2$s@one.invalid:9200,http://%1$s:%2$s@two.invalid:9200",
          "http://%1$s:%2$s@at@host.invalid:9200",
          "ftp://%1$s:%2$s@host.invalid");

  private static final List<String> SHAPES_WITHOUT_A_SCHEME =
      List.of(
          "%1$s:%2$s@host.invalid:3128",
          "\"http://%1$s:%2$s@host.invalid:9200\"",
          "'%1$s:%2$s@host.invalid:9200'",
          "one.invalid:9200,%1$s:%2$s@two.invalid:9200",
          "http:/%1$s:%2$s@host.invalid:9200");

  record Login(String url, String password) {}

  @Property
  void noSettingThatIsAUrlShowsItsPassword(
      @ForAll("anyUrls") Login login, @ForAll("urlSettings") Setting setting) throws IOException {
    assertHidden(login, setting);
  }

  @Property
  void noOtherSettingShowsThePasswordOfAUrlThatWasMeantForAnotherOne(
      @ForAll("urls") Login login, @ForAll("otherSettings") Setting setting) throws IOException {
    assertHidden(login, setting);
  }

  /** Says it in the environment, on the command line, and in a file. */
  private static void assertHidden(Login login, Setting setting) throws IOException {
    Path file = Path.of("target", "secrets-in-urls.properties"); // a name without random digits
    try {
      Properties properties = new Properties();
      properties.setProperty(setting.key(), login.url);
      try (var out = Files.newBufferedWriter(file, UTF_8)) {
        properties.store(out, null);
      }
      List<SettingSources> all =
          List.of(
              SettingSources.of(List.of(), Map.of(setting.variable(), login.url)),
              SettingSources.of(List.of("--" + setting.key(), login.url), Map.of()),
              SettingSources.of(List.of(login.url, "--prot=" + login.url, login.url), Map.of()),
              SettingSources.of(List.of("--config", file.toString()), Map.of()));
      for (SettingSources sources : all) {
        assertHidden(sources.effective(), login.password);
        assertHidden(faults(sources), login.password);
      }
    } finally {
      Files.delete(file);
    }
  }

  private static String faults(SettingSources sources) {
    try {
      ServerSettings.of(sources).cluster().sink();
      return "";
    } catch (InvalidSettingsException e) {
      return String.valueOf(e.getMessage());
    }
  }

  @Property(tries = 300)
  void noSinkShowsThePasswordInItsUrl(@ForAll("anyUrls") Login login) {
    StringWriter shown = new StringWriter();
    try {
      EventStream.builder().sink(login.url).build().close();
    } catch (RuntimeException e) {
      e.printStackTrace(new PrintWriter(shown));
    }
    try (ElasticsearchSink sink = ElasticsearchSink.builder(List.of(new URI(login.url))).build()) {
      shown.append(sink.toString());
    } catch (IllegalArgumentException e) {
      e.printStackTrace(new PrintWriter(shown));
    } catch (URISyntaxException e) {
      // not the sink's
    }
    assertHidden(shown.toString(), login.password);
  }

  private static void assertHidden(String shown, String password) {
    IntStream.rangeClosed(0, password.length() - 3)
        .mapToObj(start -> password.substring(start, start + 3))
        .filter(run -> run.chars().anyMatch(c -> SECRET.indexOf(c) >= 0))
        .forEach(run -> assertThat(shown).doesNotContain(run));
  }

  @Provide
  Arbitrary<Login> urls() {
    return logins(Arbitraries.of(SHAPES));
  }

  @Provide
  Arbitrary<Login> anyUrls() {
    return logins(
        Arbitraries.oneOf(Arbitraries.of(SHAPES), Arbitraries.of(SHAPES_WITHOUT_A_SCHEME)));
  }

  private static Arbitrary<Login> logins(Arbitrary<String> shapes) {
    Arbitrary<String> users =
        Arbitraries.oneOf(
            Arbitraries.of("elastic"), Arbitraries.strings().withChars("u@/:?#% ,").ofMaxLength(4));
    Arbitrary<String> passwords =
        Arbitraries.oneOf(
            Arbitraries.strings().withChars("77Zß字").ofMinLength(3).ofMaxLength(9),
            Arbitraries.strings()
                .withChars(SECRET + "@/:?#% ,;.+-*\\\"'[]{}()&=\n\r\t")
                .ofMinLength(3)
                .ofMaxLength(12));
    return Combinators.combine(shapes, users, passwords)
        .as((shape, user, password) -> new Login(shape.formatted(user, password), password));
  }

  @Provide
  Arbitrary<Setting> urlSettings() {
    return Arbitraries.of(Setting.URLS);
  }

  @Provide
  Arbitrary<Setting> otherSettings() {
    Stream<Setting> others =
        Arrays.stream(Setting.values())
            .filter(setting -> !setting.secret() && !Setting.URLS.contains(setting));
    return Arbitraries.of(others.toList());
  }
}
