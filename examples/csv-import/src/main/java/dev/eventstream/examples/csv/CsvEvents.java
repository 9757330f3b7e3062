package dev.eventstream.examples.csv;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.eventstream.BrokenEvent;
import dev.eventstream.Event;
import dev.eventstream.ReadEvent;
import dev.eventstream.spi.Rejection;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.apache.commons.csv.DuplicateHeaderMode;

/**
 * The rows of a CSV file as events. The first row names the columns; two of them are {@code
 * eventType} and {@code eventValue}. The other columns become members, unless they are empty.
 *
 * <p>The document ID consists of the name of the file and the number of the row, so that a file
 * that is imported again adds nothing. Not thread-safe.
 */
final class CsvEvents implements Iterator<ReadEvent>, AutoCloseable {
  private static final CSVFormat FORMAT =
      CSVFormat.RFC4180
          .builder()
          .setHeader()
          .setSkipHeaderRecord(true)
          .setDuplicateHeaderMode(DuplicateHeaderMode.DISALLOW)
          .get();

  private static final List<String> COLUMNS = List.of("eventType", "eventValue");

  private final String name;
  private final CSVParser parser;
  private final Iterator<CSVRecord> rows;

  private CsvEvents(String name, CSVParser parser) {
    this.name = name;
    this.parser = parser;
    this.rows = parser.iterator();
  }

  /**
   * Opens a file in UTF-8, with or without a byte order mark.
   *
   * @throws IOException if the file cannot be read, or its first row does not name the columns
   */
  static CsvEvents open(Path file) throws IOException {
    BufferedReader reader = Files.newBufferedReader(file, UTF_8);
    try {
      reader.mark(1);
      if (reader.read() != '\ufeff') {
        reader.reset();
      }
      CSVParser parser = CSVParser.builder().setReader(reader).setFormat(FORMAT).get();
      for (String column : COLUMNS) {
        if (!parser.getHeaderNames().contains(column)) {
          throw new IOException(
              "%s has the columns %s; it needs one that is named %s"
                  .formatted(file, parser.getHeaderNames(), column));
        }
      }
      return new CsvEvents(String.valueOf(file.getFileName()), parser);
    } catch (IOException | RuntimeException e) {
      reader.close();
      throw e;
    }
  }

  @Override
  public boolean hasNext() {
    return rows.hasNext();
  }

  /** Returns the event of the next row, or what is wrong with the row. */
  @Override
  public ReadEvent next() {
    CSVRecord row = rows.next();
    if (!row.isConsistent()) {
      return broken(
          row,
          Rejection.MISSING_MEMBER,
          "it has %d columns, and the first row names %d"
              .formatted(row.size(), parser.getHeaderNames().size()));
    }
    Map<String, String> members = row.toMap();
    members.keySet().removeAll(COLUMNS);
    members.values().removeIf(String::isEmpty);
    try {
      return Event.of(row.get("eventType"), row.get("eventValue"), members)
          .withDocumentId(name + ":" + row.getRecordNumber());
    } catch (IllegalArgumentException e) {
      return broken(row, Rejection.TOO_LARGE, String.valueOf(e.getMessage()));
    }
  }

  private static BrokenEvent broken(CSVRecord row, Rejection code, String reason) {
    int index = Math.toIntExact(row.getRecordNumber() - 1);
    return new BrokenEvent(index, code, reason, row.getBytePosition());
  }

  @Override
  public void close() throws IOException {
    parser.close();
  }
}
