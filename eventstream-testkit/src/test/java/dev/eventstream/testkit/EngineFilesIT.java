package dev.eventstream.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files resolved through Maven. */
class EngineFilesIT {

  private static final EngineRecipe RECIPE = EngineRecipe.of(Engine.of("opensearch"));

  @TempDir private Path directory;

  @Test
  void cachesAClassPathUntilOneOfItsFilesIsDeleted() throws IOException {
    CacheDirectory cache = new CacheDirectory(directory);
    EngineFiles resolved = EngineFiles.of(RECIPE, cache);
    assertThat(resolved.jars())
        .allMatch(Files::exists)
        .anyMatch(jar -> jar.endsWith("opensearch-2.19.6.jar"))
        .anyMatch(jar -> jar.endsWith("transport-netty4-client-2.19.6.jar"))
        .anyMatch(jar -> jar.endsWith("log4j-core-2.25.4.jar"));

    Path remembered = cache.entry("opensearch-2.19.6.classpath");
    Path other = Files.createFile(directory.resolve("other.jar"));
    Files.write(remembered, List.of(other.toString()));
    assertThat(EngineFiles.of(RECIPE, cache).jars()).containsExactly(other);

    Files.delete(other);
    assertThat(EngineFiles.of(RECIPE, cache)).isEqualTo(resolved);
  }

  @Test
  void unpacksADistributionOnce() throws IOException {
    EngineRecipe recipe = EngineRecipe.of(Engine.of("elasticsearch"));
    CacheDirectory cache = new CacheDirectory(directory);
    Path root = EngineFiles.of(recipe, cache).home().orElseThrow();
    assertThat(root).isEqualTo(directory.resolve("elasticsearch-6.5.4"));
    assertThat(root.resolve("modules/transport-netty4")).isDirectory();

    Files.createFile(root.resolve("mark"));
    EngineFiles.of(recipe, cache);

    assertThat(root.resolve("mark")).exists();
  }

  @Test
  void usesASeparateElasticsearchHomeForIngestProcessors() throws IOException {
    EngineRecipe recipe = EngineRecipe.of(Engine.of("elasticsearch"));
    CacheDirectory cache = new CacheDirectory(directory);
    Path plain = EngineFiles.of(recipe, cache).home().orElseThrow();

    Path home = EngineFiles.of(recipe.withIngest(), cache).home().orElseThrow();

    assertThat(home).isNotEqualTo(plain);
    assertThat(home.resolve("modules/transport-netty4")).isDirectory();
    assertThat(home.resolve("plugins/ingest/ingest-common-6.5.4.jar")).exists();
    assertThat(plain.resolve("plugins")).isEmptyDirectory();
  }

  @Test
  void usesASeparateClassPathWithIngestProcessors() throws IOException {
    CacheDirectory cache = new CacheDirectory(directory);
    EngineFiles.of(RECIPE, cache);

    assertThat(EngineFiles.of(RECIPE.withIngest(), cache).jars())
        .anyMatch(jar -> jar.endsWith("ingest-common-2.19.6.jar"));
    assertThat(EngineFiles.of(RECIPE, cache).jars())
        .noneMatch(jar -> jar.endsWith("ingest-common-2.19.6.jar"));
  }
}
