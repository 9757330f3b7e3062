package dev.eventstream.examples.file;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.EventSink;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.SinkResult;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Writes documents to {@code events-000001.ndjson}, {@code events-000002.ndjson}, …, in the format
 * of bulk requests: {@code curl} can load each file into a cluster. A document that is in two files
 * is indexed once, because its ID is fixed and the action is {@code create}.
 *
 * <p>A document is reported as written after an fsync. Thread-safe; owns one thread, which does all
 * file access. Only one sink may write to a directory at a time.
 */
public final class FileSink implements EventSink {
  /** Below 100 MB, the default limit of a request of Elasticsearch and OpenSearch. */
  private static final long MAX_FILE_BYTES = 64L << 20;

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path directory;
  private final long maxFileBytes;
  private final ExecutorService writer =
      Executors.newSingleThreadExecutor(task -> new Thread(task, "file-sink"));

  // The rest belongs to the writer.
  private int number;
  private FileChannel file;

  /** The end of the last complete batch. What is behind it is left from a write that failed. */
  private long length;

  private FileSink(Path directory, long maxFileBytes, int number, FileChannel file, long length) {
    this.directory = directory;
    this.maxFileBytes = maxFileBytes;
    this.number = number;
    this.file = file;
    this.length = length;
  }

  /**
   * Opens a directory and continues its last file.
   *
   * @param directory created if it does not exist
   * @throws IOException if the directory cannot be created or its last file cannot be read
   */
  public static FileSink open(Path directory) throws IOException {
    return open(directory, MAX_FILE_BYTES);
  }

  static FileSink open(Path directory, long maxFileBytes) throws IOException {
    Files.createDirectories(directory);
    int number = Math.max(1, lastNumber(directory));
    FileChannel file = create(directory, number);
    return new FileSink(
        directory, maxFileBytes, number, file, completePairs(path(directory, number)));
  }

  private static Path path(Path directory, int number) {
    return directory.resolve("events-%06d.ndjson".formatted(number));
  }

  private static int lastNumber(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.matches("events-\\d{6}\\.ndjson"))
          .mapToInt(name -> Integer.parseInt(name.substring(7, 13)))
          .max()
          .orElse(0);
    }
  }

  private static FileChannel create(Path directory, int number) throws IOException {
    return FileChannel.open(
        path(directory, number), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
  }

  /** Returns the length without what a process that was killed has left incomplete. */
  private static long completePairs(Path file) throws IOException {
    long complete = 0;
    try (InputStream bytes = new BufferedInputStream(Files.newInputStream(file))) {
      boolean isAction = true;
      long position = 0;
      for (int b = bytes.read(); b >= 0; b = bytes.read()) {
        position++;
        if (b == '\n') {
          isAction = !isAction;
          complete = isAction ? position : complete;
        }
      }
    }
    return complete;
  }

  @Override
  public CompletionStage<SinkResult> write(DocumentBatch documents) {
    return CompletableFuture.supplyAsync(() -> append(documents), writer);
  }

  /** Appends all documents or, as far as readers are concerned, none. */
  private SinkResult append(DocumentBatch documents) {
    try {
      byte[] lines = lines(documents);
      if (length > 0 && length + lines.length > maxFileBytes) {
        FileChannel next = create(directory, number + 1);
        file.close();
        file = next;
        number++;
        length = 0;
      }
      file.truncate(length);
      ByteBuffer rest = ByteBuffer.wrap(lines);
      while (rest.hasRemaining()) {
        file.write(rest, length + rest.position());
      }
      file.force(false);
      length += lines.length;
      return SinkResult.all(documents.size(), ItemResult.WRITTEN);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // the stream tries again
    }
  }

  private static byte[] lines(DocumentBatch documents) throws IOException {
    ByteArrayOutputStream lines = new ByteArrayOutputStream(2 * documents.byteSize());
    DocumentBatch.Cursor document = documents.cursor();
    while (document.next()) {
      Map<String, String> target = Map.of("_index", document.destination(), "_id", document.id());
      lines.write(JSON.writeValueAsBytes(Map.of("create", target)));
      lines.write('\n');
      int start = document.sourceStart();
      lines.write(document.buffer(), start, document.sourceEnd() - start);
      lines.write('\n');
    }
    return lines.toByteArray();
  }

  /** Ends the thread when the writes that have begun are done, and closes the file. */
  @Override
  public void close() {
    var closed =
        CompletableFuture.runAsync(
            () -> {
              try {
                file.close();
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            },
            writer);
    writer.shutdown();
    closed.join();
  }

  /**
   * Reads the documents of a directory, as the tests of an application do.
   *
   * @return the JSON of each document, oldest first
   */
  public static List<String> read(Path directory) throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int number = 1; number <= lastNumber(directory); number++) {
      lines.append(Files.readString(path(directory, number), UTF_8));
    }
    List<String> all = lines.toString().lines().toList();
    return IntStream.range(0, all.size() / 2).mapToObj(pair -> all.get(2 * pair + 1)).toList();
  }
}
