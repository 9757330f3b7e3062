package dev.eventstream.es.connect;

import org.apache.hc.client5.http.RouteInfo;
import org.apache.hc.client5.http.auth.AuthScope;
import org.apache.hc.client5.http.auth.Credentials;
import org.apache.hc.client5.http.auth.CredentialsProvider;
import org.apache.hc.client5.http.auth.UsernamePasswordCredentials;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.http.EntityDetails;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.HttpRequestInterceptor;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.jspecify.annotations.Nullable;

/**
 * Authenticates with the proxy. A request that the proxy reads carries the credentials from the
 * start; otherwise its body would be sent twice. A request through a tunnel never carries them, so
 * the cluster does not see them: the proxy asks for them once for each tunnel. Thread-safe.
 */
final class ProxyLogin implements CredentialsProvider, HttpRequestInterceptor {
  private final HttpHost proxy;
  private final Login source;
  private volatile @Nullable Snapshot current;

  private record Snapshot(UsernamePasswordCredentials credentials, String header) {}

  ProxyLogin(HttpHost proxy, Login source) {
    this.proxy = proxy;
    this.source = source;
  }

  /**
   * Asks for the password before a request.
   *
   * @throws UnusableCredentialsException if the password is missing or malformed
   */
  void refresh() {
    String user = String.valueOf(source.user());
    String password = source.password();
    current =
        new Snapshot(
            new UsernamePasswordCredentials(user, password.toCharArray()),
            Login.basicHeader(user, password));
  }

  @Override
  public @Nullable Credentials getCredentials(AuthScope scope, HttpContext context) {
    Snapshot now = current;
    boolean isProxy =
        proxy.getHostName().equalsIgnoreCase(scope.getHost()) && proxy.getPort() == scope.getPort();
    return now != null && isProxy ? now.credentials : null;
  }

  @Override
  public void process(HttpRequest request, @Nullable EntityDetails entity, HttpContext context) {
    Snapshot now = current;
    RouteInfo route = HttpClientContext.cast(context).getHttpRoute();
    if (now != null && route.getProxyHost() != null && !route.isTunnelled()) {
      request.setHeader(HttpHeaders.PROXY_AUTHORIZATION, now.header);
    }
  }
}
