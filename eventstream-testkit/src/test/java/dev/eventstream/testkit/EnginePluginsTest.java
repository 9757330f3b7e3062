package dev.eventstream.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EnginePluginsTest {

  @TempDir private Path directory;

  @Test
  void elasticsearch9GetsTheAnswerToGetRootAndProcessorsOnlyOnDemand() {
    EngineRecipe recipe = EngineRecipe.of(Engine.of("elasticsearch:9"));

    assertThat(new EnginePlugins(recipe).names()).containsExactly("rest-root");
    assertThat(new EnginePlugins(recipe.withIngest()).names())
        .containsExactly("rest-root", "ingest");
    assertThat(new EnginePlugins(EngineRecipe.of(Engine.of("elasticsearch:8"))).names()).isEmpty();
  }

  @Test
  void reportsWhyAPluginDoesNotCompileAndKeepsNothing() {
    EnginePlugins plugins =
        new EnginePlugins(EngineRecipe.of(Engine.of("elasticsearch:7.17.29")).withIngest());
    Path jarsThatThereAreNot = directory.resolve("lib.jar");

    assertThatThrownBy(
            () ->
                plugins.homeIn(
                    new CacheDirectory(directory),
                    directory.resolve("elasticsearch"),
                    jarsThatThereAreNot.toString()))
        .isInstanceOf(EngineStartException.class)
        .hasMessageContaining("'ingest' does not compile against elasticsearch:7.17.29")
        .hasMessageContaining("package org.elasticsearch.ingest does not exist");
    assertThat(directory).isEmptyDirectory();
  }
}
