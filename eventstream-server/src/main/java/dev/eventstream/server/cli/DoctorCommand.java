package dev.eventstream.server.cli;

import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.es.doctor.ClusterDoctor;
import dev.eventstream.es.doctor.Finding;
import dev.eventstream.es.doctor.Finding.Severity;
import dev.eventstream.server.EventServer;
import dev.eventstream.server.config.IndexTemplateMode;
import dev.eventstream.server.config.IndexTemplateSettings;
import dev.eventstream.server.config.InvalidSettingsException;
import dev.eventstream.server.config.ServerSettings;
import dev.eventstream.server.config.SettingSources;
import dev.eventstream.server.doctor.Contradictions;
import dev.eventstream.server.doctor.LocalCheck;
import dev.eventstream.server.doctor.MachineDoctor;
import dev.eventstream.server.doctor.SpoolDoctor;
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
        "Examines the settings, this machine, the spool and the cluster, for the server with these"
            + " settings. It changes nothing; the server may be running. What the cluster does not"
            + " answer within about a minute is not waited for. With --json: one object.",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0: all is well",
      "1: there are warnings",
      "2: something does not work, or the settings are not valid"
    })
final class DoctorCommand implements Callable<Integer> {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(3);
  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(5);

  private final Console console;

  @Spec private CommandSpec spec = CommandSpec.create(); // replaced by picocli

  @Mixin private SettingOptions options = new SettingOptions();

  DoctorCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws InterruptedException {
    Map<String, List<Finding>> groups = new LinkedHashMap<>();
    List<Finding> ofSettings = new ArrayList<>();
    groups.put("settings", ofSettings);
    try {
      ServerSettings settings = settings(ofSettings);
      groups.put("machine", MachineDoctor.examine(settings));
      groups.put("spool", SpoolDoctor.examine(settings));
      groups.put("cluster", cluster(settings));
    } catch (InvalidSettingsException e) {
      String.valueOf(e.getMessage())
          .lines()
          .forEach(
              each ->
                  ofSettings.add(fault(each, "correct the setting; the rest is examined then")));
    }
    List<Finding> all = groups.values().stream().flatMap(List::stream).toList();
    if (console.json()) {
      printJson(groups, all);
    } else {
      groups.forEach(this::print);
      console.out().println(summary(all));
    }
    return count(all, Severity.FAULT) > 0 ? 2 : count(all, Severity.WARNING) > 0 ? 1 : 0;
  }

  private ServerSettings settings(List<Finding> findings) throws InvalidSettingsException {
    SettingSources sources = options.sources(console);
    ServerSettings settings = ServerSettings.of(sources);
    sources
        .warnings()
        .forEach(
            each ->
                findings.add(
                    LocalCheck.SETTINGS.warning(List.of(), each, "correct or remove the setting")));
    try {
      EventServer.check(settings);
      findings.add(LocalCheck.SETTINGS.ok(List.of(), "a server with these settings would start"));
    } catch (IOException | IllegalArgumentException e) {
      findings.add(fault(String.valueOf(e.getMessage()), "correct the setting, or what it names"));
    }
    findings.addAll(Contradictions.examine(settings));
    return settings;
  }

  private static Finding fault(String message, String remedy) {
    return LocalCheck.SETTINGS.fault(List.of(), message, remedy);
  }

  private static List<Finding> cluster(ServerSettings settings) throws InterruptedException {
    try (ElasticsearchSink sink =
        settings
            .cluster()
            .sink()
            .connectTimeout(CONNECT_TIMEOUT)
            .requestTimeout(REQUEST_TIMEOUT)
            .sniffInterval(Duration.ZERO)
            .build()) {
      IndexTemplateSettings template = settings.indexTemplate();
      ClusterDoctor doctor = ClusterDoctor.of(sink).indices(template.patterns());
      if (template.mode() != IndexTemplateMode.OFF && !template.patterns().isEmpty()) {
        doctor.template(template.template());
      }
      Duration closed = Contradictions.shortest(settings.indices().retention().close());
      if (closed != null) {
        doctor.closedAfter(closed);
      }
      return doctor.examine();
    } catch (IllegalArgumentException e) { // a file has changed since the settings were checked
      return List.of(fault(String.valueOf(e.getMessage()), "correct the setting"));
    }
  }

  private void print(String group, List<Finding> findings) {
    List<Finding> shown =
        findings.stream()
            .filter(each -> !console.quiet() || each.severity().compareTo(Severity.WARNING) >= 0)
            .toList();
    if (shown.isEmpty()) {
      return;
    }
    Ansi ansi = spec.commandLine().getColorScheme().ansi();
    console.out().println(ansi.string("@|bold " + group + "|@"));
    for (Finding finding : shown) {
      String label =
          switch (finding.severity()) {
            case OK -> "@|green ok     |@";
            case UNKNOWN -> "@|faint ?      |@";
            case WARNING -> "@|yellow warning|@";
            case FAULT -> "@|red,bold FAULT  |@";
          };
      console
          .out()
          .println("  " + ansi.string(label) + "  " + finding.code() + ": " + finding.message());
      if (!finding.remedy().isEmpty()) {
        console.out().println("           -> " + finding.remedy());
      }
    }
    console.out().println();
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

  private void printJson(Map<String, List<Finding>> groups, List<Finding> all) {
    List<Map<String, Object>> findings = new ArrayList<>();
    groups.forEach((group, members) -> members.forEach(each -> findings.add(json(group, each))));
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("faults", count(all, Severity.FAULT));
    result.put("warnings", count(all, Severity.WARNING));
    result.put("findings", findings);
    console.printJson(result);
  }

  private static Map<String, Object> json(String group, Finding finding) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("group", group);
    members.put("code", finding.code());
    members.put("severity", finding.severity().wireName());
    members.put("subjects", finding.subjects());
    members.put("message", finding.message());
    members.put("remedy", finding.remedy());
    return members;
  }
}
