package dev.eventstream.server.config;

import dev.eventstream.es.Credentials;
import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.es.ElasticsearchSinkBuilder;
import dev.eventstream.es.OnMappingFailure;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How to reach and authenticate the cluster.
 *
 * @param urls its nodes
 * @param login the client's credentials, possibly none
 * @param trust which certificates are trusted, and the client's own
 * @param headers are added to every request
 * @param sniffInterval the interval at which the cluster is asked for its nodes; zero: never
 * @param compress whether requests are compressed
 * @param onMappingFailure what happens to a document that contradicts the mapping of its index
 * @param requestTimeout the time for which a node may be silent
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
    OnMappingFailure onMappingFailure,
    Duration connectTimeout,
    Duration requestTimeout) {

  /** The credentials: at most one of user with password, API key, and bearer token. */
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
   * The trusted certificates, and the client certificate.
   *
   * @param authorities a PEM file; null: the authorities of the JVM
   * @param fingerprint instead of authorities, that of one certificate
   * @param certificate a PEM file of the client certificate; null: none
   * @param verifyHost whether a certificate must be valid for the host in the URL
   */
  public record Trust(
      @Nullable Path authorities,
      @Nullable String fingerprint,
      @Nullable Path certificate,
      @Nullable Path key,
      @Nullable Secret<String> keyPassword,
      boolean verifyHost) {}

  public ClusterSettings {
    urls = List.copyOf(urls);
  }

  static ClusterSettings of(SettingSources sources) {
    ClusterSettings settings =
        new ClusterSettings(
            sources.read(Setting.ELASTICSEARCH_URL, List.of()),
            new Login(
                sources.readOptional(Setting.CLUSTER_USER, String.class),
                sources.readSecret(Setting.CLUSTER_PASSWORD, String.class),
                sources.readSecret(Setting.CLUSTER_API_KEY, String.class),
                sources.readSecret(Setting.CLUSTER_TOKEN, String.class)),
            new Trust(
                sources.readOptional(Setting.CLUSTER_CA, Path.class),
                sources.readOptional(Setting.CLUSTER_FINGERPRINT, String.class),
                sources.readOptional(Setting.CLUSTER_CERT, Path.class),
                sources.readOptional(Setting.CLUSTER_KEY, Path.class),
                sources.readSecret(Setting.CLUSTER_KEY_PASSWORD, String.class),
                sources.read(Setting.CLUSTER_VERIFY_HOST, true)),
            sources.readOptional(Setting.CLUSTER_PROXY, HostAndPort.class),
            sources.readOptional(Setting.CLUSTER_PROXY_USER, String.class),
            sources.readSecret(Setting.CLUSTER_PROXY_PASSWORD, String.class),
            sources.readSecret(Setting.CLUSTER_HEADERS, Map.class),
            sources.read(Setting.CLUSTER_SNIFF, Duration.ZERO),
            sources.read(Setting.CLUSTER_COMPRESS, false),
            sources.read(Setting.ON_MAPPING_FAILURE, OnMappingFailure.SHELTER),
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
          sources.label(Setting.ELASTICSEARCH_URL)
              + " holds a user as well; name the user there, or by EVENTSTREAM_CLUSTER_…");
    }
    return settings;
  }

  /** A new builder of a sink for this cluster. */
  public ElasticsearchSinkBuilder sink() {
    ElasticsearchSinkBuilder sink =
        ElasticsearchSink.builder(urls.stream().map(URI::create).toList())
            .hostNameVerification(trust.verifyHost)
            .sniffInterval(sniffInterval)
            .compressRequests(compress)
            .onMappingFailure(onMappingFailure)
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
