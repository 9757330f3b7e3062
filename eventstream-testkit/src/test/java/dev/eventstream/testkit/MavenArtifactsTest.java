package dev.eventstream.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import eu.maveniverse.maven.mima.context.ContextOverrides;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The effect of the user's settings, with a directory as the remote repository. */
class MavenArtifactsTest {

  private static final String COORDINATES = "com.example:engine:zip:1";

  @TempDir private Path directory;

  private Path settings;
  private MavenArtifacts artifacts;

  @BeforeEach
  void prepare() {
    settings = directory.resolve("settings.xml");
    artifacts =
        new MavenArtifacts(
            ContextOverrides.create()
                .withUserSettings(true)
                .withUserSettingsXmlOverride(settings)
                .withLocalRepositoryOverride(directory.resolve("local"))
                .build());
  }

  @Test
  void fetchesFromTheMirrorOfTheSettings() throws IOException {
    Path remote = publish();
    Files.writeString(settings, settings(mirror(remote)));

    assertThat(artifacts.single(COORDINATES))
        .startsWith(directory.resolve("local"))
        .hasContent("engine");
  }

  @Test
  void fetchesNothingIfTheSettingsSayOffline() throws IOException {
    Path remote = publish();
    Files.writeString(settings, settings(mirror(remote) + "<offline>true</offline>"));

    assertThatThrownBy(() -> artifacts.single(COORDINATES))
        .isInstanceOf(EngineStartException.class)
        .hasMessageContaining("offline")
        .hasMessageContaining("fetch it once while online");
  }

  @Test
  void reportsTheRemedyIfThereIsNoSuchArtifact() throws IOException {
    Files.writeString(settings, settings(mirror(directory.resolve("empty"))));

    assertThatThrownBy(() -> artifacts.single(COORDINATES))
        .isInstanceOf(EngineStartException.class)
        .hasMessageStartingWith("Cannot get " + COORDINATES + " from Maven: ")
        .hasMessageContaining("Check the network and the repositories in your Maven settings");
  }

  @Test
  void reportsUnreadableSettings() throws IOException {
    Files.writeString(settings, "<settings><mirrors>");

    assertThatThrownBy(() -> artifacts.single(COORDINATES))
        .isInstanceOf(EngineStartException.class)
        .hasMessageContaining("settings");
  }

  private Path publish() throws IOException {
    Path remote = directory.resolve("remote");
    Path version = Files.createDirectories(remote.resolve("com/example/engine/1"));
    Files.writeString(version.resolve("engine-1.zip"), "engine");
    return remote;
  }

  private static String mirror(Path remote) {
    return "<mirrors><mirror><id>m</id><mirrorOf>*</mirrorOf><url>%s</url></mirror></mirrors>"
        .formatted(remote.toUri());
  }

  private static String settings(String content) {
    return "<settings>" + content + "</settings>";
  }
}
