package dev.eventstream.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SecretTest {
  @TempDir Path directory;

  private Secret<Integer> number(Path file) throws Exception {
    return Secret.in(file, Integer::valueOf);
  }

  private void replace(Path file, String text) throws Exception {
    Path next = Files.writeString(directory.resolve("next"), text);
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
  }

  @Test
  void isReadAgainWhenItsFileChanges() throws Exception {
    Path file = Files.writeString(directory.resolve("secret"), " 1\n");
    Secret<Integer> secret = number(file);
    assertThat(secret.get()).isEqualTo(1);

    replace(file, "2");

    await().until(() -> secret.get() == 2);
  }

  @Test
  void staysInForceWhileItsFileCannotBeUsed() throws Exception {
    Path file = Files.writeString(directory.resolve("secret"), "1");
    Secret<Integer> secret = number(file);

    replace(file, "two");
    await().pollDelay(java.time.Duration.ofMillis(1100)).until(() -> secret.get() == 1);
    Files.delete(file);
    await().pollDelay(java.time.Duration.ofMillis(1100)).until(() -> secret.get() == 1);
    replace(file, "3");

    await().until(() -> secret.get() == 3);
  }

  @Test
  void followsALinkThatIsMovedToAnotherFile() throws Exception {
    Path one = Files.writeString(directory.resolve("one"), "1");
    Path two = Files.writeString(directory.resolve("two"), "2");
    Files.setLastModifiedTime(two, Files.getLastModifiedTime(one));
    Path link = Files.createSymbolicLink(directory.resolve("link"), one);
    Secret<Integer> secret = number(link);

    Path next = Files.createSymbolicLink(directory.resolve("next-link"), two);
    Files.move(next, link, StandardCopyOption.ATOMIC_MOVE);

    await().until(() -> secret.get() == 2);
  }
}
