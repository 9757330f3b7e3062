package dev.eventstream.examples.csv;

import dev.eventstream.EventStream;
import dev.eventstream.PublishReport;
import dev.eventstream.spool.MapDbSpool;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;

/** Publishes the rows of a CSV file, and says what became of them. */
public final class CsvImport {
  private CsvImport() {}

  /**
   * Runs the example.
   *
   * @param args the file, the cluster's URL, by default http://localhost:9200, and the directory of
   *     the spool, by default data/spool
   * @throws IOException if the file cannot be read
   * @throws InterruptedException if the program is interrupted
   */
  @SuppressWarnings("SystemOut") // output of the example
  public static void main(String[] args) throws IOException, InterruptedException {
    if (args.length == 0) {
      System.err.println("Usage: csv-import FILE [CLUSTER-URL [SPOOL-DIRECTORY]]");
      return;
    }
    String url = args.length > 1 ? args[1] : "http://localhost:9200";
    Path spool = Path.of(args.length > 2 ? args[2] : "data/spool");
    try (EventStream stream =
        EventStream.builder().sink(url).spool(MapDbSpool.open(spool)).build()) {
      importFile(Path.of(args[0]), stream, Duration.ofMinutes(10), System.out);
    }
  }

  static void importFile(Path file, EventStream stream, Duration maxWait, PrintStream out)
      throws IOException, InterruptedException {
    try (CsvEvents rows = CsvEvents.open(file)) {
      PublishReport report =
          stream
              .waiting(maxWait) // the file is read as fast as the cluster accepts it
              .onFailure(row -> out.println("row " + (row.position() + 1) + ": " + row.reason()))
              .publishEach(rows);
      out.printf("%d rows accepted, %d rejected%n", report.accepted(), report.rejected());
      if (!report.complete()) {
        out.println("The import has ended early: import the file again, which adds only the rest");
      }
    }
  }
}
