package dev.eventstream.id;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.eventstream.internal.text.Utf8Map;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Predicate;

/**
 * ID tables as files: {@code engagement.json} contains one JSON object that maps event values to
 * event IDs, for example {@code {"click": "c", "scroll": "s"}}.
 */
public final class IdFiles {
  private static final String SUFFIX = ".json";
  private static final JsonFactory JSON =
      JsonFactory.builder().disable(JsonFactory.Feature.INTERN_FIELD_NAMES).build();

  private IdFiles() {}

  /**
   * Finds the tables of a directory; hidden files are ignored.
   *
   * @return the file of each event type, ordered by type
   * @throws IOException if the directory cannot be read, with its name
   */
  public static SortedMap<String, Path> list(Path directory) throws IOException {
    SortedMap<String, Path> files = new TreeMap<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
      for (Path file : entries) {
        String name = String.valueOf(file.getFileName());
        if (!name.startsWith(".") && Files.isRegularFile(file)) {
          files.put(name.substring(0, name.length() - SUFFIX.length()), file);
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      throw new IOException("the ID directory " + directory + " cannot be read: " + e, e);
    }
    return files;
  }

  /**
   * Reads one table.
   *
   * @return the IDs by event value
   * @throws IOException if the file cannot be read or is not such a table, with its name, the
   *     fault, and the position
   */
  public static Map<String, String> read(Path file) throws IOException {
    Map<String, String> ids = new HashMap<>();
    read(file, ids::containsKey, ids::put);
    return ids;
  }

  /**
   * Like {@link #read}, in the form used for lookups and without an intermediate {@code HashMap}.
   */
  static Utf8Map<String> readTable(Path file) throws IOException {
    Utf8Map.Builder<String> ids = new Utf8Map.Builder<>();
    read(file, ids::contains, ids::add);
    return ids.build();
  }

  private static void read(Path file, Predicate<String> has, BiConsumer<String, String> put)
      throws IOException {
    try (JsonParser json = JSON.createParser(Files.readAllBytes(file))) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw new IOException("it must be one JSON object from event value to event ID");
      }
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String value = json.currentName();
        if (has.test(value)) {
          throw new JsonParseException(
              json, "Duplicate field '" + value + "'", json.currentTokenLocation());
        }
        if (json.nextToken() != JsonToken.VALUE_STRING) {
          throw new IOException("the ID of \"" + value + "\" must be a string");
        }
        put.accept(value, json.getText());
      }
      if (json.nextToken() != null) {
        throw new IOException("the file continues after the JSON object");
      }
    } catch (IOException e) {
      throw new IOException("the ID file " + file + " cannot be used: " + fault(e), e);
    }
  }

  private static String fault(IOException e) {
    if (e instanceof JsonProcessingException json && json.getLocation() != null) {
      return json.getOriginalMessage()
          + " at line "
          + json.getLocation().getLineNr()
          + ", column "
          + json.getLocation().getColumnNr();
    }
    return String.valueOf(e.getMessage());
  }
}
