package dev.eventstream.server.importer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.eventstream.internal.DurableFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * The progress of an import, stored in a file beside the imported one.
 *
 * @param format 2
 * @param source distinguishes the file from others with the same content
 * @param offset the offset of the first line that is not done; an unterminated line is not done
 * @param link the hash of all lines before the offset, see {@link QueueLines}
 * @param counts the totals of these lines
 * @param reportBytes the length of the report on these lines
 * @param beginning identifies the file
 * @param finished the end of the file; null: it was not reached
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
  static final int FORMAT = 2;
  private static final int FORMAT_WITH_OTHER_IDS = 1;

  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  /**
   * Distinguishes the file from another one with the same name.
   *
   * @param bytes the number of bytes from the start of the file
   * @param sha256 their hash
   */
  record Beginning(int bytes, String sha256) {
    private static final int MAX_BYTES = 64 * 1024;

    /** The beginning of a file of which this many bytes are done. */
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
   * @param size the size of the file at that time
   * @param counts the totals, including an unterminated last line
   */
  record Finished(long size, ImportCounts counts) {}

  /**
   * Reads the progress of an import.
   *
   * @param file the file that holds it
   * @return the progress; null: none
   * @throws IOException if the file cannot be read or holds something else
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
      if (progress != null && progress.format == FORMAT_WITH_OTHER_IDS) {
        throw new IOException(
            file
                + " is from an earlier version, which gave events other document ids; finish this"
                + " import with that version, or remove the file if the import has published nothing");
      }
    } catch (JsonProcessingException e) {
      throw notOurs(file, e);
    }
    throw notOurs(file, null);
  }

  @SuppressWarnings("ConstantValue") // Jackson sets missing members to null
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
            + " does not hold the progress of an import; remove it to import again from the start,"
            + " which creates no duplicates",
        cause);
  }

  /** The same progress, with spooled events counted by what became of them. */
  ImportProgress settled(SpoolExits.Totals left) {
    return new ImportProgress(
        format,
        source,
        offset,
        link,
        counts.settled(left),
        reportBytes,
        beginning,
        finished == null ? null : new Finished(finished.size(), finished.counts().settled(left)));
  }

  /** The counts up to the end of the file, if that was reached. */
  ImportCounts total() {
    return finished == null ? counts : finished.counts();
  }

  /** Replaces the stored progress atomically and durably. */
  void write(Path file) throws IOException {
    DurableFile.replace(file, JSON.writeValueAsBytes(this));
  }
}
