package dev.eventstream.deploy;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Prometheus's own tool; a test that needs it is skipped where it is not installed. */
final class Promtool {
  private Promtool() {}

  static Script run(String... arguments) throws Exception {
    Optional<Path> promtool =
        Pattern.compile(":")
            .splitAsStream(System.getenv("PATH"))
            .map(directory -> Path.of(directory, "promtool"))
            .filter(Files::isExecutable)
            .findFirst();
    assumeTrue(
        promtool.isPresent(),
        "promtool is not installed; on Debian it is in the package \"prometheus\"");
    List<String> command = new ArrayList<>(List.of(promtool.get().toString()));
    command.addAll(List.of(arguments));
    return Script.run(Map.of(), command);
  }
}
