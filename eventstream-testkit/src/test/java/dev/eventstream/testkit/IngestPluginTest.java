package dev.eventstream.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IngestPluginTest {

  @TempDir private Path directory;

  @Test
  void reportsWhyTheProcessorsDoNotCompileAndKeepsNothing() {
    IngestPlugin plugin = new IngestPlugin(Engine.of("elasticsearch:7.17.29"));
    Path jarsThatThereAreNot = directory.resolve("lib.jar");

    assertThatThrownBy(
            () ->
                plugin.homeIn(
                    new CacheDirectory(directory),
                    directory.resolve("elasticsearch"),
                    jarsThatThereAreNot.toString()))
        .isInstanceOf(EngineStartException.class)
        .hasMessageContaining("do not compile against elasticsearch:7.17.29")
        .hasMessageContaining("package org.elasticsearch.ingest does not exist");
    assertThat(directory).isEmptyDirectory();
  }
}
