package dev.eventstream.server.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import dev.eventstream.internal.CredentialMask;
import dev.eventstream.server.config.CommandLineOptions;
import dev.eventstream.server.config.InvalidSettingsException;
import dev.eventstream.server.config.SettingSources;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.function.Function;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The command line: all commands of {@code eventstream}. Each is a class of this package, whose
 * actions are methods that return the exit code. They throw what goes wrong; {@link #failed}
 * decides what is printed, and the exit code.
 */
@Command(
    name = "eventstream",
    description = "Accepts events and delivers them to Elasticsearch or OpenSearch.",
    versionProvider = Cli.Version.class,
    synopsisSubcommandLabel = "COMMAND",
    exitCodeListHeading = "%nExit codes, unless the help of the command lists others:%n",
    exitCodeList = {
      "0: done",
      "1: failed",
      "2: usage or settings",
      "130, 143: stopped by SIGINT or SIGTERM"
    },
    footer = {"", "eventstream COMMAND --help explains a command."})
public final class Cli {
  static final int DONE = 0;
  static final int FAILED = 1;
  static final int USAGE_ERROR = 2;
  static final int WAITING = 3;

  private static final int WIDTH = 100;

  private final Console console;

  private Cli(Console console) {
    this.console = console;
  }

  @Option(
      names = "--json",
      order = 1001, // that of methods is not defined
      scope = ScopeType.INHERIT,
      description = "Prints JSON, for programs: one object, or one per line.")
  void setJson(boolean json) {
    console.setJson(json);
  }

  @Option(
      names = "--quiet",
      order = 1002,
      scope = ScopeType.INHERIT,
      description = "Prints the result and errors only.")
  void setQuiet(boolean quiet) {
    console.setQuiet(quiet);
  }

  @Option(
      names = {"-h", "--help"},
      order = 1003,
      scope = ScopeType.INHERIT,
      usageHelp = true,
      description = "Prints this text.")
  void setHelp(boolean help) {} // picocli prints it

  @Option(
      names = "--version",
      order = 1004,
      versionHelp = true,
      description = "Prints the version.")
  void setVersion(boolean version) {} // picocli prints it

  /** The commands by name, in the order of the help. */
  private static Map<String, Function<Console, Object>> commands(
      Map<String, Function<Console, Object>> more) {
    Map<String, Function<Console, Object>> commands = new LinkedHashMap<>();
    commands.put("serve", ServeCommand::new);
    commands.put("doctor", DoctorCommand::new);
    commands.put("top", TopCommand::new);
    commands.put("tail", TailCommand::new);
    commands.put("publish", PublishCommand::new);
    commands.put("import", ImportCommand::new);
    commands.put("spool", SpoolCommand::new);
    commands.put("dead-letters", DeadLettersCommand::new);
    commands.put("indices", IndicesCommand::new);
    commands.put("backup", BackupCommand::new);
    commands.put("reindex", ReindexCommand::new);
    commands.put("config", ConfigCommand::new);
    commands.put("keys", KeysCommand::new);
    commands.put("ids", IdsCommand::new);
    commands.put("health", HealthCommand::new);
    commands.putAll(more);
    commands.put("completion", console -> new CompletionCommand(console, () -> all(console, more)));
    commands.put("man-pages", console -> new ManPagesCommand(console, () -> all(console, more)));
    return commands;
  }

  /**
   * Runs a command, and ends the process with its exit code.
   *
   * @param args see {@code --help}
   */
  public static void main(String[] args) {
    main(args, Map.of());
  }

  /**
   * As {@link #main(String[])}, with more commands.
   *
   * @param more objects with picocli's annotations, by their command's name
   */
  @SuppressWarnings("SystemOut") // the output of a command
  public static void main(String[] args, Map<String, Function<Console, Object>> more) {
    System.exit(
        StopSignal.run(
            () -> run(List.of(args), System.getenv(), System.in, System.out, System.err, more)));
  }

  /**
   * Runs a command within this process.
   *
   * @param more as for {@link #main(String[], Map)}
   * @return the exit code
   */
  public static int run(
      List<String> args,
      Map<String, String> environment,
      InputStream in,
      PrintStream out,
      PrintStream err,
      Map<String, Function<Console, Object>> more) {
    Console console = new Console(environment, in, out, err);
    if (args.equals(List.of("serve"))) {
      return serve(console);
    }
    CommandLine commandLine = commandLine(console, args, more);
    try {
      return commandLine.execute(args.toArray(new String[0]));
    } finally {
      commandLine.getOut().flush();
      commandLine.getErr().flush();
    }
  }

  /**
   * Runs the server with the settings of environment and file. Picocli has the format of Java 5, so
   * its classes are in no class data archive, and would take a third of the time of this start.
   */
  private static int serve(Console console) {
    try {
      return ServeCommand.serve(console, SettingSources.of(Map.of(), console.environment()));
    } catch (Exception e) {
      return failed(e, console);
    }
  }

  /** Without the other commands if the first argument names one, so that it starts sooner. */
  private static CommandLine commandLine(
      Console console, List<String> args, Map<String, Function<Console, Object>> more) {
    Map<String, Function<Console, Object>> commands = commands(more);
    if (!args.isEmpty() && commands.containsKey(args.get(0))) {
      commands.keySet().retainAll(List.of(args.get(0)));
    }
    return commandLine(console, commands);
  }

  /** The command line with all commands, for its documents. */
  static CommandLine all(Console console, Map<String, Function<Console, Object>> more) {
    return commandLine(console, commands(more));
  }

  private static CommandLine commandLine(
      Console console, Map<String, Function<Console, Object>> commands) {
    CommandLine root = new CommandLine(new Cli(console));
    commands.forEach((name, command) -> root.addSubcommand(name, command.apply(console)));
    root.setOut(new PrintWriter(console.out(), true, UTF_8))
        .setErr(new PrintWriter(console.err(), true, UTF_8))
        .setUsageHelpWidth(WIDTH)
        .setExpandAtFiles(false)
        .setOverwrittenOptionsAllowed(false)
        .setAbbreviatedOptionsAllowed(false)
        .setParameterExceptionHandler((e, arguments) -> misused(e))
        .setExecutionExceptionHandler((e, line, result) -> failed(e, console));
    root.registerConverter(Duration.class, Times::duration);
    root.registerConverter(Instant.class, Times::instant);
    if (console.environment().containsKey("NO_COLOR") || !console.isTerminal()) {
      root.setColorScheme(CommandLine.Help.defaultColorScheme(Ansi.OFF));
    }
    complete(root);
    return root;
  }

  /** Gives each command the settings of its mixin, and what is the same in all of them. */
  private static void complete(CommandLine command) {
    CommandSpec spec = command.getCommandSpec();
    UsageMessageSpec usage = spec.usageMessage();
    usage.sortOptions(false).descriptionHeading("%n").optionListHeading("%n");
    if (usage.header().length > 0) {
      usage.synopsisHeading("%nUsage: ");
    }
    if (!spec.positionalParameters().isEmpty()) {
      usage.parameterListHeading("%n").optionListHeading("");
    }
    if (!spec.subcommands().isEmpty()) {
      usage.commandListHeading("%nCommands:%n");
    }
    spec.mixins()
        .forEach(
            (name, mixin) -> {
              if (mixin.userObject() instanceof SettingOptions settings) {
                CommandLineOptions.addTo(spec, settings.isShown());
              }
            });
    command.getSubcommands().values().forEach(Cli::complete);
  }

  private static int misused(ParameterException e) {
    CommandLine command = e.getCommandLine();
    PrintWriter err = command.getErr();
    if (e.getClass() == ParameterException.class && !command.getSubcommands().isEmpty()) {
      command.usage(err); // no command, or no action of a command
      return USAGE_ERROR;
    }
    err.println(
        command.getColorScheme().errorText(CredentialMask.message(CommandLineOptions.fault(e))));
    UnmatchedArgumentException.printSuggestions(e, err);
    err.println("See " + command.getCommandSpec().qualifiedName() + " --help");
    return USAGE_ERROR;
  }

  private static int failed(Exception e, Console console) {
    PrintStream err = console.err();
    if (e instanceof InvalidSettingsException || e instanceof IllegalArgumentException) {
      err.println(e.getMessage());
      return USAGE_ERROR;
    }
    if (e instanceof InterruptedException || Thread.interrupted()) { // such as a closed channel
      String message = e instanceof InterruptedException ? e.getMessage() : null;
      console.info(message == null ? "stopped" : message);
      return StopSignal.STOPPED;
    }
    if (e instanceof FileSystemException) {
      err.println(e); // its message may be a name only
    } else if (e instanceof IOException) {
      err.println(e.getMessage());
    } else {
      LoggerFactory.getLogger(Cli.class).error("The command failed", e);
    }
    return FAILED;
  }

  /** Names the version of the program, the commit it was built from if that is known, and Java. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Cli.class.getPackage().getImplementationVersion();
      return new String[] {
        "eventstream " + (version == null ? "unreleased" : version) + commit(),
        "Java " + Runtime.version() + " (" + System.getProperty("java.vm.name") + ")"
      };
    }

    private static String commit() {
      try (InputStream properties = Cli.class.getResourceAsStream("build.properties")) {
        Properties build = new Properties();
        build.load(requireNonNull(properties));
        String commit = build.getProperty("commit", "");
        return commit.isEmpty() ? "" : " (" + commit + ")";
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
