package dev.eventstream.server.cli;

import dev.eventstream.server.guard.IngestKeys;
import java.io.PrintStream;
import java.util.List;

/** The command {@code keys NAME}: generates a key for sending events. */
public final class KeysCommand {
  private static final String USAGE =
      """
      Usage: keys NAME

      Generates a key for sending events. Prints the line for the server on standard output, which
      belongs in the file that EVENTSTREAM_AUTH_FILE names, and the secret for the client on standard
      error. The secret is stored nowhere: the line holds only a hash of it.

        NAME   1 to 64 characters of A-Z, a-z, 0-9, ".", "_", "-"; the user of basic authentication

      To replace a key, add a line with another name, give its secret to the clients, and remove the
      old line when they use the new key. The server reads the file again when it changes.

      Exit code: 0 done; 2 usage.
      """;

  private KeysCommand() {}

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
    if (args.size() != 1 || args.get(0).startsWith("-")) {
      err.println("keys needs one name, not \"" + String.join(" ", args) + "\"");
      err.println();
      err.print(USAGE);
      return 2;
    }
    try {
      IngestKeys.NewKey key = IngestKeys.generate(args.get(0));
      out.println(key.line());
      err.println("The client sends:  Authorization: Bearer " + key.secret());
      err.println("or basic authentication: user " + args.get(0) + ", the secret as password.");
      return 0;
    } catch (IllegalArgumentException e) {
      err.println(e.getMessage());
      return 2;
    }
  }
}
