package dev.eventstream.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The project in examples/starter, which users copy, builds with the artifacts of this build. A
 * local Maven repository of its own contains these, in front of the user's.
 */
@Tag("slow")
class StarterIT {
  private static final Path ROOT = Path.of("..", "..").toAbsolutePath().normalize();
  private static final Pattern JAR =
      Pattern.compile("(eventstream-(?:core|tls|es|spool|testkit))-(\\d.*)\\.jar");

  @TempDir Path directory;
  private final Map<String, Path> jars = new TreeMap<>();
  private String version = "";
  private Path copy;
  private Path repository;

  @BeforeEach
  void copyTheStarter() throws IOException {
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      Matcher jar = JAR.matcher(Path.of(entry).getFileName().toString());
      if (jar.matches()) {
        jars.put(jar.group(1), Path.of(entry));
        version = jar.group(2);
      }
    }
    assertThat(jars).as("jars of this build; run the phase verify").hasSize(5);

    copy = directory.resolve("copy");
    try (Stream<Path> files = Files.walk(ROOT.resolve("examples/starter"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path target = copy.resolve(ROOT.resolve("examples/starter").relativize(file));
        Files.createDirectories(target.getParent());
        Files.copy(file, target);
      }
    }
    repository = directory.resolve("repository");
    stage("eventstream-parent", "pom", ROOT.resolve("pom.xml"));
    stage("eventstream-bom", "pom", ROOT.resolve("eventstream-bom/pom.xml"));
    for (Map.Entry<String, Path> jar : jars.entrySet()) {
      stage(jar.getKey(), "pom", ROOT.resolve(jar.getKey()).resolve("pom.xml"));
      stage(jar.getKey(), "jar", jar.getValue());
    }
  }

  private void stage(String artifact, String type, Path file) throws IOException {
    Path target = repository.resolve(Path.of("dev", "eventstream", artifact, version));
    Files.createDirectories(target);
    Files.copy(file, target.resolve(artifact + "-" + version + "." + type));
  }

  @Test
  void aCopyBuildsAndItsTestsPass() throws Exception {
    assertThat(copy.resolve("pom.xml"))
        .content()
        .contains("<eventstream.version>" + version + "</eventstream.version>");
    String home = System.getProperty("user.home");
    List<String> command = new ArrayList<>();
    command.add(ROOT.resolve("mvnw").toString());
    command.addAll(List.of("-B", "-ntp", "-f", copy.resolve("pom.xml").toString()));
    command.add("-Dmaven.repo.local=" + repository);
    command.add(
        "-Dmaven.repo.local.tail="
            + System.getProperty("maven.repo.local", home + "/.m2/repository"));
    command.add("verify");

    Path log = directory.resolve("log");
    ProcessBuilder maven =
        new ProcessBuilder(command)
            .directory(directory.toFile()) // where there is no .mvn
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    maven.environment().put("JAVA_HOME", System.getProperty("java.home"));
    Process process = maven.start();
    try {
      assertThat(process.waitFor(4, TimeUnit.MINUTES)).isTrue();
    } finally {
      process.destroyForcibly();
    }

    assertThat(log).content().contains("Tests run: 2, Failures: 0", "BUILD SUCCESS");
    assertThat(copy.resolve("target/my-events-1.0-SNAPSHOT.jar")).exists();
  }
}
