package dev.eventstream.examples.file;

import dev.eventstream.Event;
import dev.eventstream.EventStream;
import dev.eventstream.Outcome;
import java.nio.file.Path;
import java.util.List;

/** Writes two events to a file. */
public final class WriteToFiles {
  private WriteToFiles() {}

  /**
   * Runs the example.
   *
   * @param args the directory, by default data/events
   */
  @SuppressWarnings("SystemOut") // output of the example
  public static void main(String[] args) {
    Path directory = Path.of(args.length > 0 ? args[0] : "data/events").toAbsolutePath();
    // The service loader finds the sink by the scheme of the URL, which is file:
    try (EventStream stream = EventStream.builder().sink(directory.toUri().toString()).build()) {
      List<Outcome> outcomes =
          stream
              .publishAll(List.of(Event.of("pageview", "homepage"), Event.of("click", "buy")))
              .join();
      System.out.println(outcomes);
    }
  }
}
