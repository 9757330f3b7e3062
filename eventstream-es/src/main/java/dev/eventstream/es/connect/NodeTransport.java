package dev.eventstream.es.connect;

import java.net.URI;
import java.util.List;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.config.TlsConfig;
import org.apache.hc.client5.http.impl.async.HttpAsyncClientBuilder;
import org.apache.hc.client5.http.impl.nio.PoolingAsyncClientConnectionManagerBuilder;
import org.apache.hc.core5.concurrent.DefaultThreadFactory;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http2.HttpVersionPolicy;
import org.apache.hc.core5.reactor.IOReactorConfig;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;
import org.opensearch.client.transport.OpenSearchTransport;
import org.opensearch.client.transport.httpclient5.ApacheHttpClient5TransportBuilder;

/** Creates the HTTP client for a list of nodes. Each client has one I/O thread. */
final class NodeTransport {
  private static final int MAX_CONNECTIONS_PER_NODE = 64;

  private final ConnectionSettings settings;
  private final @Nullable ProxyLogin proxyLogin;
  private final NodeAddresses addresses;

  NodeTransport(
      ConnectionSettings settings, @Nullable ProxyLogin proxyLogin, NodeAddresses addresses) {
    this.settings = settings;
    this.proxyLogin = proxyLogin;
    this.addresses = addresses;
  }

  OpenSearchTransport connect(List<URI> nodes) {
    HttpHost[] hosts = nodes.stream().map(ClusterUrls::host).toArray(HttpHost[]::new);
    ApacheHttpClient5TransportBuilder builder =
        ApacheHttpClient5TransportBuilder.builder(hosts)
            .setRequestConfigCallback(this::configure)
            .setDefaultHeaders(settings.headers().toArray(new Header[0]))
            .setHttpClientConfigCallback(http -> configure(http, nodes.size()));
    String path = settings.urls().path();
    if (!path.isEmpty()) {
      builder.setPathPrefix(path);
    }
    return builder.build();
  }

  private RequestConfig.Builder configure(RequestConfig.Builder request) {
    return request
        .setResponseTimeout(Timeout.of(settings.requestTimeout()))
        .setContentCompressionEnabled(false); // the answer is short: not worth compressing
  }

  private HttpAsyncClientBuilder configure(HttpAsyncClientBuilder http, int nodes) {
    ConnectionConfig connections =
        ConnectionConfig.custom()
            .setConnectTimeout(Timeout.of(settings.connectTimeout()))
            .setSocketTimeout(Timeout.of(settings.requestTimeout()))
            .setValidateAfterInactivity(TimeValue.ofSeconds(1))
            .build();
    PoolingAsyncClientConnectionManagerBuilder pool =
        PoolingAsyncClientConnectionManagerBuilder.create()
            .setMaxConnPerRoute(MAX_CONNECTIONS_PER_NODE)
            .setMaxConnTotal(MAX_CONNECTIONS_PER_NODE * nodes)
            .setDnsResolver(addresses)
            .setDefaultConnectionConfig(connections);
    if (settings.urls().usesTls()) {
      // HTTP/2 brings no gain here, and its negotiation hides why a handshake fails.
      pool.setDefaultTlsConfig(
          TlsConfig.custom().setVersionPolicy(HttpVersionPolicy.FORCE_HTTP_1).build());
      pool.setTlsStrategy(new ReloadingTls(settings.tls(), settings.sslContext()));
    }
    if (settings.proxy() != null) {
      http.setProxy(settings.proxy());
    }
    if (proxyLogin != null) {
      http.setDefaultCredentialsProvider(proxyLogin).addRequestInterceptorLast(proxyLogin);
    }
    return http.setConnectionManager(pool.build())
        .setIOReactorConfig(IOReactorConfig.custom().setIoThreadCount(1).build())
        .setThreadFactory(new DefaultThreadFactory("eventstream-es", true))
        .disableCookieManagement()
        .disableRedirectHandling()
        .disableAuthCaching();
  }
}
