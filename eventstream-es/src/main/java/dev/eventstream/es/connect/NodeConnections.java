package dev.eventstream.es.connect;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.opensearch.client.transport.OpenSearchTransport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds the transport to the current nodes. The transport to the previous nodes stays open until
 * the next call of {@link #connectTo}, because requests may still use it. Thread-safe.
 */
final class NodeConnections implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NodeConnections.class);

  private final String clusterName;
  private final List<URI> seeds;
  private final Function<List<URI>, OpenSearchTransport> connector;
  private volatile Connected current;

  @GuardedBy("this") private @Nullable Connected previous;

  @GuardedBy("this") private boolean closed;

  private record Connected(List<URI> nodes, OpenSearchTransport transport) {}

  NodeConnections(
      String clusterName, List<URI> seeds, Function<List<URI>, OpenSearchTransport> connector) {
    this.clusterName = clusterName;
    this.seeds = seeds;
    this.connector = connector;
    this.current = new Connected(seeds, connector.apply(seeds));
  }

  OpenSearchTransport transport() {
    return current.transport;
  }

  List<URI> nodes() {
    return current.nodes;
  }

  /** The current and the previous nodes. */
  synchronized List<URI> connected() {
    List<URI> nodes = new ArrayList<>(current.nodes);
    if (previous != null) {
      nodes.addAll(previous.nodes);
    }
    return nodes;
  }

  /** Switches to these nodes and closes the previous transport. */
  void connectTo(List<URI> nodes) {
    Connected unused;
    synchronized (this) {
      if (closed) {
        return;
      }
      unused = previous; // for a whole interval
      previous = null;
      if (!nodes.equals(current.nodes)) {
        previous = current;
        current = new Connected(nodes, connector.apply(nodes));
        LOG.info(
            "The nodes of the cluster at {} are now {}",
            clusterName,
            nodes.equals(seeds) ? clusterName : nodes);
      }
    }
    close(unused);
  }

  @Override
  public void close() {
    Connected last;
    Connected unused;
    synchronized (this) {
      closed = true;
      last = current;
      unused = previous;
      previous = null;
    }
    close(last);
    close(unused);
  }

  private void close(@Nullable Connected unused) {
    try {
      if (unused != null) {
        unused.transport.close();
      }
    } catch (IOException e) {
      LOG.warn("Closing the connections to {} failed", clusterName, e);
    }
  }
}
