package dev.eventstream.es.connect;

import java.net.URI;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hc.core5.http.HttpHost;
import org.jspecify.annotations.Nullable;
import org.opensearch.client.opensearch.generic.Request;
import org.opensearch.client.transport.OpenSearchTransport;
import org.opensearch.client.transport.httpclient5.ApacheHttpClient5Options;
import org.opensearch.client.transport.httpclient5.ResponseException;

/**
 * Sends requests to the nodes of a cluster in turn, each with the credentials of its moment.
 * Thread-safe.
 */
public final class Cluster implements AutoCloseable {
  private final ConnectionSettings settings;
  private final @Nullable ProxyLogin proxyLogin;
  private final NodeAddresses addresses;
  private final NodeConnections connections;
  private final NodeSniffer sniffer;

  /**
   * Reads the TLS files. Connects with the first request.
   *
   * @throws IllegalArgumentException if a TLS file is unusable
   */
  public Cluster(ConnectionSettings settings) {
    this(settings, new NodeAddresses());
  }

  Cluster(ConnectionSettings settings, NodeAddresses addresses) {
    this.settings = settings;
    this.proxyLogin =
        settings.proxy() == null || settings.proxyLogin() == null
            ? null
            : new ProxyLogin(settings.proxy(), settings.proxyLogin());
    this.addresses = addresses;
    NodeTransport transport = new NodeTransport(settings, proxyLogin, addresses);
    this.connections = new NodeConnections(name(), settings.urls().nodes(), transport::connect);
    this.sniffer = new NodeSniffer(settings, this::execute, connections::nodes, this::connectTo);
  }

  /** The name of the cluster in logs and errors; contains no credentials. */
  public String name() {
    return settings.clusterName();
  }

  /** How it is reached. */
  public ConnectionSettings settings() {
    return settings;
  }

  /** Returns the nodes that requests are sent to. */
  public List<URI> nodes() {
    return connections.nodes();
  }

  /** Asks the cluster for its nodes if sniffing is enabled and its interval is over. */
  public void sniffIfDue() {
    sniffer.sniffIfDue();
  }

  /**
   * Sends a request. The future fails with an {@link UnusableCredentialsException} if a secret is
   * unusable now.
   */
  public CompletableFuture<Answer> execute(Request request) {
    OpenSearchTransport transport = connections.transport();
    ApacheHttpClient5Options.Builder options =
        ((ApacheHttpClient5Options) transport.options()).toBuilder();
    options.setHttpAsyncResponseConsumerFactory(AnswerConsumer::new);
    // The transport takes headers from the options, not from the request.
    request.getHeaders().forEach(header -> options.addHeader(header.getKey(), header.getValue()));
    try {
      if (settings.login() != null) {
        options.addHeader("Authorization", settings.login().header());
      }
      if (proxyLogin != null) {
        proxyLogin.refresh();
      }
    } catch (UnusableCredentialsException e) {
      return CompletableFuture.failedFuture(e);
    }
    return transport.performRequestAsync(
        request, new AnswerEndpoint(request.getBody().isPresent()), options.build());
  }

  /**
   * Returns the answer that the client reported as an exception; null if the request was not
   * answered.
   */
  public static @Nullable ResponseException answer(Throwable failure) {
    for (Throwable at = failure; at != null; at = at.getCause()) {
      if (at instanceof ResponseException answer) {
        return answer;
      }
    }
    return null;
  }

  /** Switches to these nodes and forgets the addresses of those that are no longer used. */
  void connectTo(List<URI> nodes) {
    connections.connectTo(nodes);
    Stream<String> hosts =
        Stream.concat(settings.urls().nodes().stream(), connections.connected().stream())
            .map(node -> ClusterUrls.host(node).getHostName());
    addresses.retain(
        Stream.concat(hosts, Stream.ofNullable(settings.proxy()).map(HttpHost::getHostName))
            .collect(Collectors.toSet()));
  }

  @Override
  public void close() {
    connections.close();
    addresses.close();
  }
}
