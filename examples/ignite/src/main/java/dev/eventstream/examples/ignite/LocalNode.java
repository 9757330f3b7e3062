package dev.eventstream.examples.ignite;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.ignite.Ignite;
import org.apache.ignite.IgniteCache;
import org.apache.ignite.Ignition;
import org.apache.ignite.cache.CacheMode;
import org.apache.ignite.configuration.CacheConfiguration;
import org.apache.ignite.configuration.IgniteConfiguration;
import org.apache.ignite.failure.StopNodeFailureHandler;
import org.apache.ignite.logger.NullLogger;
import org.apache.ignite.spi.discovery.tcp.TcpDiscoverySpi;
import org.apache.ignite.spi.discovery.tcp.ipfinder.vm.TcpDiscoveryVmIpFinder;

/**
 * An Ignite node in this JVM, for experiments. It listens only on the loopback interface, does not
 * discover nodes of other JVMs, keeps everything in memory, and leaves no files behind.
 *
 * <p>The JVM needs {@code --add-opens} for {@code java.lang}, {@code java.nio} and {@code
 * java.util} of {@code java.base}.
 */
public final class LocalNode implements AutoCloseable {
  private final Path directory;
  private final Ignite ignite;

  private LocalNode(Path directory, Ignite ignite) {
    this.directory = directory;
    this.ignite = ignite;
  }

  /**
   * Starts a node.
   *
   * @throws IOException if its directory cannot be created
   */
  public static LocalNode start() throws IOException {
    Path directory = Files.createTempDirectory("eventstream-ignite");
    try {
      return new LocalNode(directory, Ignition.start(configuration(directory)));
    } catch (RuntimeException | Error e) {
      delete(directory);
      throw e;
    }
  }

  private static IgniteConfiguration configuration(Path directory) {
    TcpDiscoverySpi discovery =
        new TcpDiscoverySpi()
            .setIpFinder(new TcpDiscoveryVmIpFinder().setAddresses(List.of("127.0.0.1")));
    return new IgniteConfiguration()
        .setIgniteInstanceName("eventstream-" + UUID.randomUUID())
        .setWorkDirectory(directory.toString())
        .setLocalHost("127.0.0.1")
        .setDiscoverySpi(discovery)
        .setConnectorConfiguration(null) // no REST
        .setClientConnectorConfiguration(null) // and no thin clients
        .setFailureHandler(new StopNodeFailureHandler()) // the default one halts the whole JVM
        .setGridLogger(new NullLogger()) // failures are thrown as well
        .setMetricsLogFrequency(0);
  }

  /** Returns the node, which is open until this is closed. */
  public Ignite ignite() {
    return ignite;
  }

  /**
   * Returns a replicated cache for event IDs; creates it if necessary.
   *
   * @param name the cache's name
   */
  public IgniteCache<String, String> ids(String name) {
    return ignite.getOrCreateCache(
        new CacheConfiguration<String, String>(name).setCacheMode(CacheMode.REPLICATED));
  }

  /** Stops the node and deletes its directory. */
  @Override
  public void close() {
    ignite.close();
    delete(directory);
  }

  private static void delete(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
