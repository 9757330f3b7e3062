package dev.eventstream.es;

import org.apache.hc.client5.http.RouteInfo;
import org.apache.hc.client5.http.auth.AuthScope;
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
 * Who we are for the proxy. Requests that it reads bring the credentials along, since it would have
 * their bodies sent twice otherwise. What passes through a tunnel does not: there the proxy is told
 * once for each connection, when it asks, and the cluster never. Thread-safe.
 */
final class ProxyLogin implements CredentialsProvider, HttpRequestInterceptor {
  private final HttpHost proxy;
  private final Credentials credentials;
  private volatile @Nullable Login login;

  private record Login(UsernamePasswordCredentials credentials, String header) {}

  ProxyLogin(HttpHost proxy, Credentials credentials) {
    this.proxy = proxy;
    this.credentials = credentials;
  }

  /**
   * Asks for the password, before a request.
   *
   * @throws Credentials.UnusableException when there is none, with the remedy
   */
  void refresh() {
    String user = String.valueOf(credentials.user());
    String password = credentials.password();
    login =
        new Login(
            new UsernamePasswordCredentials(user, password.toCharArray()),
            Credentials.basicHeader(user, password));
  }

  @Override
  public org.apache.hc.client5.http.auth.@Nullable Credentials getCredentials(
      AuthScope scope, HttpContext context) {
    Login current = login;
    boolean isProxy =
        proxy.getHostName().equalsIgnoreCase(scope.getHost()) && proxy.getPort() == scope.getPort();
    return current != null && isProxy ? current.credentials : null;
  }

  @Override
  public void process(HttpRequest request, @Nullable EntityDetails entity, HttpContext context) {
    Login current = login;
    RouteInfo route = HttpClientContext.cast(context).getHttpRoute();
    if (current != null && route.getProxyHost() != null && !route.isTunnelled()) {
      request.setHeader(HttpHeaders.PROXY_AUTHORIZATION, current.header);
    }
  }
}
