package dev.eventstream.es.connect;

import dev.eventstream.internal.CredentialMask;
import java.net.URI;
import java.util.List;
import org.apache.hc.core5.http.HttpHost;
import org.jspecify.annotations.Nullable;

/**
 * The URLs of one or several nodes of one cluster: at least one, all with the same credentials and
 * the same path.
 */
public record ClusterUrls(List<URI> nodes) {

  /**
   * Checks the URLs.
   *
   * @throws IllegalArgumentException if a URL is invalid; names the URL without its credentials
   */
  public ClusterUrls {
    nodes = List.copyOf(nodes);
    if (nodes.isEmpty()) {
      throw new IllegalArgumentException(
          "no cluster URL is given; it looks like http://localhost:9200");
    }
    for (URI url : nodes) {
      check(url, nodes.get(0));
    }
  }

  private static void check(URI url, URI first) {
    if (url.getHost() == null) {
      throw invalid(url, "has no host");
    }
    String scheme = String.valueOf(url.getScheme());
    if (!scheme.equalsIgnoreCase("http") && !scheme.equalsIgnoreCase("https")) {
      throw invalid(url, "has a scheme other than http and https");
    }
    if (url.getRawQuery() != null || url.getRawFragment() != null) {
      throw invalid(url, "has a query or a fragment");
    }
    if (url.getRawPath().indexOf('@') >= 0) {
      // http://user:123/45@host has the host "user", and part of a password as its port
      throw invalid(
          url,
          "has an @ after its host; write %40 if it belongs to the path, and %2F for a slash in a"
              + " password");
    }
    if (!String.valueOf(url.getRawUserInfo()).equals(String.valueOf(first.getRawUserInfo()))) {
      throw invalid(url, "has other credentials than the first one");
    }
    if (!pathOf(url).equals(pathOf(first))) {
      throw invalid(url, "has another path than the first one");
    }
  }

  private static IllegalArgumentException invalid(URI url, String fault) {
    return new IllegalArgumentException(
        "the cluster URL "
            + CredentialMask.urls(url.toString())
            + " "
            + fault
            + "; it looks like http://localhost:9200, and several URLs are nodes of one cluster."
            + " In a user and a password write % and two hexadecimal digits for each character"
            + " that has a meaning in URLs");
  }

  /**
   * Returns the user and the password in the URLs; null if there are none.
   *
   * @throws IllegalArgumentException if they are unusable
   */
  public @Nullable Login login() {
    URI url = nodes.get(0);
    String pair = url.getUserInfo();
    if (pair == null) {
      return null;
    }
    int colon = pair.indexOf(':');
    if (colon < 0) {
      throw invalid(url, "has a user without a password");
    }
    String password = pair.substring(colon + 1);
    try {
      Login login = Login.basic(pair.substring(0, colon), () -> password);
      login.header();
      return login;
    } catch (IllegalArgumentException | UnusableCredentialsException e) {
      throw new IllegalArgumentException("the cluster URL " + masked() + ": " + e.getMessage(), e);
    }
  }

  /** The first URL, with its credentials masked. */
  public String masked() {
    return CredentialMask.urls(nodes.get(0).toString());
  }

  boolean usesTls() {
    return nodes.stream().anyMatch(url -> url.getScheme().equalsIgnoreCase("https"));
  }

  String scheme() {
    return nodes.get(0).getScheme();
  }

  /** The path before the paths of the cluster's API; empty for none. */
  String path() {
    return pathOf(nodes.get(0));
  }

  private static String pathOf(URI url) {
    String path = url.getPath() == null ? "" : url.getPath();
    return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
  }

  /** The host and the port of a node. */
  public static HttpHost host(URI node) {
    int port = node.getPort();
    if (port < 0) {
      port = node.getScheme().equalsIgnoreCase("https") ? 443 : 80;
    }
    return new HttpHost(node.getScheme(), node.getHost(), port);
  }

  /** The URLs without their credentials. */
  @Override
  public String toString() {
    return nodes.stream()
        .map(url -> CredentialMask.withoutLogin(url.toString()))
        .toList()
        .toString();
  }
}
