package dev.eventstream.server.cli;

import dev.eventstream.id.IdFiles;
import dev.eventstream.spool.MapDbIdResolver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** The command {@code ids build DIRECTORY FILE}: builds a file of event IDs. */
@Command(
    name = "ids",
    header = "Builds a file of event IDs.",
    description = "Builds a file of event IDs from a directory of tables.")
final class IdsCommand {
  private final Console console;

  IdsCommand(Console console) {
    this.console = console;
  }

  @Command(
      name = "build",
      description =
          "Builds FILE, which the server reads instead of DIRECTORY if EVENTSTREAM_ID_FILE names it."
              + " Use it for tables of millions of IDs, which would take too much heap. With --json: one object with file, ids and bytes.")
  int build(
      @Parameters(
              paramLabel = "DIRECTORY",
              description =
                  "The directory of the ID tables, <eventType>.json, each an object from event"
                      + " value to ID.")
          Path directory,
      @Parameters(
              paramLabel = "FILE",
              description =
                  "The file to build. It replaces an older one atomically. A running server uses the"
                      + " older one until it is restarted.")
          Path file)
      throws IOException {
    check(directory, file);
    long ids;
    try (Progress progress = new Progress(console, "Building", "IDs")) {
      ids = MapDbIdResolver.build(directory, file, count -> progress.at(count, -1, ""));
    }
    if (console.json()) {
      console.printJson(Map.of("file", file.toString(), "ids", ids, "bytes", Files.size(file)));
    } else {
      console.out().printf("%s holds %d IDs in %d bytes%n", file, ids, Files.size(file));
    }
    return Cli.DONE;
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
