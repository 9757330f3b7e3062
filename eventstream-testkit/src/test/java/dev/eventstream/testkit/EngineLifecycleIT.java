package dev.eventstream.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Failing starts, and ends of all kinds. */
@Tag("slow")
class EngineLifecycleIT {

  private static final String ENGINE = "opensearch:2.19.6";

  @TempDir private Path directory;

  @Test
  void runsSeveralEnginesThatDoNotFindEachOther() {
    try (RealEngine one = RealEngine.start(ENGINE);
        RealEngine other = RealEngine.start(ENGINE)) {
      one.client().request("PUT", "/events/_doc/1", "{}").orThrow();

      assertThat(other.client().count("events")).isZero();
      assertThat(one.client().request("GET", "/_cluster/health").body())
          .contains("\"number_of_nodes\":1");
    }
  }

  @Test
  void deletesItsTemporaryFiles() {
    RealEngine engine = RealEngine.start(ENGINE);
    Path data = engine.dataDirectory();
    assertThat(data).isNotEmptyDirectory();

    engine.close();
    engine.close();

    assertThat(data).doesNotExist();
    assertThatThrownBy(engine::restart).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void passesSettingsToTheEngine() {
    try (RealEngine engine =
        RealEngine.builder(ENGINE).setting("http.max_content_length", "1mb").start()) {
      String large = "{\"a\":\"" + "x".repeat(2_000_000) + "\"}";

      assertThat(engine.client().request("PUT", "/events/_doc/1", large).status()).isEqualTo(413);
    }
  }

  @Test
  void reportsTheEndOfTheLogWhenTheEngineRejectsASetting() {
    assertThatThrownBy(() -> RealEngine.builder(ENGINE).setting("no.such.setting", "1").start())
        .isInstanceOfSatisfying(
            EngineStartException.class,
            e -> {
              assertThat(e)
                  .hasMessageStartingWith(ENGINE + " ended with exit status 1 while starting.")
                  .hasMessageContaining("unknown setting [no.such.setting]");
              assertThat(logNamedIn(e)).content().contains("unknown setting [no.such.setting]");
              deleteWithItsDirectory(logNamedIn(e));
            });
  }

  @Test
  void givesUpAfterTheTimeout() {
    Duration short1 = Duration.ofMillis(200);
    assertThatThrownBy(() -> RealEngine.builder(ENGINE).startTimeout(short1).start())
        .isInstanceOfSatisfying(
            EngineStartException.class,
            e -> {
              assertThat(e).hasMessageContaining("was not ready after 200 ms");
              deleteWithItsDirectory(logNamedIn(e));
            });
  }

  @Test
  void doesNotShareADataDirectory() {
    RealEngine.Builder builder = RealEngine.builder(ENGINE).dataDirectory(directory);
    try (RealEngine first = builder.start()) {
      assertThatThrownBy(builder::start)
          .isInstanceOf(EngineStartException.class)
          .hasMessageContaining("failed to obtain node lock");
      assertThat(first.client().healthy()).isTrue();
    }
  }

  @Test
  void reportsThatItsPortWasTakenWhileItWasDown() throws IOException {
    try (RealEngine engine = RealEngine.start(ENGINE)) {
      engine.kill();
      try (ServerSocket other =
          new ServerSocket(engine.port(), 1, InetAddress.getLoopbackAddress())) {
        assertThatThrownBy(engine::restart)
            .isInstanceOf(EngineStartException.class)
            .hasMessageContaining("port " + other.getLocalPort() + " on 127.0.0.1 is in use");
      }
      engine.restart();
      assertThat(engine.client().healthy()).isTrue();
    }
  }

  @Test
  void endsWithItsParentEvenAfterKill() throws Exception {
    Process parent = java(List.of("-Djava.io.tmpdir=" + directory), ParentOfEngine.class, ENGINE);
    try (BufferedReader out = parent.inputReader()) {
      long pid = Long.parseLong(String.valueOf(out.readLine()));
      ProcessHandle engine = ProcessHandle.of(pid).orElseThrow();

      parent.destroyForcibly();

      engine.onExit().get(20, TimeUnit.SECONDS);
      assertThat(engine.isAlive()).isFalse();
    } finally {
      parent.destroyForcibly();
    }
  }

  @Test
  void runsFromTheCommandLineUntilASignal() throws Exception {
    Process main =
        java(List.of(), EngineMain.class, ENGINE, "--port", "0", "--data", directory.toString());
    try (BufferedReader out = main.inputReader()) {
      assertThat(out.readLine())
          .matches(
              "opensearch 2\\.19\\.6 is ready at http://127\\.0\\.0\\.1:\\d+ \\(data: "
                  + Pattern.quote(directory.toString())
                  + ", log: "
                  + Pattern.quote(directory.resolve("engine.log").toString())
                  + "\\)");
      ProcessHandle engine = main.children().findFirst().orElseThrow();

      main.destroy();

      assertThat(main.waitFor(30, TimeUnit.SECONDS)).isTrue();
      assertThat(main.exitValue()).isZero();
      assertThat(engine.isAlive()).isFalse();
      assertThat(directory.resolve("engine.log")).content().contains("closed");
    } finally {
      main.destroyForcibly();
    }
  }

  @Test
  void reportsAnEngineThatEndsByItselfOnTheCommandLine() throws Exception {
    Process main =
        java(List.of(), EngineMain.class, ENGINE, "--port", "0", "--data", directory.toString());
    try (BufferedReader out = main.inputReader()) {
      assertThat(out.readLine()).contains("is ready");

      main.children().findFirst().orElseThrow().destroyForcibly();

      assertThat(main.waitFor(30, TimeUnit.SECONDS)).isTrue();
      assertThat(main.exitValue()).isOne();
    } finally {
      main.destroyForcibly();
    }
  }

  @Test
  void exitsWithTwoOnWrongUsage() throws Exception {
    Process main = java(List.of(), EngineMain.class, ENGINE, "--colour", "red");

    assertThat(main.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(main.exitValue()).isEqualTo(2);
  }

  private static Process java(List<String> options, Class<?> main, String... args)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(List.of(args));
    return new ProcessBuilder(command).redirectError(Redirect.DISCARD).start();
  }

  private static Path logNamedIn(EngineStartException e) {
    Matcher log =
        Pattern.compile("The end of its log, (.*):\\R").matcher(String.valueOf(e.getMessage()));
    assertThat(log.find()).isTrue();
    return Path.of(log.group(1));
  }

  private static void deleteWithItsDirectory(Path log) {
    try {
      Files.delete(log);
      Files.delete(log.resolveSibling("")); // fails if it contains more than the log
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
