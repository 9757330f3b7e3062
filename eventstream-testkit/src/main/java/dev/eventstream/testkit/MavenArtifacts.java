package dev.eventstream.testkit;

import eu.maveniverse.maven.mima.context.Context;
import eu.maveniverse.maven.mima.context.ContextOverrides;
import eu.maveniverse.maven.mima.context.Runtimes;
import java.nio.file.Path;
import java.util.List;
import org.eclipse.aether.RepositoryException;
import org.eclipse.aether.artifact.DefaultArtifact;
import org.eclipse.aether.collection.CollectRequest;
import org.eclipse.aether.graph.Dependency;
import org.eclipse.aether.resolution.ArtifactRequest;
import org.eclipse.aether.resolution.ArtifactResult;
import org.eclipse.aether.resolution.DependencyRequest;
import org.eclipse.aether.util.artifact.JavaScopes;
import org.eclipse.aether.util.filter.DependencyFilterUtils;

/**
 * Files from the user's local Maven repository, fetched from the remote ones if need be, all as the
 * user's Maven settings (mirrors, proxies, credentials, offline) say.
 */
final class MavenArtifacts {

  private MavenArtifacts() {}

  /**
   * The artifacts and what they need at run time, in class path order.
   *
   * @throws EngineStartException if one cannot be had
   */
  static List<Path> withDependencies(List<String> coordinates) {
    return resolve(
        coordinates,
        context -> {
          List<Dependency> wanted =
              coordinates.stream()
                  .map(gav -> new Dependency(new DefaultArtifact(gav), JavaScopes.RUNTIME))
                  .toList();
          CollectRequest collect =
              new CollectRequest(wanted, List.of(), context.remoteRepositories());
          DependencyRequest request =
              new DependencyRequest(
                  collect, DependencyFilterUtils.classpathFilter(JavaScopes.RUNTIME));
          return context
              .repositorySystem()
              .resolveDependencies(context.repositorySystemSession(), request)
              .getArtifactResults()
              .stream()
              .map(MavenArtifacts::path)
              .toList();
        });
  }

  /**
   * One artifact's file, without dependencies.
   *
   * @throws EngineStartException if it cannot be had
   */
  static Path single(String coordinates) {
    return resolve(
            List.of(coordinates),
            context -> {
              ArtifactRequest request =
                  new ArtifactRequest(
                      new DefaultArtifact(coordinates), context.remoteRepositories(), "");
              return List.of(
                  path(
                      context
                          .repositorySystem()
                          .resolveArtifact(context.repositorySystemSession(), request)));
            })
        .get(0);
  }

  private static Path path(ArtifactResult result) {
    return result.getArtifact().getFile().toPath();
  }

  private static List<Path> resolve(List<String> coordinates, Resolution resolution) {
    ContextOverrides userSettings = ContextOverrides.create().withUserSettings(true).build();
    try (Context context = Runtimes.INSTANCE.getRuntime().create(userSettings)) {
      return resolution.in(context);
    } catch (RepositoryException e) {
      throw new EngineStartException(
          "Cannot get "
              + String.join(", ", coordinates)
              + " from Maven: "
              + e.getMessage()
              + ". Check the network and the repositories in your Maven settings, or fetch it once"
              + " while online.",
          e);
    }
  }

  /** Finds files in a Maven context. */
  @FunctionalInterface
  private interface Resolution {
    List<Path> in(Context context) throws RepositoryException;
  }
}
