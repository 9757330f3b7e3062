package dev.eventstream.spool;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A note that the owner of a spool's directory keeps there for commands of operators. It may be
 * stale after a crash: the lock of the directory tells whether its owner lives.
 */
public final class ServerNote {
  private static final Logger LOG = LoggerFactory.getLogger(ServerNote.class);
  private static final JsonFactory JSON = new JsonFactory();
  private static final String FILE = "server.json";

  private ServerNote() {}

  /**
   * Writes the note of this process.
   *
   * @param adminUrl where its admin API answers; null: nowhere
   */
  public static void write(Path directory, @Nullable String adminUrl) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(bytes)) {
      json.writeStartObject();
      json.writeNumberField("pid", ProcessHandle.current().pid());
      json.writeStringField("admin", adminUrl);
      json.writeEndObject();
    }
    Path temporary = directory.resolve(FILE + ".new");
    Files.write(temporary, bytes.toByteArray()); // may be lost in a power cut: its process is, too
    Files.move(temporary, directory.resolve(FILE), StandardCopyOption.ATOMIC_MOVE);
  }

  /** Reads where the admin API of the process answers; null: nowhere, or there is no note. */
  static @Nullable String adminUrl(Path directory) {
    Path file = directory.resolve(FILE);
    if (!Files.exists(file)) {
      return null;
    }
    try (JsonParser json = JSON.createParser(Files.readAllBytes(file))) {
      json.nextToken();
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String name = json.currentName();
        json.nextToken();
        if (name.equals("admin")) {
          return json.getValueAsString();
        }
      }
    } catch (IOException e) {
      LOG.debug("The note {} cannot be read", file, e);
    }
    return null;
  }

  /** Deletes the note. */
  public static void delete(Path directory) {
    try {
      Files.deleteIfExists(directory.resolve(FILE));
    } catch (IOException e) {
      LOG.debug("The note in {} stays", directory, e); // the lock tells that its owner is gone
    }
  }
}
