package dev.eventstream.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.eventstream.server.cli.Cli;
import dev.eventstream.server.crash.CrashCampaign;
import dev.eventstream.spi.Document;
import dev.eventstream.spool.MapDbSpool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The server in a process of its own, to be killed. Its output and spool lie in a directory. */
final class ServerProcess implements CrashCampaign.Victim {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern READY = Pattern.compile("eventstream is ready at (\\S+)");
  private static final int STOP_SECONDS = 60;

  private final Path directory;
  private final Supplier<Map<String, String>> settings;

  private List<String> jvmOptions = List.of(); // guarded by this
  private int files; // guarded by this; 0: as many as this process may open
  private Process process; // guarded by this
  private URI url; // of the process; guarded by this

  /**
   * Prepares a process.
   *
   * @param settings for the next start, all but address and spool directory
   */
  ServerProcess(Path directory, Supplier<Map<String, String>> settings) {
    this.directory = directory;
    this.settings = settings;
  }

  /** Sets what the JVM gets from the next start on, after the usual options. */
  synchronized ServerProcess withJvmOptions(String... options) {
    jvmOptions = List.of(options);
    return this;
  }

  /** Sets the limit of open files and connections for the next start. */
  synchronized ServerProcess withFiles(int limit) {
    files = limit;
    return this;
  }

  @Override
  public synchronized void start() throws IOException {
    ProcessBuilder builder = java(Cli.class, "serve");
    builder.command().addAll(builder.command().indexOf("-cp"), jvmOptions);
    if (files > 0) {
      String limited = "ulimit -n " + files + "; exec \"$@\"";
      builder.command().addAll(0, List.of("bash", "-c", limited, "bash"));
    }
    url = null;
    Map<String, String> environment = builder.environment();
    environment.putAll(settings.get());
    environment.put("EVENTSTREAM_HOST", "127.0.0.1");
    environment.put("EVENTSTREAM_PORT", "0");
    environment.putIfAbsent("EVENTSTREAM_ADMIN_PORT", "0");
    environment.put("EVENTSTREAM_SPOOL_DIR", spool().toString());
    Files.deleteIfExists(out());
    process =
        builder
            .redirectOutput(out().toFile())
            .redirectError(ProcessBuilder.Redirect.appendTo(err().toFile()))
            .start();
  }

  /** Prepares a JVM with this one's class path, and without any setting that is not its own. */
  static ProcessBuilder java(Class<?> main, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx128m");
    command.add("-XX:TieredStopAtLevel=1"); // it does not live for long
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(main.getName());
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder
        .environment()
        .keySet()
        .removeIf(
            name ->
                name.startsWith("EVENTSTREAM_")
                    || name.startsWith("ELASTICSEARCH_")
                    || name.startsWith("JAVA_TOOL"));
    return builder;
  }

  @Override
  public synchronized boolean ready() {
    if (url != null || process == null) {
      return url != null;
    }
    try {
      Matcher ready = READY.matcher(Files.readString(out()));
      if (ready.find()) {
        url = URI.create(ready.group(1));
      } else if (!process.isAlive()) {
        throw new IllegalStateException(
            "The server ended with " + process.exitValue() + ": " + Files.readString(err()));
      }
      return url != null;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The URL; nothing listens there after the process has ended. */
  synchronized URI url() {
    return url == null ? URI.create("http://127.0.0.1:1") : url;
  }

  @Override
  public synchronized void kill() {
    if (process != null) {
      process.destroyForcibly();
      process.onExit().join();
      gone();
    }
  }

  private void gone() {
    process = null;
    url = null;
  }

  @Override
  public synchronized void stop() {
    process.destroy();
    try {
      if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
        throw new IllegalStateException("The server does not stop as it should");
      }
      gone();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted", e);
    }
  }

  /** Sends SIGTERM, and does not wait. */
  synchronized void terminate() {
    process.destroy();
  }

  synchronized boolean isAlive() {
    return process != null && process.isAlive();
  }

  /** Waits for its end. */
  int exitCode() throws InterruptedException {
    Process ending;
    synchronized (this) {
      ending = process;
    }
    if (!ending.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
      throw new IllegalStateException("The server does not end");
    }
    return ending.exitValue();
  }

  /** The log so far. */
  String log() throws IOException {
    return Files.readString(err());
  }

  @Override
  public CrashCampaign.Remains remains() throws IOException {
    return remains(spool());
  }

  /** The content of a spool directory that no process uses. */
  static CrashCampaign.Remains remains(Path directory) throws IOException {
    try (MapDbSpool spool = MapDbSpool.open(directory)) {
      List<Long> numbers = new ArrayList<>();
      spool.deadLetters().forEach(letter -> true, letter -> numbers.add(number(letter.document())));
      return new CrashCampaign.Remains(spool.state().documents(), numbers, spool.state().damaged());
    }
  }

  private static long number(Document document) {
    try {
      JsonNode number = JSON.readTree(document.source()).path("number");
      return number.asLong(-1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path spool() {
    return directory.resolve("spool");
  }

  private Path out() {
    return directory.resolve("stdout");
  }

  private Path err() {
    return directory.resolve("stderr");
  }
}
