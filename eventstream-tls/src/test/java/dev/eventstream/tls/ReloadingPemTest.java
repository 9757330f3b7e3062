package dev.eventstream.tls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.testkit.Logged;
import dev.eventstream.testkit.TestCa;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReloadingPemTest {
  @TempDir Path directory;

  private final Logged log = new Logged();
  private long now;
  private Path file;
  private ReloadingPem<SSLContext> tls;

  @BeforeEach
  void readTheFile() throws Exception {
    file = new TestCa("first").write(directory.resolve("ca.pem"));
    tls =
        new ReloadingPem<>(new TlsSettings(file, null, null, true), context -> context, () -> now);
  }

  @AfterEach
  void close() {
    log.close();
  }

  @Test
  void filesThatStayTheSameChangeNothing() throws Exception {
    SSLContext first = tls.current();

    Files.write(file, Files.readAllBytes(file)); // changes the modification time only
    pass(Duration.ofSeconds(2));

    assertThat(tls.current()).isSameAs(first);
    assertThat(log.lines()).isEmpty();
  }

  @Test
  void aChangedFileIsUsedAfterAtMostTwoSeconds() throws Exception {
    SSLContext first = tls.current();
    new TestCa("second").write(file);

    pass(Duration.ofMillis(1_999));
    assertThat(tls.current()).isSameAs(first);
    pass(Duration.ofMillis(1));

    assertThat(tls.current()).isNotSameAs(first);
    assertThat(log.lines()).singleElement().asString().contains("new connections use them");
  }

  @Test
  void aFileThatCannotBeUsedChangesNothingAndIsNamedOnce() throws Exception {
    SSLContext first = tls.current();

    Files.writeString(file, "broken");
    for (int i = 0; i < 5; i++) {
      pass(Duration.ofSeconds(2));
      assertThat(tls.current()).isSameAs(first);
    }

    assertThat(warnings()).singleElement().asString().contains(file.toString(), "stay in use");
  }

  @Test
  void aFileThatIsGoneForAWhileIsNamedOnceEachTime() throws Exception {
    SSLContext first = tls.current();
    byte[] content = Files.readAllBytes(file);
    for (int i = 1; i <= 2; i++) {
      Files.delete(file);
      pass(Duration.ofSeconds(2));
      assertThat(tls.current()).isSameAs(first);
      pass(Duration.ofSeconds(2));
      assertThat(tls.current()).isSameAs(first);
      assertThat(warnings()).hasSize(i);

      Files.write(file, content);
      pass(Duration.ofSeconds(2));
      assertThat(tls.current()).isSameAs(first);
    }
  }

  @Test
  void aGoodFileAfterABrokenOneIsUsed() throws Exception {
    SSLContext first = tls.current();
    Files.writeString(file, "broken");
    pass(Duration.ofSeconds(2));
    assertThat(tls.current()).isSameAs(first);

    new TestCa("second").write(file);
    pass(Duration.ofSeconds(2));

    assertThat(tls.current()).isNotSameAs(first);
  }

  @Test
  void anotherPasswordIsAChangeAsWell() throws Exception {
    TestCa.Issued client = new TestCa("ca").issue("client");
    String[] password = {"one"};
    TlsSettings.Identity identity =
        new TlsSettings.Identity(
            client.writeChain(directory.resolve("chain.pem")),
            client.writeKey(directory.resolve("key.pem")),
            () -> password[0]);
    tls =
        new ReloadingPem<>(
            new TlsSettings(null, null, identity, true), context -> context, () -> now);
    SSLContext first = tls.current();

    password[0] = "two";
    pass(Duration.ofSeconds(2));

    assertThat(tls.current()).isNotSameAs(first);
  }

  private void pass(Duration time) {
    now += time.toNanos();
  }

  private List<String> warnings() {
    return log.lines().stream().filter(line -> line.startsWith("WARN")).toList();
  }
}
