package dev.eventstream.server.cli;

import dev.eventstream.spool.SpoolInspection;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The command {@code spool [DIRECTORY]}: prints the state of a spool. */
public final class SpoolCommand {
  static final String USAGE =
      """
      Usage: spool [DIRECTORY]

      Prints how much is in a spool, for each server that uses or used it, and what cannot be read.
      The command only reads; servers can run at the same time.

        DIRECTORY   the spool (default: EVENTSTREAM_SPOOL_DIR)

      Exit code: 0 everything can be read; 1 the directory cannot be read, or a file is damaged;
      2 usage.
      """;

  private SpoolCommand() {}

  /**
   * Runs the command.
   *
   * @param args see {@code --help}
   */
  @SuppressWarnings("SystemOut") // the output of a command
  public static void main(String[] args) {
    System.exit(run(List.of(args), System.getenv(), System.out, System.err));
  }

  static int run(
      List<String> args, Map<String, String> environment, PrintStream out, PrintStream err) {
    return SpoolArgument.run(
        "spool",
        USAGE,
        "the spool",
        args,
        environment,
        out,
        err,
        root -> show(SpoolInspection.of(root), out) ? 0 : 1);
  }

  private static boolean show(List<SpoolInspection> replicas, PrintStream out) {
    boolean whole = true;
    if (replicas.isEmpty()) {
      out.println("no server has used this directory");
    }
    for (SpoolInspection replica : replicas) {
      out.println(replica.directory());
      out.printf(
          Locale.ROOT,
          "  waiting       %,d documents of %,d bytes in %d files of %,d bytes%n",
          replica.documents(),
          replica.bytes(),
          replica.segments(),
          replica.diskBytes());
      if (replica.oldest() != null) {
        out.println("  oldest        accepted " + replica.oldest());
      }
      out.printf(Locale.ROOT, "  dead letters  files of %,d bytes%n", replica.deadLetterBytes());
      for (Path file : replica.unreadable()) {
        out.println("  UNREADABLE    partly or completely: " + file);
      }
      for (Path file : replica.damaged()) {
        out.println("  DAMAGED       set aside: " + file);
      }
      whole &= replica.unreadable().isEmpty() && replica.damaged().isEmpty();
    }
    return whole;
  }
}
