package dev.eventstream.server.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.eventstream.server.admin.LetterFilter;
import dev.eventstream.server.http.RequestErrorException;
import dev.eventstream.spi.DeadLetter;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** A mixin: the command works on the dead letters that match. */
@Command
final class LetterOptions {
  @Option(names = "--type", paramLabel = "TYPE", description = "Letters of this event type.")
  private @Nullable String type;

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      description = "Letters whose reason contains this text, in any case.")
  private @Nullable String reason;

  @Option(names = "--id", paramLabel = "ID", description = "The letter of this document.")
  private @Nullable String id;

  @Option(
      names = "--since",
      paramLabel = "TIME",
      description =
          "Letters that were first tried since then: a time such as 2026-05-04T10:15:00Z, or how long"
              + " ago, such as 2h or 7d.")
  private @Nullable String since;

  @Option(
      names = "--until",
      paramLabel = "TIME",
      description = "Letters that were first tried before then.")
  private @Nullable String until;

  @Option(names = "--limit", paramLabel = "N", description = "At most N letters, the oldest first.")
  private @Nullable Integer limit;

  /** What is given, by name; without the limit. */
  private Map<String, String> members() {
    Map<String, String> members = new LinkedHashMap<>();
    put(members, "type", type);
    put(members, "reason", reason);
    put(members, "id", id);
    put(members, "since", since);
    put(members, "until", until);
    return members;
  }

  private static void put(Map<String, String> members, String name, @Nullable String value) {
    if (value != null) {
      members.put(name, value);
    }
  }

  /** The body of a request for a job. */
  ObjectNode request(boolean dryRun) {
    checkLimit();
    ObjectNode request = JsonNodeFactory.instance.objectNode();
    ObjectNode filter = request.putObject("filter");
    members().forEach(filter::put);
    if (limit != null) {
      request.put("limit", limit);
    }
    return request.put("dryRun", dryRun);
  }

  /**
   * A new predicate. With a limit, it counts, and serves one pass on one thread.
   *
   * @throws IllegalArgumentException if an option is not valid; with the remedy
   */
  Predicate<DeadLetter> predicate() {
    checkLimit();
    Predicate<DeadLetter> matches;
    try {
      matches = LetterFilter.of(members()::get, Instant.now()).predicate();
    } catch (RequestErrorException e) {
      throw new IllegalArgumentException("--" + e.getMessage(), e);
    }
    if (limit == null) {
      return matches;
    }
    int[] left = {limit};
    return letter -> left[0] > 0 && matches.test(letter) && left[0]-- > 0;
  }

  private void checkLimit() {
    if (limit != null && limit < 1) {
      throw new IllegalArgumentException("--limit is " + limit + "; write 1 or more");
    }
  }
}
