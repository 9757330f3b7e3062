package dev.eventstream.testkit;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The files of an engine on this machine.
 *
 * @param home the directory with modules and plugins, for an engine that is a distribution
 * @param jars the jars of its class path or module path
 */
record EngineFiles(Optional<Path> home, List<Path> jars) {

  /** Returns the files of an engine; resolves and unpacks them if they are not in the cache yet. */
  static EngineFiles of(EngineRecipe recipe, CacheDirectory cache) throws IOException {
    if (recipe.distribution().isEmpty()) {
      return new EngineFiles(Optional.empty(), classPath(recipe, cache));
    }
    Path root = distribution(recipe, recipe.distribution().get(), cache);
    try (Stream<Path> lib = Files.list(root.resolve("lib"))) {
      List<Path> jars = lib.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
      EngineFiles files = new EngineFiles(Optional.of(root), jars);
      EnginePlugins plugins = new EnginePlugins(recipe);
      return plugins.names().isEmpty()
          ? files
          : new EngineFiles(Optional.of(plugins.homeIn(cache, root, files.path())), jars);
    }
  }

  private static List<Path> classPath(EngineRecipe recipe, CacheDirectory cache)
      throws IOException {
    Path remembered =
        cache.entry(fileName(recipe) + (recipe.ingest() ? "-ingest" : "") + ".classpath");
    if (Files.exists(remembered)) {
      List<Path> jars = Files.readAllLines(remembered).stream().map(Path::of).toList();
      if (jars.stream().allMatch(Files::exists)) {
        return jars;
      }
    }
    List<Path> jars = MavenArtifacts.ofUser().withDependencies(recipe.jars());
    cache.replace(
        remembered,
        file -> Files.write(file, jars.stream().map(Path::toString).collect(Collectors.toList())));
    return jars;
  }

  private static Path distribution(EngineRecipe recipe, String coordinates, CacheDirectory cache)
      throws IOException {
    return cache.entry(
        fileName(recipe),
        directory -> {
          Path unpacked = directory.resolveSibling("unpacked");
          ZipArchive.unpack(MavenArtifacts.ofUser().single(coordinates), unpacked);
          // The zip contains one directory, named like the engine.
          Files.move(onlyChild(unpacked), directory);
        });
  }

  private static Path onlyChild(Path directory) throws IOException {
    try (Stream<Path> children = Files.list(directory)) {
      List<Path> all = children.toList();
      if (all.size() != 1) {
        throw new IOException("One directory expected in the distribution, found " + all);
      }
      return all.get(0);
    }
  }

  private static String fileName(EngineRecipe recipe) {
    return recipe.engine().product() + "-" + recipe.engine().version();
  }

  /** Returns the jars as a path for the {@code java} command. */
  String path() {
    return jars.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
  }
}
