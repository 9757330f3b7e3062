package dev.eventstream.server.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.eventstream.server.admin.AdminClient;
import java.io.IOException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The command {@code tail}: shows the events that pass through a running server. */
@Command(
    name = "tail",
    header = "Shows the events that pass through a running server.",
    description =
        "Shows the events that pass through a running server, with their outcome, type, index, id and"
            + " reason, until it is stopped. Contents of events are not shown. A line says how many"
            + " events were missed, if they come faster than they can be shown. With --json, each line"
            + " is an object.",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0: --limit is reached",
      "1: the server refuses, or has ended",
      "2: usage",
      "130, 143: stopped by SIGINT or SIGTERM"
    })
final class TailCommand implements Callable<Integer> {
  private static final String DATA = "data: ";
  private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss.SSS");
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Console console;
  private long shown;
  private boolean ended;

  @Option(names = "--type", paramLabel = "TYPE", description = "Shows this event type only.")
  private @Nullable String type;

  @Option(
      names = "--outcome",
      paramLabel = "OUTCOMES",
      description =
          "Shows these outcomes only, separated by commas: indexed, duplicate, spooled,"
              + " dead_lettered, dropped, rejected, refused.")
  private @Nullable String outcome;

  @Option(
      names = "--index",
      paramLabel = "INDEX",
      description = "Shows this index only; an asterisk at its end stands for anything.")
  private @Nullable String index;

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "Ends after this number of events (default: none).")
  private long limit = Long.MAX_VALUE;

  @Mixin private AdminOptions admin = new AdminOptions();

  TailCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (limit < 1) {
      throw new IllegalArgumentException("--limit is " + limit + "; write a number from 1");
    }
    AdminClient client = admin.client(console.environment());
    Map<String, String> filter = new LinkedHashMap<>();
    put(filter, "type", type);
    put(filter, "outcome", outcome);
    put(filter, "index", index);
    console.info("Events of " + client.server() + "; stop with Ctrl-C");
    client.lines(AdminClient.path("/v1/tail", filter), this::line);
    if (!ended) {
      throw new IOException(
          client.server() + " has ended the stream; is the server being stopped?");
    }
    return Cli.DONE;
  }

  private static void put(Map<String, String> filter, String name, @Nullable String value) {
    if (value != null) {
      filter.put(name, value);
    }
  }

  /** Handles a line of the stream; false: no more are wanted. */
  private boolean line(String line) {
    if (!line.startsWith(DATA)) {
      return true;
    }
    String data = line.substring(DATA.length());
    try {
      JsonNode event = JSON.readTree(data);
      boolean missed = event.has("events");
      console.out().println(console.json() ? data : missed ? missed(event) : readable(event));
      shown += missed ? 0 : 1;
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("the server has sent no JSON", e);
    }
    ended = shown >= limit || console.out().checkError(); // such as a pipe that is closed
    return !ended;
  }

  private static String missed(JsonNode event) {
    return String.format(Locale.ROOT, "… %,d events were missed", event.path("events").asLong());
  }

  private static String readable(JsonNode event) {
    String time =
        TIME.format(Instant.parse(event.path("at").asText()).atZone(ZoneId.systemDefault()));
    boolean spool = event.path("source").asText().equals("spool");
    StringBuilder line =
        new StringBuilder(
            String.format(
                Locale.ROOT,
                "%s  %-13s %s  %s  %s",
                time,
                event.path("outcome").asText(),
                event.path("type").asText("-"),
                event.path("index").asText("-"),
                event.path("id").asText("-")));
    if (spool) {
      line.append("  (from the spool)");
    }
    if (event.has("reason")) {
      line.append("  ").append(event.path("reason").asText());
    }
    return CONTROL.matcher(line).replaceAll("?"); // clients choose ids: no escape sequences
  }
}
