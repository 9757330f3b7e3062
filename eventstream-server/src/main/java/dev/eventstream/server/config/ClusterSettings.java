package dev.eventstream.server.config;

import dev.eventstream.es.Credentials;
import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.es.ElasticsearchSinkBuilder;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where the cluster is, how it knows us, and how we know it.
 *
 * @param urls its nodes
 * @param login who we are; none of it where the cluster is open
 * @param trust whom we take for the cluster
 * @param proxy the proxy before it, or null
 * @param proxyUser who we are for the proxy, or null
 * @param proxyPassword that user's password, or null
 * @param headers what every request gets, or null
 * @param sniffInterval how often the cluster is asked for its nodes; zero: it is not
 * @param compress whether requests are packed
 * @param connectTimeout how long connecting may take
 * @param requestTimeout how long a node may be silent
 */
public record ClusterSettings(
    List<String> urls,
    Login login,
    Trust trust,
    @Nullable HostAndPort proxy,
    @Nullable String proxyUser,
    @Nullable Secret<String> proxyPassword,
    @Nullable Secret<Map<String, String>> headers,
    Duration sniffInterval,
    boolean compress,
    Duration connectTimeout,
    Duration requestTimeout) {

  /**
   * Who we are. At most one of the three ways is set.
   *
   * @param user a user's name
   * @param password the user's password
   * @param apiKey an API key
   * @param token a bearer token
   */
  public record Login(
      @Nullable String user,
      @Nullable Secret<String> password,
      @Nullable Secret<String> apiKey,
      @Nullable Secret<String> token) {

    private @Nullable Credentials credentials() {
      if (user != null && password != null) {
        return Credentials.basic(user, password);
      }
      return apiKey != null
          ? Credentials.apiKey(apiKey)
          : token != null ? Credentials.bearer(token) : null;
    }
  }

  /**
   * Whom we trust, and our own certificate.
   *
   * @param authorities a file of certificate authorities; null: those of the JVM
   * @param fingerprint instead of them, that of one certificate
   * @param certificate a file of our own certificate, or null
   * @param key a file of its key, or null
   * @param keyPassword the password of the key, or null
   * @param verifyHost whether a certificate must be for the host in the URL
   */
  public record Trust(
      @Nullable Path authorities,
      @Nullable String fingerprint,
      @Nullable Path certificate,
      @Nullable Path key,
      @Nullable Secret<String> keyPassword,
      boolean verifyHost) {}

  /**
   * Copies the URLs.
   *
   * @param urls its nodes
   * @param login who we are
   * @param trust whom we take for the cluster
   * @param proxy the proxy before it, or null
   * @param proxyUser who we are for the proxy, or null
   * @param proxyPassword that user's password, or null
   * @param headers what every request gets, or null
   * @param sniffInterval how often the cluster is asked for its nodes
   * @param compress whether requests are packed
   * @param connectTimeout how long connecting may take
   * @param requestTimeout how long a node may be silent
   */
  public ClusterSettings {
    urls = List.copyOf(urls);
  }

  static ClusterSettings of(SettingSources sources) {
    ClusterSettings settings =
        new ClusterSettings(
            sources.read(Setting.URL, List.of()),
            new Login(
                sources.readOptional(Setting.CLUSTER_USER),
                sources.readSecret(Setting.CLUSTER_PASSWORD),
                sources.readSecret(Setting.CLUSTER_API_KEY),
                sources.readSecret(Setting.CLUSTER_TOKEN)),
            new Trust(
                sources.readOptional(Setting.CLUSTER_CA),
                sources.readOptional(Setting.CLUSTER_FINGERPRINT),
                sources.readOptional(Setting.CLUSTER_CERT),
                sources.readOptional(Setting.CLUSTER_KEY),
                sources.readSecret(Setting.CLUSTER_KEY_PASSWORD),
                sources.read(Setting.CLUSTER_VERIFY_HOST, true)),
            sources.readOptional(Setting.CLUSTER_PROXY),
            sources.readOptional(Setting.CLUSTER_PROXY_USER),
            sources.readSecret(Setting.CLUSTER_PROXY_PASSWORD),
            sources.readSecret(Setting.CLUSTER_HEADERS),
            sources.read(Setting.CLUSTER_SNIFF, Duration.ZERO),
            sources.read(Setting.CLUSTER_COMPRESS, false),
            sources.read(Setting.CLUSTER_CONNECT_TIMEOUT, Duration.ZERO),
            sources.read(Setting.CLUSTER_REQUEST_TIMEOUT, Duration.ZERO));
    sources.together(Setting.CLUSTER_USER, Setting.CLUSTER_PASSWORD);
    sources.together(Setting.CLUSTER_CERT, Setting.CLUSTER_KEY);
    sources.needs(Setting.CLUSTER_KEY_PASSWORD, Setting.CLUSTER_KEY);
    sources.together(Setting.CLUSTER_PROXY_USER, Setting.CLUSTER_PROXY_PASSWORD);
    sources.needs(Setting.CLUSTER_PROXY_USER, Setting.CLUSTER_PROXY);
    sources.oneOf(Setting.CLUSTER_USER, Setting.CLUSTER_API_KEY, Setting.CLUSTER_TOKEN);
    sources.oneOf(Setting.CLUSTER_CA, Setting.CLUSTER_FINGERPRINT);
    TlsFiles.checkAuthorities(sources, Setting.CLUSTER_CA, settings.trust.authorities);
    TlsFiles.checkIdentity(
        sources,
        Setting.CLUSTER_CERT,
        settings.trust.certificate,
        Setting.CLUSTER_KEY,
        settings.trust.key,
        Setting.CLUSTER_KEY_PASSWORD,
        settings.trust.keyPassword);
    Duration interval = settings.sniffInterval;
    if (!interval.isZero() && interval.compareTo(settings.requestTimeout) <= 0) {
      sources.fault(
          sources.label(Setting.CLUSTER_SNIFF)
              + " must be longer than "
              + sources.label(Setting.CLUSTER_REQUEST_TIMEOUT)
              + ", which is "
              + settings.requestTimeout.toMillis()
              + "ms");
    }
    if (settings.login.credentials() != null
        && settings.urls.stream().anyMatch(url -> url.indexOf('@') >= 0)) {
      sources.fault(
          sources.label(Setting.URL)
              + " holds a user as well; name the user there, or by EVENTSTREAM_CLUSTER_…");
    }
    return settings;
  }

  /**
   * A sink for this cluster.
   *
   * @return a new builder
   */
  public ElasticsearchSinkBuilder sink() {
    ElasticsearchSinkBuilder sink =
        ElasticsearchSink.builder(urls.stream().map(URI::create).toList())
            .hostNameVerification(trust.verifyHost)
            .sniffInterval(sniffInterval)
            .compressRequests(compress)
            .connectTimeout(connectTimeout)
            .requestTimeout(requestTimeout);
    Credentials credentials = login.credentials();
    if (credentials != null) {
      sink.credentials(credentials);
    }
    if (trust.authorities != null) {
      sink.certificateAuthorities(trust.authorities);
    }
    if (trust.fingerprint != null) {
      sink.certificateFingerprint(trust.fingerprint);
    }
    if (trust.certificate != null && trust.key != null) {
      if (trust.keyPassword == null) {
        sink.clientCertificate(trust.certificate, trust.key);
      } else {
        sink.clientCertificate(trust.certificate, trust.key, trust.keyPassword);
      }
    }
    if (proxy != null) {
      sink.proxy(proxy.host(), proxy.port());
    }
    if (proxyUser != null && proxyPassword != null) {
      sink.proxyCredentials(proxyUser, proxyPassword);
    }
    if (headers != null) {
      sink.headers(headers.get());
    }
    return sink;
  }
}
