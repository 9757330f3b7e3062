package dev.eventstream.server.cli;

import dev.eventstream.server.config.InvalidSettingsException;
import dev.eventstream.server.config.ServerSettings;
import dev.eventstream.spool.SpoolInspection;
import dev.eventstream.spool.SpoolReplica;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** A mixin: the command works on the directory of a spool. */
@Command
final class SpoolOptions {
  @Parameters(
      arity = "0..1",
      paramLabel = "DIRECTORY",
      description = "The directory of the spool (default: EVENTSTREAM_SPOOL_DIR).")
  private @Nullable Path directory;

  /**
   * The directory.
   *
   * @throws IOException if there is none
   */
  Path directory(Console console) throws IOException, InvalidSettingsException {
    Path root =
        directory != null
            ? directory
            : ServerSettings.fromEnvironment(console.environment()).delivery().spoolDirectory();
    if (!Files.isDirectory(root)) {
      throw new IOException(
          root + " is not a directory; name the one that EVENTSTREAM_SPOOL_DIR is set to");
    }
    return root;
  }

  /** The directories of all processes that use it or did. */
  List<SpoolReplica> replicas(Console console) throws IOException, InvalidSettingsException {
    return SpoolReplica.of(directory(console));
  }

  /** These directories with their contents; reads all files. */
  List<SpoolInspection> inspect(Console console) throws IOException, InvalidSettingsException {
    return SpoolInspection.of(directory(console));
  }
}
