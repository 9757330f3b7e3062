package dev.eventstream.server.importer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * How far an import is, as it is kept beside the file.
 *
 * @param format 1
 * @param source what tells the file from others of the same content
 * @param offset where the first line starts that is not done; one without its end is not done
 * @param link the hash of all lines before, see {@link QueueLines}
 * @param counts what these lines held
 * @param reportBytes how long the report of these lines is
 * @param beginning the file's beginning
 * @param finished the end of the file, once that was reached; null: it was not
 */
record ImportProgress(
    int format,
    String source,
    long offset,
    String link,
    ImportCounts counts,
    long reportBytes,
    Beginning beginning,
    @Nullable Finished finished) {
  static final int FORMAT = 1;

  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  /**
   * Tells the file from another one of the same name.
   *
   * @param bytes how many bytes of the file it speaks of
   * @param sha256 their hash
   */
  record Beginning(int bytes, String sha256) {
    private static final int MAX_BYTES = 64 * 1024;

    /** Of as much of the file as there is to go by. */
    static Beginning of(Path file, long done) throws IOException {
      int bytes = (int) Math.min(MAX_BYTES, done);
      try (InputStream in = Files.newInputStream(file)) {
        byte[] read = in.readNBytes(bytes);
        String hash = HexFormat.of().formatHex(QueueLines.sha256().digest(read));
        return new Beginning(read.length, hash);
      }
    }

    boolean isWhole() {
      return bytes == MAX_BYTES;
    }
  }

  /**
   * The end of the file.
   *
   * @param size the file's size then
   * @param counts what it held, a last line without its end included
   */
  record Finished(long size, ImportCounts counts) {}

  /**
   * Reads the state of an import.
   *
   * @param file where it is kept
   * @return the state, or null when there is none
   * @throws IOException when the file cannot be read or is something else
   */
  static @Nullable ImportProgress read(Path file) throws IOException {
    if (!Files.exists(file)) {
      return null;
    }
    try {
      ImportProgress progress = JSON.readValue(Files.readAllBytes(file), ImportProgress.class);
      if (progress != null && progress.isPlausible()) {
        return progress;
      }
    } catch (JsonProcessingException e) {
      throw notOurs(file, e);
    }
    throw notOurs(file, null);
  }

  @SuppressWarnings("ConstantValue") // Jackson leaves null what the file lacks
  private boolean isPlausible() {
    return format == FORMAT
        && source != null
        && offset >= 0
        && link != null
        && link.matches("[0-9a-f]{64}")
        && counts != null
        && reportBytes >= 0
        && beginning != null
        && (finished == null || (finished.counts() != null && finished.size() >= offset));
  }

  private static IOException notOurs(Path file, @Nullable Exception cause) {
    return new IOException(
        file
            + " does not hold the state of an import; remove it to import from the start again,"
            + " which makes no document twice",
        cause);
  }

  /** Puts itself in the place of an earlier state, whole or not at all, also in a power cut. */
  void write(Path file) throws IOException {
    Path temporary = file.resolveSibling(file.getFileName() + ".new");
    try (FileChannel channel =
        FileChannel.open(
            temporary,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      ByteBuffer bytes = ByteBuffer.wrap(JSON.writeValueAsBytes(this));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    Files.move(
        temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    Path directory = file.toAbsolutePath().getParent();
    if (directory != null) {
      try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }
}
