package dev.eventstream.es;

import static java.util.Objects.requireNonNull;

import dev.eventstream.es.bulk.Repeats;
import dev.eventstream.es.connect.ClusterUrls;
import dev.eventstream.es.connect.ConnectionSettings;
import dev.eventstream.es.connect.Login;
import dev.eventstream.es.connect.Positive;
import dev.eventstream.spi.IndexPattern;
import dev.eventstream.tls.Fingerprint;
import dev.eventstream.tls.TlsSettings;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpHost;
import org.jspecify.annotations.Nullable;

/** Builds an {@link ElasticsearchSink}. Not thread-safe. */
public final class ElasticsearchSinkBuilder {
  private final ClusterUrls urls;
  private final @Nullable Login loginInUrls;
  private @Nullable Login login;
  private @Nullable Path certificateAuthorities;
  private @Nullable Fingerprint certificateFingerprint;
  private TlsSettings.@Nullable Identity clientCertificate;
  private @Nullable Supplier<SSLContext> sslContext;
  private boolean hostNameVerification = true;
  private @Nullable HttpHost proxy;
  private @Nullable Login proxyLogin;
  private List<Header> headers = List.of();
  private boolean compressRequests;
  private OnMappingFailure onMappingFailure = OnMappingFailure.SHELTER;
  private @Nullable Repeats repeats;
  private Duration connectTimeout = Duration.ofSeconds(2);
  private Duration requestTimeout = Duration.ofSeconds(10);
  private Duration sniffInterval = Duration.ZERO;

  ElasticsearchSinkBuilder(List<URI> urls) {
    this.urls = new ClusterUrls(urls);
    this.loginInUrls = this.urls.login();
    this.login = loginInUrls;
  }

  /**
   * Sets the credentials for the cluster, if the URLs contain none. The secret is asked for with
   * each request, so that a changed secret takes effect with the next one.
   *
   * @throws IllegalArgumentException if the URLs contain a user and a password
   */
  public ElasticsearchSinkBuilder credentials(Credentials newCredentials) {
    if (loginInUrls != null) {
      throw new IllegalArgumentException(
          "there are credentials in the cluster URL "
              + urls.masked()
              + " and separate ones; remove one of them");
    }
    this.login = newCredentials.login();
    return this;
  }

  /**
   * Trusts these certificate authorities instead of those of the JVM. A changed file takes effect
   * for new connections within seconds; an unusable file changes nothing and is logged once.
   *
   * @param pem a file of one or several certificates in PEM format
   */
  public ElasticsearchSinkBuilder certificateAuthorities(Path pem) {
    this.certificateAuthorities = pem;
    return this;
  }

  /**
   * Trusts exactly one certificate: the server's own certificate, or that of a CA that signed it
   * and that the server sends along, as clusters with automatically configured security do. The
   * host name is still verified.
   *
   * @param sha256 the SHA-256 of the certificate: 64 hexadecimal digits, with or without colons
   * @throws IllegalArgumentException if the text is not a SHA-256
   */
  public ElasticsearchSinkBuilder certificateFingerprint(String sha256) {
    this.certificateFingerprint = Fingerprint.parse(sha256);
    return this;
  }

  /**
   * Presents a client certificate. Changed files take effect for new connections within seconds;
   * unusable files change nothing and are logged once.
   *
   * @param chain a PEM file of the certificate, followed by the CA certificates that signed it, if
   *     any
   * @param key a PEM file of its private key, PKCS#8, not encrypted
   */
  public ElasticsearchSinkBuilder clientCertificate(Path chain, Path key) {
    this.clientCertificate = new TlsSettings.Identity(chain, key, null);
    return this;
  }

  /**
   * Presents a client certificate with an encrypted key; see {@link #clientCertificate(Path,
   * Path)}.
   *
   * @param key a PEM file of the private key, PKCS#8, encrypted with a password
   * @param password supplies the password; called when the files are read
   */
  public ElasticsearchSinkBuilder clientCertificate(
      Path chain, Path key, Supplier<String> password) {
    this.clientCertificate = new TlsSettings.Identity(chain, key, password);
    return this;
  }

  /**
   * Secures connections with a context of the application, instead of certificate authorities, a
   * fingerprint or a client certificate. The host name is still verified, and TLS 1.3 or 1.2 is
   * used.
   *
   * @param context supplies the context; called for each new connection, on the I/O thread, so that
   *     a changed context takes effect without a restart. Must be fast and thread-safe
   */
  public ElasticsearchSinkBuilder sslContext(Supplier<SSLContext> context) {
    this.sslContext = requireNonNull(context, "sslContext");
    return this;
  }

  /**
   * Sets whether a node's certificate must match the host in its URL. Without this check any holder
   * of a certificate of a trusted CA can impersonate the cluster.
   *
   * @param verify true by default
   */
  public ElasticsearchSinkBuilder hostNameVerification(boolean verify) {
    this.hostNameVerification = verify;
    return this;
  }

  /**
   * Connects through an HTTP proxy; to nodes with {@code https} through a tunnel ({@code CONNECT}).
   * The connection to the proxy itself has no TLS. By default nodes are reached directly; the JVM's
   * own proxy settings have no effect.
   *
   * @param host its name or address
   * @param port 1 to 65,535
   * @throws IllegalArgumentException if the host is empty or the port is out of range
   */
  public ElasticsearchSinkBuilder proxy(String host, int port) {
    this.proxy = ConnectionSettings.proxy(host, port);
    return this;
  }

