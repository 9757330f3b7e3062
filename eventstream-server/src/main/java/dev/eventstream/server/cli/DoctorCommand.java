package dev.eventstream.server.cli;

import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.es.doctor.ClusterDoctor;
import dev.eventstream.es.doctor.Finding;
import dev.eventstream.es.doctor.Finding.Severity;
import dev.eventstream.es.template.IndexTemplate;
import dev.eventstream.server.EventServer;
import dev.eventstream.server.config.InvalidSettingsException;
import dev.eventstream.server.config.ServerSettings;
import dev.eventstream.server.config.SettingSources;
import dev.eventstream.server.doctor.MachineDoctor;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The command {@code doctor}: finds what is wrong, or will be, and says what to do. */
@Command(
    name = "doctor",
    header = "Finds what is wrong, or will be, and says what to do.",
    description =
        "Examines the settings, this machine and the cluster, for the server with these settings. It"
            + " changes nothing; the server may be running. With --json: one object.",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0: all is well",
      "1: there are warnings",
      "2: something does not work, or the settings are not valid"
    })
final class DoctorCommand implements Callable<Integer> {
  private static final Duration CLUSTER_TIMEOUT = Duration.ofSeconds(5);

  private final Console console;

  @Spec private CommandSpec spec = CommandSpec.create(); // replaced by picocli

  @Mixin private SettingOptions options = new SettingOptions();

  DoctorCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws InterruptedException {
    List<Finding> findings = new ArrayList<>();
    SettingSources sources = options.sources(console);
    try {
      ServerSettings settings = ServerSettings.of(sources);
      sources.warnings().forEach(each -> findings.add(Finding.warning("settings", each, "")));
      check(settings, findings);
      findings.addAll(MachineDoctor.examine(settings));
      findings.addAll(cluster(settings));
    } catch (InvalidSettingsException e) {
      String.valueOf(e.getMessage())
          .lines()
          .forEach(fault -> findings.add(Finding.fault("settings", fault, "")));
    }
    if (console.json()) {
      printJson(findings);
    } else {
      findings.forEach(this::print);
      console.out().println(summary(findings));
    }
    return count(findings, Severity.FAULT) > 0 ? 2 : count(findings, Severity.WARNING) > 0 ? 1 : 0;
  }

  private static void check(ServerSettings settings, List<Finding> findings) {
    try {
      EventServer.check(settings);
      findings.add(Finding.ok("settings", "a server with these settings would start"));
    } catch (IOException | IllegalArgumentException e) {
      findings.add(Finding.fault("settings", String.valueOf(e.getMessage()), ""));
    }
  }

  private static List<Finding> cluster(ServerSettings settings) throws InterruptedException {
    List<Finding> findings = new ArrayList<>();
    IndexTemplate template = null;
    try {
      template = settings.indexTemplate().template();
    } catch (IllegalArgumentException e) { // it would apply to the indices of others
      findings.add(Finding.unknown("index-template", String.valueOf(e.getMessage())));
    }
    try (ElasticsearchSink sink =
        settings
            .cluster()
            .sink()
            .requestTimeout(CLUSTER_TIMEOUT)
            .sniffInterval(Duration.ZERO)
            .build()) {
      findings.addAll(ClusterDoctor.examine(sink, settings.indexTemplate().patterns(), template));
    } catch (IllegalArgumentException e) {
      findings.add(Finding.fault("cluster", String.valueOf(e.getMessage()), ""));
    }
    return findings;
  }

  private void print(Finding finding) {
    if (console.quiet() && finding.severity().compareTo(Severity.WARNING) < 0) {
      return;
    }
    Ansi ansi = spec.commandLine().getColorScheme().ansi();
    String label =
        switch (finding.severity()) {
          case OK -> "@|green ok     |@";
          case UNKNOWN -> "@|faint ?      |@";
          case WARNING -> "@|yellow warning|@";
          case FAULT -> "@|red,bold FAULT  |@";
        };
    console.out().println(ansi.string(label) + "  " + finding.code() + ": " + finding.message());
    if (!finding.remedy().isEmpty()) {
      console.out().println("         " + finding.remedy());
    }
  }

  private static String summary(List<Finding> findings) {
    return count(findings, Severity.FAULT)
        + " faults, "
        + count(findings, Severity.WARNING)
        + " warnings, "
        + count(findings, Severity.OK)
        + " checks are well, "
        + count(findings, Severity.UNKNOWN)
        + " were not possible";
  }

  private static long count(List<Finding> findings, Severity severity) {
    return findings.stream().filter(finding -> finding.severity() == severity).count();
  }

  private void printJson(List<Finding> findings) {
    List<Map<String, Object>> all = new ArrayList<>();
    for (Finding finding : findings) {
      Map<String, Object> members = new LinkedHashMap<>();
      members.put("code", finding.code());
      members.put("severity", finding.severity().wireName());
      members.put("message", finding.message());
      members.put("remedy", finding.remedy());
      all.add(members);
    }
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("faults", count(findings, Severity.FAULT));
    result.put("warnings", count(findings, Severity.WARNING));
    result.put("findings", all);
    console.printJson(result);
  }
}
