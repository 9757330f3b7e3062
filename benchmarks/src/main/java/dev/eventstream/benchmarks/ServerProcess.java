package dev.eventstream.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** The server as users run it: a process of its own. */
final class ServerProcess implements AutoCloseable {
  private static final String READY = "eventstream is ready at ";

  private final Process process;
  private final URI url;

  private ServerProcess(Process process, URI url) {
    this.process = process;
    this.url = url;
  }

  static ServerProcess start(URI engine, Path idDirectory, Path spool, String heap)
      throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx" + heap,
            "-cp",
            System.getProperty("java.class.path"),
            "dev.eventstream.server.Main");
    builder.environment().put("ELASTICSEARCH_URL", engine.toString());
    builder.environment().put("EVENTSTREAM_HOST", "127.0.0.1");
    builder.environment().put("EVENTSTREAM_PORT", "0");
    builder.environment().put("EVENTSTREAM_ID_DIR", idDirectory.toString());
    builder.environment().put("EVENTSTREAM_SPOOL_DIR", spool.toString());
    builder.redirectError(ProcessBuilder.Redirect.INHERIT);
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

  URI url() {
    return url;
  }

  /** Processor time that the server has used. */
  long cpuMillis() {
    return process.info().totalCpuDuration().orElseThrow().toMillis();
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
