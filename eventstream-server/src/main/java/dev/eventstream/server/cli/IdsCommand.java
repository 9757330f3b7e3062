package dev.eventstream.server.cli;

import dev.eventstream.id.IdFiles;
import dev.eventstream.spool.MapDbIdResolver;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;

/** The command {@code ids build DIRECTORY FILE}: builds a file of event IDs. */
public final class IdsCommand {
  static final String USAGE =
      """
      Usage: ids build DIRECTORY FILE

      Builds FILE, which the server reads instead of DIRECTORY if EVENTSTREAM_ID_FILE names it. Use it
      for tables of millions of IDs, which would take too much heap.

        DIRECTORY    the directory of the ID tables, <eventType>.json, each an object from event
                     value to ID
        FILE         the file to build. It replaces an older one atomically. A running server uses
                     the older one until it is restarted

      Exit code: 0 done; 1 a table cannot be read or FILE cannot be written; 2 usage.
      """;

  private static final int USAGE_ERROR = 2;

  private IdsCommand() {}

  /**
   * Runs the command.
   *
   * @param args see {@code --help}
   */
  @SuppressWarnings("SystemOut") // the output of a command
  public static void main(String[] args) {
    System.exit(run(List.of(args), System.out, System.err));
  }

  static int run(List<String> args, PrintStream out, PrintStream err) {
    if (args.contains("--help") || args.contains("-h")) {
      out.print(USAGE);
      return 0;
    }
    Path directory;
    Path file;
    try {
      if (args.isEmpty() || !args.get(0).equals("build")) {
        throw new IllegalArgumentException("the first argument must be \"build\"");
      }
      if (args.size() != 3) {
        throw new IllegalArgumentException("build needs a directory and a file");
      }
      directory = Path.of(args.get(1));
      file = Path.of(args.get(2));
    } catch (InvalidPathException e) {
      err.println("\"" + e.getInput() + "\" is not a path");
      return USAGE_ERROR;
    } catch (IllegalArgumentException e) {
      err.println(e.getMessage());
      err.println();
      err.print(USAGE);
      return USAGE_ERROR;
    }
    try {
      check(directory, file);
      long ids = MapDbIdResolver.build(directory, file);
      out.printf("%s holds %d IDs in %d bytes%n", file, ids, Files.size(file));
      return 0;
    } catch (FileSystemException e) {
      err.println(e); // its message may be a name only
      return 1;
    } catch (IOException e) {
      err.println(e.getMessage());
      return 1;
    }
  }

  private static void check(Path directory, Path file) throws IOException {
    if (!Files.isDirectory(directory)) {
      throw new IOException("there is no directory " + directory);
    }
    if (IdFiles.list(directory).isEmpty()) {
      throw new IOException(
          "the ID directory "
              + directory
              + " holds no table; name each table after its event type, such as pageview.json");
    }
    Path parent = file.toAbsolutePath().getParent();
    if (parent == null || Files.isDirectory(file)) {
      throw new IOException(file + " is a directory; name the file to build");
    }
    if (!Files.isDirectory(parent) || !Files.isWritable(parent)) {
      throw new IOException("no file can be written into the directory " + parent);
    }
  }
}
