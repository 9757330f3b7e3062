package dev.eventstream.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The server as users run it, in its own process. */
final class ServerProcess implements AutoCloseable {
  private static final String READY = "eventstream is ready at ";
  private static final Pattern HEAP_USED =
      Pattern.compile("(?m)^ *+(?!Metaspace|class space).*?\\bused (\\d+)K");
  private static final Pattern PEAK = Pattern.compile("(?m)^VmHWM:\\s*(\\d+) kB");

  private final Process process;
  private final URI url;

  private ServerProcess(Process process, URI url) {
    this.process = process;
    this.url = url;
  }

  static ServerProcess start(URI engine, Path idDirectory, Path spool, String heap)
      throws IOException {
    return start(settings(engine, idDirectory, spool), List.of("-Xmx" + heap), null);
  }

  /** Returns the settings of a server that listens on any free port. */
  static Map<String, String> settings(URI engine, Path idDirectory, Path spool) {
    return Map.of(
        "ELASTICSEARCH_URL",
        engine.toString(),
        "EVENTSTREAM_HOST",
        "127.0.0.1",
        "EVENTSTREAM_PORT",
        "0",
        "EVENTSTREAM_ADMIN_PORT",
        "off",
        "EVENTSTREAM_ID_DIR",
        idDirectory.toString(),
        "EVENTSTREAM_SPOOL_DIR",
        spool.toString());
  }

  /**
   * Starts a server and waits until it is ready.
   *
   * @param settings its environment
   * @param options its JVM options, which may include {@code -cp}
   * @param log the file for its log; null to use this process's output
   */
  static ServerProcess start(Map<String, String> settings, List<String> options, @Nullable Path log)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(java("java"));
    if (!options.contains("-cp")) {
      command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    }
    command.addAll(options);
    command.addAll(List.of("dev.eventstream.server.cli.Cli", "serve"));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(settings);
    builder.redirectError(
        log == null
            ? ProcessBuilder.Redirect.INHERIT
            : ProcessBuilder.Redirect.appendTo(log.toFile()));
    Process process = builder.start();
    BufferedReader output =
        new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
    String line = output.readLine();
    if (line == null || !line.startsWith(READY)) {
      process.destroyForcibly();
      throw new IOException("the server did not start: " + line);
    }
    return new ServerProcess(process, URI.create(line.substring(READY.length())));
  }

  /** Returns the path of a program of the current JDK. */
  static String java(String program) {
    return Path.of(System.getProperty("java.home"), "bin", program).toString();
  }

  URI url() {
    return url;
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Returns the processor time used by the server. */
  long cpuMillis() {
    return process.info().totalCpuDuration().orElseThrow().toMillis();
  }

  /** Returns the used heap after a full collection. */
  long heapBytes() throws IOException {
    jcmd("GC.run");
    Matcher used = HEAP_USED.matcher(jcmd("GC.heap_info"));
    long kibibytes = 0;
    while (used.find()) {
      kibibytes += Long.parseLong(used.group(1));
    }
    return kibibytes * 1024;
  }

  /** Returns the peak resident memory; Linux only. */
  long peakBytes() throws IOException {
    Path status = Path.of("/proc", String.valueOf(process.pid()), "status");
    Matcher peak = PEAK.matcher(Files.readString(status));
    return peak.find() ? Long.parseLong(peak.group(1)) * 1024 : 0;
  }

  private String jcmd(String command) throws IOException {
    Process jcmd =
        new ProcessBuilder(java("jcmd"), String.valueOf(process.pid()), command)
            .redirectErrorStream(true)
            .start();
    return new String(jcmd.getInputStream().readAllBytes(), UTF_8);
  }

  @Override
  public void close() throws IOException {
    process.destroy();
    try {
      if (!process.waitFor(30, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IOException("the server did not end within 30 s");
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
