package dev.eventstream.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.eventstream.server.admin.AdminClient;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The command {@code top}: shows the state of a running server, each second. */
@Command(
    name = "top",
    header = "Shows the state of a running server on one screen.",
    description =
        "Shows the state of a running server on one screen, each second, until it is stopped: rates"
            + " by outcome, what is in flight, the cluster, the spool and its replay, dead letters."
            + " With --json, each line is an object: the answer of GET /v1/status with the member"
            + " \"rates\".",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0: shown once",
      "1: the server does not answer",
      "2: usage",
      "130, 143: stopped by SIGINT or SIGTERM"
    })
final class TopCommand implements Callable<Integer> {
  private static final long INTERVAL_MILLIS = 1_000;
  private static final int MAX_STUCK = 5;
  private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");

  private final Console console;

  @Option(
      names = "--once",
      description = "Shows the state once, after a second, over which the rates are measured.")
  private boolean once;

  @Mixin private AdminOptions admin = new AdminOptions();

  /** An answer, and when it came. */
  private record Sample(JsonNode status, long nanos) {
    static Sample of(AdminClient client) throws IOException, InterruptedException {
      JsonNode status = client.get("/v1/status");
      return new Sample(status, System.nanoTime());
    }
  }

  TopCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    AdminClient client = admin.client(console.environment());
    boolean screen = console.isTerminal() && !once && !console.json();
    Sample last = Sample.of(client);
    while (true) {
      Thread.sleep(INTERVAL_MILLIS);
      Sample now;
      try {
        now = Sample.of(client);
      } catch (IOException e) {
        if (!screen) {
          throw e;
        }
        show(List.of(String.valueOf(e.getMessage())), true);
        continue; // the server may be restarted
      }
      if (console.json()) {
        console.out().println(json(last, now));
      } else {
        show(lines(client, last, now), screen);
      }
      if (once || console.out().checkError()) { // such as a pipe that is closed
        return Cli.DONE;
      }
      last = now;
    }
  }

  /** Replaces the screen, or prints the lines below the earlier ones. */
  private void show(List<String> lines, boolean screen) {
    StringBuilder text = new StringBuilder(screen ? "\033[H" : "");
    for (String line : lines) {
      text.append(CONTROL.matcher(line).replaceAll("?")).append(screen ? "\033[K\n" : "\n");
    }
    text.append(screen ? "\033[J" : once ? "" : "\n");
    console.out().print(text);
    console.out().flush();
  }

  private static JsonNode json(Sample last, Sample now) {
    ObjectNode shown = now.status.deepCopy();
    ObjectNode rates = shown.putObject("rates");
    for (String group : List.of("published", "leftSpool")) {
      ObjectNode byOutcome = rates.putObject(group);
      for (Map.Entry<String, JsonNode> total : totals(now, group).properties()) {
        byOutcome.put(
            total.getKey(), Math.round(10 * rate(last, now, group, total.getKey())) / 10.0);
      }
    }
    return shown;
  }

  private static JsonNode totals(Sample sample, String group) {
    return sample.status.path("totals").path(group);
  }

  /** Per second; 0 after a restart of the server. */
  private static double rate(Sample last, Sample now, String group, String outcome) {
    long more =
        totals(now, group).path(outcome).asLong() - totals(last, group).path(outcome).asLong();
    return Math.max(0, more) * 1e9 / Math.max(1, now.nanos - last.nanos);
  }

  private static List<String> lines(AdminClient client, Sample last, Sample now) {
    JsonNode status = now.status;
    List<String> lines = new ArrayList<>();
    lines.add(
        "eventstream "
            + status.path("version").asText()
            + " at "
            + client.server()
            + ", up "
            + Progress.readable(Duration.ofSeconds(status.path("uptimeSeconds").asLong())));
    lines.add("");
    lines.add(cluster(status.path("cluster")));
    lines.add(inFlight(status.path("inFlight")));
    JsonNode spool = status.path("spool");
    if (!spool.isMissingNode()) {
      lines.add(spool(spool));
      JsonNode letters = status.path("deadLetters");
      lines.add(
          String.format(
              Locale.ROOT,
              "dead letters  %,d, files of %s",
              letters.path("documents").asLong(),
              bytes(letters.path("diskBytes").asLong())));
    }
    lines.add("");
    lines.add(String.format(Locale.ROOT, "%-22s%12s%16s", "published", "per second", "total"));
    for (Map.Entry<String, JsonNode> total : totals(now, "published").properties()) {
      lines.add(outcome(last, now, "published", total));
    }
    lines.add(String.format(Locale.ROOT, "%-22s%12s%16s", "left the spool", "per second", "total"));
    for (Map.Entry<String, JsonNode> total : totals(now, "leftSpool").properties()) {
      lines.add(outcome(last, now, "leftSpool", total));
    }
    JsonNode stuck = status.path("stuckIndices");
    if (!stuck.isEmpty()) {
      lines.add("stuck indices: " + stuck.size());
    }
    for (int i = 0; i < Math.min(MAX_STUCK, stuck.size()); i++) {
      JsonNode one = stuck.get(i);
      lines.add(
          "  "
              + one.path("index").asText()
              + " since "
              + one.path("since").asText()
              + ": "
              + one.path("reason").asText());
    }
    return lines;
  }

  private static String outcome(
      Sample last, Sample now, String group, Map.Entry<String, JsonNode> total) {
    return String.format(
        Locale.ROOT,
        "  %-20s%,12.0f%,16d",
        total.getKey(),
        rate(last, now, group, total.getKey()),
        total.getValue().asLong());
  }

  private static String cluster(JsonNode cluster) {
    return cluster.path("breaker").asText().equals("closed")
        ? "cluster       accepts documents"
        : "cluster       accepts none (the breaker is open): "
            + cluster.path("lastError").asText("no reason is known");
  }

  private static String inFlight(JsonNode inFlight) {
    return String.format(
        Locale.ROOT,
        "in flight     %,d requests, %s of %s, %,d documents wait",
        inFlight.path("requests").asLong(),
        bytes(inFlight.path("bytes").asLong()),
        bytes(inFlight.path("maxBytes").asLong()),
        inFlight.path("queuedDocuments").asLong());
  }

  private static String spool(JsonNode spool) {
    StringBuilder line =
        new StringBuilder(
            String.format(
                Locale.ROOT,
                "spool         %,d documents, %s, files of %s of %s",
                spool.path("documents").asLong(),
                bytes(spool.path("bytes").asLong()),
                bytes(spool.path("diskBytes").asLong()),
                bytes(spool.path("maxDiskBytes").asLong())));
    if (spool.path("documents").asLong() > 0) {
      line.append(", oldest ").append(seconds(spool.path("oldestAgeSeconds")));
      line.append(
          String.format(
              Locale.ROOT, ", replay %,.0f/s", spool.path("replayedPerSecond").asDouble()));
      if (spool.has("secondsLeft")) {
        line.append(", ").append(seconds(spool.path("secondsLeft"))).append(" left");
      }
    }
    if (spool.has("refusal")) {
      line.append("; refuses: ").append(spool.path("refusal").asText());
    }
    if (spool.path("damagedFiles").asInt() > 0) {
      line.append("; damaged files: ").append(spool.path("damagedFiles").asInt());
    }
    return line.toString();
  }

  private static String seconds(JsonNode seconds) {
    return Progress.readable(Duration.ofSeconds(seconds.asLong()));
  }

  private static String bytes(long bytes) {
    return bytes < 1024
        ? bytes + " B"
        : bytes < 1 << 20
            ? bytes / 1024 + " KiB"
            : bytes < 1 << 30
                ? String.format(Locale.ROOT, "%.1f MiB", bytes / 1048576.0)
                : String.format(Locale.ROOT, "%.1f GiB", bytes / 1073741824.0);
  }
}