  /**
   * Sets the credentials for the proxy. The password is asked for with each request, as in {@link
   * Credentials}.
   *
   * @param user not empty, without colons and control characters
   * @throws IllegalArgumentException if HTTP cannot transmit the user name
   */
  public ElasticsearchSinkBuilder proxyCredentials(String user, Supplier<String> password) {
    this.proxyLogin = Login.basic(user, password);
    return this;
  }

  /**
   * Adds headers to every request, for example for a gateway before the cluster.
   *
   * @param newHeaders names and values; none by default. {@code Authorization} is set with {@link
   *     #credentials}; headers that describe the request and its transmission ({@code
   *     Content-Type}, {@code Content-Length}, {@code Host} and the like) are reserved
   * @throws IllegalArgumentException if a header is invalid; the message contains its name, not its
   *     value
   */
  public ElasticsearchSinkBuilder headers(Map<String, String> newHeaders) {
    this.headers = ConnectionSettings.headers(newHeaders);
    return this;
  }

  /**
   * Sets whether the bodies of bulk requests are compressed with gzip. That is worth its processor
   * time if the network is slow or billed by volume.
   *
   * @param compress false by default
   */
  public ElasticsearchSinkBuilder compressRequests(boolean compress) {
    this.compressRequests = compress;
    return this;
  }

  /**
   * Sets what happens to a document that contradicts the mapping of its index.
   *
   * @param handling {@link OnMappingFailure#SHELTER} by default
   */
  public ElasticsearchSinkBuilder onMappingFailure(OnMappingFailure handling) {
    this.onMappingFailure = requireNonNull(handling, "onMappingFailure");
    return this;
  }

  /**
   * Recognises repeats across the change of an index with a date in its name. A client that repeats
   * a request with its own document ids after midnight writes to another index than before it, where
   * its documents do not exist yet. Within a time after the change, documents without a {@code
   * @timestamp} of their own, and with an id that is not a UUIDv7 made after the change, are looked up
   * in the index of the period before, with one {@code _mget} per bulk request. That needs the
   * privilege to read.
   *
   * <p>Not recognised are repeats after that time, and those of a document that was accepted before
   * the change but is not in the index yet, because it waits in a spool.
   *
   * @param pattern that of the transformer; without a date nothing is looked up
   * @param window the time after the change, at least 1 ms
   */
  public ElasticsearchSinkBuilder recogniseRepeats(IndexPattern pattern, Duration window) {
    Positive.time("window", window);
    this.repeats = pattern.isDated() ? new Repeats(pattern, window, null) : null;
    return this;
  }

  /**
   * Recognises repeats of documents across the change to another generation of an index as well, or
   * across that of the date in its name.
   *
   * @param generations the {@link dev.eventstream.es.indices.Rollover} of the transformer
   */
  public ElasticsearchSinkBuilder recogniseRepeats(RepeatSource generations) {
    this.repeats = generations.repeats();
    return this;
  }

  /**
   * Sets how long connecting to a node may take.
   *
   * @param timeout at least 1 ms; 2 s by default
   */
  public ElasticsearchSinkBuilder connectTimeout(Duration timeout) {
    this.connectTimeout = Positive.time("connectTimeout", timeout);
    return this;
  }

  /**
   * Sets how long a node may send nothing during a request. After that the request has failed, and
   * its documents are sent again; their ids prevent a second write.
   *
   * @param timeout at least 1 ms; 10 s by default
   */
  public ElasticsearchSinkBuilder requestTimeout(Duration timeout) {
    this.requestTimeout = Positive.time("requestTimeout", timeout);
    return this;
  }

  /**
   * Asks the cluster for its nodes at intervals, and writes documents to all nodes that do more
   * than manage the cluster. The configured nodes are used at the start, and beside the others
   * while the cluster does not answer. Nodes report the addresses that they have for one another
   * ({@code http.publish_address}), so sniffing requires that these addresses can be reached from
   * here: it does not work through a load balancer, and mostly not from outside a container
   * network. The question is sent with the first write after the interval.
   *
   * @param interval at least 1 s, and longer than the request timeout; {@link Duration#ZERO}, the
   *     default, for never
   * @throws IllegalArgumentException if the interval is shorter
   */
  public ElasticsearchSinkBuilder sniffInterval(Duration interval) {
    if (!interval.isZero() && interval.toMillis() < 1_000) {
      throw new IllegalArgumentException(
          "sniffInterval is " + interval.toMillis() + " ms; it must be at least 1 s, or 0");
    }
    this.sniffInterval = interval;
    return this;
  }

  /**
   * Builds the sink. Reads the files and asks for the secrets once, so that a mistake shows at the
   * start; connects with the first write.
   *
   * @throws IllegalArgumentException if a file or a secret is unusable, or settings contradict each
   *     other; the message contains the remedy and no secret
   */
  public ElasticsearchSink build() {
    TlsSettings tls =
        new TlsSettings(
            certificateAuthorities,
            certificateFingerprint,
            clientCertificate,
            hostNameVerification);
    ConnectionSettings settings =
        new ConnectionSettings(
            urls,
            login,
            tls,
            sslContext,
            proxy,
            proxyLogin,
            headers,
            connectTimeout,
            requestTimeout,
            sniffInterval);
    return new ElasticsearchSink(settings, compressRequests, onMappingFailure, repeats);
  }
}
