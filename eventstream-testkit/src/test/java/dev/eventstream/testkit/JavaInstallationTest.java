package dev.eventstream.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JavaInstallationTest {

  private static final Engine ENGINE = Engine.of("opensearch:3");

  @TempDir private Path directory;

  @Test
  void readsTheVersionOfAJdk() throws IOException {
    assertThat(JavaInstallation.at(jdk("a", "25.0.3")))
        .hasValueSatisfying(java -> assertThat(java.feature()).isEqualTo(25));
    assertThat(JavaInstallation.at(jdk("b", "21")))
        .hasValueSatisfying(java -> assertThat(java.feature()).isEqualTo(21));
    assertThat(JavaInstallation.at(jdk("c", "1.8.0_402")))
        .hasValueSatisfying(java -> assertThat(java.feature()).isEqualTo(8));
  }

  @Test
  void ignoresDirectoriesThatAreNotJdks() throws IOException {
    Path withoutJava = jdk("a", "21");
    Files.delete(withoutJava.resolve("bin/java"));
    Files.createFile(directory.resolve("a-file"));
    Files.createDirectory(directory.resolve("empty"));

    assertThat(JavaInstallation.inside(directory)).isEmpty();
    assertThat(JavaInstallation.inside(directory.resolve("nowhere"))).isEmpty();
  }

  @Test
  void findsAllJdksOfADirectory() throws IOException {
    Path b = jdk("b", "25.0.3");
    Path a = jdk("a/Contents/Home", "21.0.1");

    assertThat(JavaInstallation.inside(directory))
        .containsExactly(new JavaInstallation(a, 21), new JavaInstallation(b, 25));
  }

  @Test
  void findsTheJdksOfTheEnvironment() throws IOException {
    Path a = jdk("a", "21.0.1");
    Path b = jdk("b", "25");
    Path c = jdk("c", "23");
    Map<String, String> environment =
        Map.of(
            "JAVA_HOME_21_X64", a.toString(),
            "JAVA_HOME", b.toString(),
            "JAVA_HOME_25", directory.resolve("gone").toString(),
            "JAVA_HOME_22", "",
            "MY_JAVA_HOME", c.toString());

    assertThat(JavaInstallation.environment(environment))
        .containsExactly(new JavaInstallation(b, 25), new JavaInstallation(a, 21));
  }

  @Test
  void choosesTheOldestSuitableJdkOfTheFirstSourceWithOne() {
    List<JavaInstallation> first = List.of(java(17), java(20));
    List<JavaInstallation> second = List.of(java(25), java(20), java(21), java(24));
    List<JavaInstallation> third = List.of(java(22));

    assertThat(JavaInstallation.choose(21, List.of(first, second, third))).contains(java(21));
    assertThat(JavaInstallation.choose(18, List.of(first, second, third))).contains(java(20));
    assertThat(JavaInstallation.choose(26, List.of(first, second, third))).isEmpty();
  }

  @Test
  void usesTheCurrentJdkIfItIsSuitable() {
    assertThat(JavaInstallation.atLeast(17, ENGINE).feature())
        .isEqualTo(Runtime.version().feature());
  }

  @Test
  void reportsTheRemedyIfThereIsNone() {
    assertThatThrownBy(() -> JavaInstallation.atLeast(999, ENGINE))
        .isInstanceOf(EngineUnavailableException.class)
        .hasMessageStartingWith("opensearch:3.8.0 needs JDK 999 or later")
        .hasMessageContaining("eventstream.testkit.jdk")
        .hasMessageContaining("JAVA_HOME_999");
  }

  @Test
  void reportsThePropertyWhoseDirectoryHasNoJdk() {
    assertThatThrownBy(() -> JavaInstallation.named(directory.toString()))
        .isInstanceOf(EngineUnavailableException.class)
        .hasMessageContaining("eventstream.testkit.jdk is '" + directory + "'");
    assertThat(JavaInstallation.named("")).isEmpty();
  }

  private static JavaInstallation java(int feature) {
    return new JavaInstallation(Path.of("jdk" + feature), feature);
  }

  private Path jdk(String name, String version) throws IOException {
    Path home = directory.resolve(name);
    Path java = Files.createDirectories(home.resolve("bin")).resolve("java");
    Files.createFile(java);
    assertThat(java.toFile().setExecutable(true)).isTrue();
    Files.writeString(
        home.resolve("release"), "IMPLEMENTOR=\"Us\"\nJAVA_VERSION=\"" + version + "\"\n");
    return home;
  }
}
