package dev.eventstream.server.cli;

import dev.eventstream.server.guard.IngestKeys;
import java.io.PrintStream;
import java.util.List;

/** Makes keys with which events may be sent. */
public final class KeysCommand {
  private static final String USAGE =
      """
      Usage: keys NAME

      Makes a key with which events may be sent. Prints the line for the server, which goes into the
      file that EVENTSTREAM_AUTH_FILE names, and, on standard error, the secret for the client. The
      secret is not kept anywhere: only a hash of it is in the line.

        NAME   1 to 64 characters of A-Z, a-z, 0-9, ".", "_", "-"; the user of basic authentication

      To replace a key, add a line of another name, give its secret to the clients, and remove the
      old line when they use it. The server reads the file again when it changes.

      Exit code: 0 done; 2 usage.
      """;

  private KeysCommand() {}

  /**
   * Runs the command.
   *
   * @param args see {@code --help}
   */
  @SuppressWarnings("SystemOut") // what a command says to its user
  public static void main(String[] args) {
    System.exit(run(List.of(args), System.out, System.err));
  }

  static int run(List<String> args, PrintStream out, PrintStream err) {
    if (args.contains("--help") || args.contains("-h")) {
      out.print(USAGE);
      return 0;
    }
    if (args.size() != 1 || args.get(0).startsWith("-")) {
      err.println("keys takes one name, not \"" + String.join(" ", args) + "\"");
      err.println();
      err.print(USAGE);
      return 2;
    }
    try {
      IngestKeys.NewKey key = IngestKeys.generate(args.get(0));
      out.println(key.line());
      err.println("The client sends:  Authorization: Bearer " + key.secret());
      err.println("or by basic authentication, user " + args.get(0) + " with that password.");
      return 0;
    } catch (IllegalArgumentException e) {
      err.println(e.getMessage());
      return 2;
    }
  }
}
