package dev.eventstream.es;

import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.opensearch.client.transport.OpenSearchTransport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections to the nodes that are known now. Those to the nodes before stay until the next
 * change or look, as requests may be under way over them. Thread-safe.
 */
final class NodeConnections implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ElasticsearchSink.class);

  private final String target;
  private final List<URI> named;
  private final Function<List<URI>, OpenSearchTransport> connector;
  private volatile List<URI> nodes;
  private volatile OpenSearchTransport transport;
  private @Nullable OpenSearchTransport before; // guarded by this
  private boolean closed; // guarded by this

  /**
   * Connects to the nodes that were named.
   *
   * @param target how the cluster is called in the log
   * @param connector connects to nodes
   */
  NodeConnections(
      String target, List<URI> named, Function<List<URI>, OpenSearchTransport> connector) {
    this.target = target;
    this.named = named;
    this.connector = connector;
    this.nodes = named;
    this.transport = connector.apply(named);
  }

  OpenSearchTransport transport() {
    return transport;
  }

  List<URI> nodes() {
    return nodes;
  }

  /** Goes on with these nodes, and closes what was left of those before. */
  void connectTo(List<URI> found) {
    OpenSearchTransport old;
    synchronized (this) {
      if (closed) {
        return;
      }
      old = before; // unused for a whole interval
      before = null;
      if (!found.equals(nodes)) {
        before = transport;
        transport = connector.apply(found);
        nodes = found;
        LOG.info(
            "The nodes of the cluster at {} are {}", target, found.equals(named) ? target : found);
      }
    }
    close(old);
  }

  @Override
  public void close() {
    OpenSearchTransport old;
    synchronized (this) {
      closed = true;
      old = before;
      before = null;
    }
    close(transport);
    close(old);
  }

  private void close(@Nullable OpenSearchTransport unused) {
    try {
      if (unused != null) {
        unused.close();
      }
    } catch (IOException e) {
      LOG.warn("Closing the connections to {} failed", target, e);
    }
  }
}
