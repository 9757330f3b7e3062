package dev.eventstream.server.cli;

import dev.eventstream.server.guard.IngestKeys;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** The command {@code keys NAME}: generates a key for sending events. */
@Command(
    name = "keys",
    header = "Generates a key for clients.",
    description = {
      "Generates a key for sending events. Prints the line for the server on standard output, which"
          + " belongs in the file that EVENTSTREAM_AUTH_FILE names, and the secret for the client on"
          + " standard error. The secret is stored nowhere: the line holds only a hash of it. With --json: one"
          + " object with name, line and secret, on standard output.",
      "",
      "To replace a key, add a line with another name, give its secret to the clients, and remove the"
          + " old line when they use the new key. The server reads the file again when it changes."
    })
final class KeysCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(
      paramLabel = "NAME",
      description =
          "1 to 64 characters of A-Z, a-z, 0-9, \".\", \"_\", \"-\"; the user of basic authentication.")
  private String name = "";

  KeysCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    IngestKeys.NewKey key = IngestKeys.generate(name);
    if (console.json()) {
      console.printJson(Map.of("name", name, "line", key.line(), "secret", key.secret()));
      return Cli.DONE;
    }
    console.out().println(key.line());
    console.err().println("The client sends:  Authorization: Bearer " + key.secret());
    console.err().println("or basic authentication: user " + name + ", the secret as password.");
    return Cli.DONE;
  }
}
