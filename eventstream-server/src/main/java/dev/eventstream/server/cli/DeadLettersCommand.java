package dev.eventstream.server.cli;

import dev.eventstream.spool.MapDbSpool;
import dev.eventstream.spool.SpoolInspection;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The command {@code dead-letters [DIRECTORY]}: exports the dead letters of a spool. */
public final class DeadLettersCommand {
  static final String USAGE =
      """
      Usage: dead-letters [DIRECTORY]

      Writes the documents that were rejected for good to standard output, one JSON object per line:
      index, id, eventId, reason (of the engine), firstAttempt, lastAttempt, and the document. The
      command only reads; servers can run at the same time. Their files, up to 128 MiB per server,
      are copied to the directory for temporary files and read there.

        DIRECTORY   the spool (default: EVENTSTREAM_SPOOL_DIR)

      Exit code: 0 done; 1 the directory cannot be read; 2 usage.
      """;

  private DeadLettersCommand() {}

  /**
   * Runs the command.
   *
   * @param args see {@code --help}
   */
  @SuppressWarnings("SystemOut") // the output of a command
  public static void main(String[] args) {
    try (OutputStream out = new FileOutputStream(FileDescriptor.out)) {
      System.exit(run(List.of(args), System.getenv(), out, System.err));
    } catch (IOException e) {
      System.err.println(e.getMessage());
      System.exit(1);
    }
  }

  static int run(
      List<String> args, Map<String, String> environment, OutputStream out, PrintStream err) {
    return SpoolArgument.run(
        "dead-letters",
        USAGE,
        "the dead letters",
        args,
        environment,
        new PrintStream(out, true),
        err,
        root -> {
          err.println(export(root, out) + " dead letters");
          return 0;
        });
  }

  private static long export(Path root, OutputStream out) throws IOException {
    long letters = 0;
    for (SpoolInspection server : SpoolInspection.of(root)) {
      if (server.deadLetterBytes() > 0) {
        letters += exportCopy(server.directory().resolve("dead-letters"), out);
      }
    }
    return letters;
  }

  /** Reads a copy, since a running server holds the lock of the directory. */
  private static long exportCopy(Path letters, OutputStream out) throws IOException {
    Path copy = Files.createTempDirectory("eventstream-dead-letters");
    try {
      Path target = Files.createDirectories(copy.resolve("replica-copy/dead-letters"));
      while (!copied(letters, target)) {
        Thread.onSpinWait();
      }
      try (MapDbSpool spool = MapDbSpool.builder(copy).minFreeBytes(0).open()) {
        return spool.deadLetters().export(letter -> true, out);
      }
    } finally {
      delete(copy);
    }
  }

  /** False if files were added or removed meanwhile, and letters with them. */
  private static boolean copied(Path letters, Path target) throws IOException {
    List<Path> files = segments(letters);
    try {
      for (Path file : files) {
        Files.copy(file, target.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
      }
    } catch (NoSuchFileException e) {
      return false;
    }
    for (Path file : segments(target)) {
      if (!files.contains(letters.resolve(file.getFileName()))) {
        Files.delete(file);
      }
    }
    return files.equals(segments(letters));
  }

  private static List<Path> segments(Path directory) throws IOException {
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, "*.segment")) {
      entries.forEach(files::add);
    }
    files.sort(Comparator.naturalOrder());
    return files;
  }

  private static void delete(Path directory) throws IOException {
    List<Path> all;
    try (Stream<Path> paths = Files.walk(directory)) {
      all = paths.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : all) {
      Files.delete(path);
    }
  }
}
