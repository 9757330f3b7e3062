package dev.eventstream.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The demo as users run it: a process with the engine as its child process. */
@Tag("slow")
class DemoIT {
  private static final Pattern READY =
      Pattern.compile(
          "eventstream is ready at (http://127\\.0\\.0\\.1:\\d+) \\(page, POST /, POST /v1/events\\),"
              + " writing to opensearch:2\\.19\\.6 at (http://127\\.0\\.0\\.1:\\d+)\\R");

  private final HttpClient client = HttpClient.newHttpClient();
  private Process demo;

  @TempDir private Path directory;

  @AfterEach
  void end() {
    if (demo != null) {
      demo.descendants().forEach(ProcessHandle::destroyForcibly);
      demo.destroyForcibly();
      demo.onExit().join();
    }
  }

  @Test
  void runsAnEngineAndTheServerUntilASignal() throws Exception {
    String ids = Path.of("..", "..", "data", "ids").toAbsolutePath().toString();
    start(Map.of("EVENTSTREAM_ID_DIR", ids), "--port", "0", "--engine-port", "0");
    await().atMost(Duration.ofMinutes(2)).until(() -> !demo.isAlive() || out().endsWith("\n"));
    Matcher ready = READY.matcher(out());
    assertThat(ready.matches()).as("out: %s, err: %s", out(), err()).isTrue();
    String server = ready.group(1);
    String engine = ready.group(2);
    List<ProcessHandle> engines = demo.descendants().toList();
    assertThat(engines).isNotEmpty();

    assertThat(get(server + "/")).contains("<title>eventstream</title>");
    assertThat(get(server + "/readyz")).isEqualTo("ready\n");
    String answer =
        post(server + "/", "{\"eventType\": \"engagement\", \"eventValue\": \"scroll\"}");
    assertThat(answer).contains("\"_index\":\"engagement\"", "\"result\":\"created\"");
    assertThat(answer).contains("\"eventId\":\"s\"");
    String id = answer.replaceAll(".*\"_id\":\"([^\"]+)\".*", "$1");
    assertThat(get(engine + "/engagement/_doc/" + id)).contains("\"eventId\":\"s\"");

    demo.destroy(); // SIGTERM

    assertThat(demo.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(demo.exitValue()).isZero();
    assertThat(engines).noneMatch(ProcessHandle::isAlive);
    assertThat(connects(server) || connects(engine)).isFalse();
    assertThat(temporaryFiles()).isEmpty();
    assertThat(err()).doesNotContain("ERROR", "Exception");
  }

  @Test
  void printsItsUsage() throws Exception {
    start(Map.of(), "--help");

    assertThat(demo.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(demo.exitValue()).isZero();
    assertThat(out()).contains("Usage: eventstream demo", "--engine=SPEC", "--data=DIR");
  }

  @Test
  void rejectsUnknownOptionsAndNamesItsHelp() throws Exception {
    start(Map.of(), "--prot", "80");

    assertThat(demo.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(demo.exitValue()).isEqualTo(2);
    assertThat(err()).contains("there is no option --prot", "eventstream demo --help");
  }

  @Test
  void rejectsAnUnknownEngine() throws Exception {
    start(Map.of(), "--engine", "solr:9", "--port", "0");

    assertThat(demo.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(demo.exitValue()).isEqualTo(2);
    assertThat(err()).contains("solr:9", "opensearch:2.19.6").doesNotContain("\tat ");
  }

  @Test
  void rejectsInvalidSettingsBeforeItStartsTheEngine() throws Exception {
    start(Map.of("EVENTSTREAM_INDEX", "Upper"), "--port", "0", "--engine-port", "0");

    await()
        .atMost(Duration.ofMinutes(1))
        .until(
            () -> {
              assertThat(demo.descendants()).isEmpty();
              return !demo.isAlive();
            });
    assertThat(demo.exitValue()).isEqualTo(2);
    assertThat(err()).contains("EVENTSTREAM_INDEX is \"Upper\"").doesNotContain("\tat ");
  }

  @Test
  void stopsItsEngineIfThePortOfTheServerIsInUse() throws Exception {
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = String.valueOf(other.getLocalPort());
      start(Map.of(), "--port", port, "--engine-port", "0");
      await().atMost(Duration.ofMinutes(1)).until(() -> demo.descendants().findAny().isPresent());
      List<ProcessHandle> engines = demo.descendants().toList();

      assertThat(demo.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(demo.exitValue()).isEqualTo(1);
      assertThat(err()).contains("cannot listen on 127.0.0.1:" + port).doesNotContain("\tat ");
      assertThat(engines).noneMatch(ProcessHandle::isAlive);
      assertThat(temporaryFiles()).isEmpty();
    }
  }

  @Test
  void reportsThatThePortOfTheEngineIsInUse() throws Exception {
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = String.valueOf(other.getLocalPort());
      start(Map.of(), "--port", "0", "--engine-port", port);

      assertThat(demo.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(demo.exitValue()).isEqualTo(1);
      assertThat(err()).contains("port " + port).doesNotContain("\tat ");
      assertThat(temporaryFiles()).isEmpty();
    }
  }

  private void start(Map<String, String> settings, String... options) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Djava.io.tmpdir=" + Files.createDirectory(directory.resolve("tmp")));
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(Demo.class.getName());
    command.add("demo");
    command.addAll(List.of(options));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectOutput(directory.resolve("out").toFile())
            .redirectError(directory.resolve("err").toFile());
    builder
        .environment()
        .keySet()
        .removeIf(name -> name.startsWith("EVENTSTREAM_") || name.startsWith("JAVA_TOOL"));
    builder.environment().putAll(settings);
    demo = builder.start();
  }

  private String out() {
    return read("out");
  }

  private String err() {
    return read("err");
  }

  private String read(String file) {
    try {
      return Files.readString(directory.resolve(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the contents of the demo's directory for temporary files. */
  private List<Path> temporaryFiles() throws IOException {
    try (Stream<Path> files = Files.list(directory.resolve("tmp"))) {
      return files.filter(file -> !file.getFileName().toString().startsWith("hsperfdata")).toList();
    }
  }

  private String get(String url) throws Exception {
    return client
        .send(HttpRequest.newBuilder(URI.create(url)).build(), BodyHandlers.ofString())
        .body();
  }

  private String post(String url, String body) throws Exception {
    return client
        .send(
            HttpRequest.newBuilder(URI.create(url)).POST(BodyPublishers.ofString(body)).build(),
            BodyHandlers.ofString())
        .body();
  }

  private boolean connects(String url) throws Exception {
    try {
      get(url);
      return true;
    } catch (ConnectException e) {
      return false;
    }
  }
}
