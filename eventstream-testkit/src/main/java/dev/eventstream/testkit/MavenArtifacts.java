package dev.eventstream.testkit;

import eu.maveniverse.maven.mima.context.Context;
import eu.maveniverse.maven.mima.context.ContextOverrides;
import eu.maveniverse.maven.mima.context.MavenSystemHome;
import eu.maveniverse.maven.mima.context.MavenUserHome;
import eu.maveniverse.maven.mima.context.Runtimes;
import java.nio.file.Path;
import java.util.List;
import org.apache.maven.settings.building.DefaultSettingsBuildingRequest;
import org.apache.maven.settings.building.SettingsBuilder;
import org.apache.maven.settings.building.SettingsBuildingException;
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
 * Files from the user's local Maven repository. Missing ones are fetched from the remote
 * repositories according to the user's Maven settings (mirrors, proxies, credentials, offline).
 */
final class MavenArtifacts {

  private final ContextOverrides settings;

  MavenArtifacts(ContextOverrides settings) {
    this.settings = settings;
  }

  /** Uses the user's settings. */
  static MavenArtifacts ofUser() {
    return new MavenArtifacts(ContextOverrides.create().withUserSettings(true).build());
  }

  /**
   * Returns the artifacts and their runtime dependencies, in class path order.
   *
   * @throws EngineStartException if one cannot be resolved
   */
  List<Path> withDependencies(List<String> coordinates) {
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
   * Returns one artifact's file, without dependencies.
   *
   * @throws EngineStartException if it cannot be resolved
   */
  Path single(String coordinates) {
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

  private List<Path> resolve(List<String> coordinates, Resolution resolution) {
    try (Context context = Runtimes.INSTANCE.getRuntime().create(settings)) {
      if (!isOffline(context)) {
        return resolution.in(context);
      }
      ContextOverrides offline = context.contextOverrides().toBuilder().offline(true).build();
      try (Context offlineContext = context.customize(offline)) {
        return resolution.in(offlineContext);
      }
    } catch (RepositoryException | SettingsBuildingException | IllegalStateException e) {
      // IllegalStateException if the settings cannot be read
      throw new EngineStartException(
          "Cannot get "
              + String.join(", ", coordinates)
              + " from Maven: "
              + String.valueOf(e.getMessage()).replaceFirst("\\.+$", "")
              + ". Check the network and the repositories in your Maven settings, or fetch it once"
              + " while online.",
          e);
    }
  }

  /** Returns whether the settings say offline, which the context ignores. */
  private static boolean isOffline(Context context) throws SettingsBuildingException {
    DefaultSettingsBuildingRequest request = new DefaultSettingsBuildingRequest();
    MavenUserHome userHome = context.mavenUserHome();
    MavenSystemHome systemHome = context.mavenSystemHome();
    request.setSystemProperties(System.getProperties());
    request.setUserSettingsFile(userHome.settingsXml().toFile());
    if (systemHome != null) {
      request.setGlobalSettingsFile(systemHome.settingsXml().toFile());
    }
    SettingsBuilder settings = context.lookup().lookup(SettingsBuilder.class).orElseThrow();
    return settings.build(request).getEffectiveSettings().isOffline();
  }

  /** Resolves files in a Maven context. */
  @FunctionalInterface
  private interface Resolution {
    List<Path> in(Context context) throws RepositoryException;
  }
}
