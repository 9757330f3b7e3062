package dev.eventstream.es;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.eventstream.es.bulk.BulkAnswer;
import dev.eventstream.es.bulk.BulkRequest;
import dev.eventstream.es.bulk.FailureTable;
import dev.eventstream.es.bulk.RequestError;
import dev.eventstream.es.engine.ClusterNodes;
import dev.eventstream.es.engine.Engine;
import dev.eventstream.es.tls.Fingerprint;
import dev.eventstream.es.tls.ReloadingTls;
import dev.eventstream.es.tls.TlsFailure;
import dev.eventstream.es.tls.TlsSettings;
import dev.eventstream.internal.CredentialMask;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.EventSink;
import dev.eventstream.spi.FailureClass;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.SinkResult;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.apache.hc.client5.http.ConnectTimeoutException;
import org.apache.hc.client5.http.config.ConnectionConfig;
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
import org.opensearch.client.opensearch.generic.Body;
import org.opensearch.client.opensearch.generic.OpenSearchGenericClient;
import org.opensearch.client.opensearch.generic.Request;
import org.opensearch.client.opensearch.generic.Requests;
import org.opensearch.client.opensearch.generic.Response;
import org.opensearch.client.transport.OpenSearchTransport;
import org.opensearch.client.transport.TransportOptions;
import org.opensearch.client.transport.httpclient5.ApacheHttpClient5TransportBuilder;
import org.opensearch.client.transport.httpclient5.ResponseException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes documents to Elasticsearch 6, 7, 8 or OpenSearch 1, 2, 3 with the bulk API. Finds out
 * which of them it talks to, and asks again after a failure: a cluster may be upgraded meanwhile.
 *
 * <p>Every document is a {@code create} with its fixed id, so that writing it again cannot make a
 * second one. Given several nodes it takes them in turn and goes on with the next when one fails.
 *
 * <p>Thread-safe. Owns one I/O thread, on which the returned stages complete; it ends with {@link
 * #close()}.
 */
public final class ElasticsearchSink implements EventSink {
  private static final Logger LOG = LoggerFactory.getLogger(ElasticsearchSink.class);
  private static final int MAX_CONNECTIONS = 64;
  private static final Duration LONGEST_SHARD_TIMEOUT = Duration.ofSeconds(1);

  private final String target; // without credentials
  private final @Nullable Credentials credentials;
  private final @Nullable ProxyLogin proxyLogin;
  private final boolean compressRequests;
  private final Map<String, String> bulkParameters;
  private final NodeAddresses addresses = new NodeAddresses();
  private final NodeConnections connections;
  private final List<URI> seeds;
  private final long sniffNanos; // 0: the nodes are those that were named
  private final AtomicBoolean sniffing = new AtomicBoolean();
  private volatile long sniffedAt;
  private volatile @Nullable Engine engine; // null while it is to be asked
  private volatile @Nullable Engine named; // the last one in the log

  private ElasticsearchSink(Builder builder) {
    this.target = builder.target();
    this.credentials = builder.credentials;
    this.proxyLogin = builder.proxyLogin();
    this.compressRequests = builder.compressRequests;
    this.bulkParameters = BulkRequest.parameters(shardTimeout(builder.requestTimeout));
    Builder settings = new Builder(builder); // as they are now, for nodes that are found later
    this.connections =
        new NodeConnections(
            target, builder.urls, nodes -> settings.transport(nodes, proxyLogin, addresses));
    this.seeds = builder.urls;
    this.sniffNanos = builder.sniffInterval.toNanos();
    this.sniffedAt = System.nanoTime() - sniffNanos;
  }

  /** Shorter than the request time-out, so that the answer says which shard was waited for. */
  private static Duration shardTimeout(Duration requestTimeout) {
    Duration half = requestTimeout.dividedBy(2);
    return half.compareTo(LONGEST_SHARD_TIMEOUT) < 0 ? half : LONGEST_SHARD_TIMEOUT;
  }

  /**
   * Starts to build a sink.
   *
   * @param urls one or several nodes of one cluster, for example {@code http://localhost:9200};
   *     user and password may stand in the URL, with {@code %} and two hexadecimal digits for each
   *     character that has a meaning in URLs
   * @return a builder with the defaults
   * @throws IllegalArgumentException when a URL cannot be right, with the URL and the remedy
   */
  public static Builder builder(List<URI> urls) {
    return new Builder(urls);
  }

  @Override
  public CompletionStage<SinkResult> write(DocumentBatch documents) {
    if (sniffNanos > 0 && System.nanoTime() - sniffedAt >= sniffNanos) {
      sniff();
    }
    Engine known = engine;
    CompletionStage<SinkResult> result =
        known == null
            ? detect().thenCompose(detected -> bulk(documents, detected))
            : bulk(documents, known);
    return result.exceptionally(error -> failed(documents, error));
  }

  /**
   * Asks the cluster who it is.
   *
   * @return done when it answers; failed, with the reason and the remedy, when not
   */
  @Override
  public CompletionStage<Void> check() {
    return detect()
        .handle(
            (detected, error) -> {
              if (error != null) {
                // without the answer to refused credentials, which might repeat them
                Throwable cause = answer(error) != null ? null : error;
                throw new CompletionException(new IOException(failure(error).reason(), cause));
              }
              return null;
            });
  }

  @Override
  public void close() {
    connections.close();
    addresses.close();
  }

  /** Asks the cluster for its nodes; those that were named stand in while it does not answer. */
  private void sniff() {
    if (!sniffing.compareAndSet(false, true)) {
      return;
    }
    sniffedAt = System.nanoTime();
    Request request = Requests.builder().method("GET").endpoint("/_nodes/http").build();
    var unused =
        execute(request)
            .thenApply(this::nodes)
            .exceptionally(error -> seeds)
            .thenAccept(connections::connectTo)
            .whenComplete((nothing, error) -> sniffing.set(false));
  }

  /** The nodes that documents are written to. */
  List<URI> nodes() {
    return connections.nodes();
  }

  private List<URI> nodes(Response response) {
    try (response) {
      if (response.getStatus() >= 300 || response.getBody().isEmpty()) {
        return seeds;
      }
      byte[] answer = response.getBody().get().bodyAsBytes();
      List<URI> found = ClusterNodes.parse(answer, seeds.get(0).getScheme());
      return found.isEmpty() ? seeds : found;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Names the cluster.
   *
   * @return its URLs, without credentials
   */
  @Override
  public String toString() {
    return "ElasticsearchSink" + target;
  }

  private CompletionStage<SinkResult> bulk(DocumentBatch documents, Engine into) {
    Request request =
        BulkRequest.of(bulkParameters, documents, into.needsMappingType(), compressRequests);
    return execute(request).thenApply(response -> read(response, documents));
  }

  /** Sends a request with the credentials of this moment. */
  private CompletableFuture<Response> execute(Request request) {
    OpenSearchTransport transport = connections.transport();
    TransportOptions.Builder options = transport.options().toBuilder();
    // The transport looks at the options for headers, not at the request.
    request.getHeaders().forEach(header -> options.addHeader(header.getKey(), header.getValue()));
    try {
      if (credentials != null) {
        options.addHeader("Authorization", credentials.header());
      }
      if (proxyLogin != null) {
        proxyLogin.refresh();
      }
    } catch (Credentials.UnusableException e) {
      return CompletableFuture.failedFuture(e);
    }
    return new OpenSearchGenericClient(transport)
        .withTransportOptions(options.build())
        .executeAsync(request);
  }

  private SinkResult read(Response response, DocumentBatch documents) {
    try (response) {
      if (response.getStatus() >= 300) {
        return refused(documents, response.getStatus(), error(response));
      }
      Body body = response.getBody().orElseThrow(() -> new IOException("the answer is empty"));
      DocumentBatch.Cursor cursor = documents.cursor();
      return BulkAnswer.parse(
          body.body(),
          documents.size(),
          position -> {
            cursor.moveTo(position);
            return cursor.id();
          });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static RequestError error(Response response) throws IOException {
    Optional<Body> body = response.getBody();
    return body.isEmpty()
        ? RequestError.NONE
        : RequestError.parse(body.get().body(), mayShowReason(response.getStatus()));
  }

  private SinkResult failed(DocumentBatch documents, Throwable error) {
    ResponseException answer = answer(error);
    return answer == null
        ? SinkResult.all(documents.size(), unanswered(error))
        : refused(documents, answer.status(), error(answer));
  }

  private ItemResult.Failed failure(Throwable error) {
    ResponseException answer = answer(error);
    return answer == null ? unanswered(error) : refused(answer.status(), error(answer));
  }

  private ItemResult.Failed unanswered(Throwable error) {
    Throwable cause = error;
    while (cause.getCause() != null
        && (cause instanceof CompletionException || cause instanceof UncheckedIOException)) {
      cause = cause.getCause();
    }
    engine = null; // whoever answers next may be another one
    String reason = "cannot write to " + target + ": ";
    if (cause instanceof Credentials.UnusableException unusable) {
      return new ItemResult.Failed(FailureClass.BLOCKED, reason + unusable.getMessage());
    }
    boolean connected =
        cause instanceof SocketTimeoutException && !(cause instanceof ConnectTimeoutException);
    String remedy = TlsFailure.remedy(cause);
    return new ItemResult.Failed(
        connected ? FailureClass.UNCLEAR : FailureClass.RETRY, // a document may be the cause
        reason + cause + (remedy == null ? "" : "; " + remedy));
  }

  /** An answer that the client has made an exception of; null when there was none. */
  private static @Nullable ResponseException answer(Throwable error) {
    for (Throwable at = error; at != null; at = at.getCause()) {
      if (at instanceof ResponseException answer) {
        return answer;
      }
    }
    return null;
  }

  /** The client gives the body of such an answer only as the last lines of its message. */
  private static RequestError error(ResponseException answer) {
    String message = String.valueOf(answer.getMessage());
    int body = message.indexOf("\n{");
    return body < 0
        ? RequestError.NONE
        : RequestError.parse(
            new ByteArrayInputStream(message.substring(body).getBytes(UTF_8)),
            mayShowReason(answer.status()));
  }

  private static boolean mayShowReason(int status) {
    return status != 401 && status != 407;
  }

  /** A fault of a destination is that of its document when the request has no other. */
  private SinkResult refused(DocumentBatch documents, int status, RequestError error) {
    ItemResult.Failed failure = refused(status, error);
    boolean isOfDestination =
        documents.size() == 1 && FailureTable.isOfDestination(status, error.type(), error.reason());
    return isOfDestination
        ? SinkResult.of(List.of(new ItemResult.Failed(FailureClass.BLOCKED, failure.reason())))
        : SinkResult.all(documents.size(), failure);
  }

  private ItemResult.Failed refused(int status, RequestError error) {
    if (status != 429 && status != 413) {
      engine = null;
    }
    String said = error.type().isEmpty() ? "" : " " + error;
    String remedy = FailureTable.remedy(status, error.type(), error.reason());
    return new ItemResult.Failed(
        FailureTable.request(status), target + " answered " + status + said + "; " + remedy);
  }

  private CompletableFuture<Engine> detect() {
    Request request = Requests.builder().method("GET").endpoint("/").build();
    return execute(request)
        .handle(
            (response, error) -> {
              Engine detected = response == null ? unnamed(error) : introduced(response);
              if (!detected.equals(named)) {
                named = detected;
                LOG.info("Writing to {} at {}", detected, target);
              }
              engine = detected;
              return detected;
            });
  }

  /** Who may write need not be allowed to ask for the name: that is a privilege of its own. */
  private static Engine unnamed(Throwable error) {
    ResponseException answer = answer(error);
    if (answer != null && answer.status() == 403) {
      return Engine.UNKNOWN;
    }
    throw error instanceof CompletionException wrapped ? wrapped : new CompletionException(error);
  }

  private static Engine introduced(Response response) {
    try (response) {
      if (response.getStatus() >= 300 || response.getBody().isEmpty()) {
        return Engine.UNKNOWN; // the bulk request itself will show whether it can be used
      }
      return Engine.parse(response.getBody().get().bodyAsBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Builds an {@link ElasticsearchSink}. Not thread-safe. */
  public static final class Builder {
    private final List<URI> urls;
    private Duration connectTimeout = Duration.ofSeconds(2);
    private Duration requestTimeout = Duration.ofSeconds(10);
    private @Nullable Credentials credentials;
    private @Nullable Path certificateAuthorities;
    private @Nullable Fingerprint certificateFingerprint;
    private TlsSettings.@Nullable Identity clientCertificate;
    private boolean hostNameVerification = true;
    private @Nullable HttpHost proxy;
    private @Nullable Credentials proxyCredentials;
    private List<Header> headers = List.of();
    private boolean compressRequests;
    private Duration sniffInterval = Duration.ZERO;

    private Builder(List<URI> urls) {
      this.urls = List.copyOf(urls);
      if (this.urls.isEmpty()) {
        throw new IllegalArgumentException(
            "no cluster URL is given; it looks like http://localhost:9200");
      }
      for (URI url : this.urls) {
        check(url, this.urls.get(0));
      }
      this.credentials = credentialsOf(this.urls.get(0));
    }

    /** Copies a builder. */
    private Builder(Builder other) {
      this.urls = other.urls;
      this.connectTimeout = other.connectTimeout;
      this.requestTimeout = other.requestTimeout;
      this.credentials = other.credentials;
      this.certificateAuthorities = other.certificateAuthorities;
      this.certificateFingerprint = other.certificateFingerprint;
      this.clientCertificate = other.clientCertificate;
      this.hostNameVerification = other.hostNameVerification;
      this.proxy = other.proxy;
      this.proxyCredentials = other.proxyCredentials;
      this.headers = other.headers;
      this.compressRequests = other.compressRequests;
      this.sniffInterval = other.sniffInterval;
    }

    private static void check(URI url, URI first) {
      if (url.getHost() == null) {
        throw invalid(url, "has no host");
      }
      String scheme = String.valueOf(url.getScheme());
      if (!scheme.equalsIgnoreCase("http") && !scheme.equalsIgnoreCase("https")) {
        throw invalid(url, "begins neither with http nor with https");
      }
      if (url.getRawQuery() != null || url.getRawFragment() != null) {
        throw invalid(url, "has a query or a fragment");
      }
      if (url.getRawPath().indexOf('@') >= 0) {
        // http://user:123/45@host has the host "user", and part of a password as its port
        throw invalid(
            url,
            "has an @ behind its host; write %40 for one that belongs to the path, and %2F for a"
                + " slash in a password");
      }
      if (!String.valueOf(url.getRawUserInfo()).equals(String.valueOf(first.getRawUserInfo()))) {
        throw invalid(url, "has other credentials than the first one");
      }
      if (!path(url).equals(path(first))) {
        throw invalid(url, "has another path than the first one");
      }
    }

    private static IllegalArgumentException invalid(URI url, String fault) {
      return new IllegalArgumentException(
          "the cluster URL "
              + CredentialMask.urls(url.toString())
              + " "
              + fault
              + "; it looks like http://localhost:9200, and several are nodes of one cluster."
              + " In a user and a password write % and two hexadecimal digits for each character"
              + " that has a meaning in URLs");
    }

    private static String path(URI url) {
      String path = url.getPath() == null ? "" : url.getPath();
      return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    }

    private static @Nullable Credentials credentialsOf(URI url) {
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
        Credentials inUrl = Credentials.basic(pair.substring(0, colon), () -> password);
        inUrl.header();
        return inUrl;
      } catch (IllegalArgumentException | Credentials.UnusableException e) {
        throw new IllegalArgumentException(
            "the cluster URL " + CredentialMask.urls(url.toString()) + ": " + e.getMessage(), e);
      }
    }

    /**
     * Sets who we are for the cluster, where that does not stand in the URLs. The secret is asked
     * for with each request, so that a changed one is used from then on.
     *
     * @param newCredentials what to send as {@code Authorization}
     * @return this builder
     * @throws IllegalArgumentException when the URLs have a user and a password as well
     */
    public Builder credentials(Credentials newCredentials) {
      if (urls.get(0).getRawUserInfo() != null) {
        throw new IllegalArgumentException(
            "there are credentials in the cluster URL "
                + CredentialMask.urls(urls.get(0).toString())
                + " and others beside it; remove one of them");
      }
      this.credentials = newCredentials;
      return this;
    }

    /**
     * Trusts these certificate authorities, instead of those of the JVM. A changed file is used for
     * new connections within seconds; one that cannot be used changes nothing and is named in the
     * log once.
     *
     * @param pem a file of one or several certificates in PEM format
     * @return this builder
     */
    public Builder certificateAuthorities(Path pem) {
      this.certificateAuthorities = pem;
      return this;
    }

    /**
     * Trusts exactly one certificate: the server's own, or that of a CA which has signed it and
     * which the server sends along, as clusters do whose security was set up automatically. The
     * host name is verified nevertheless.
     *
     * @param sha256 the SHA-256 of the certificate: 64 hexadecimal digits, with or without colons
     * @return this builder
     * @throws IllegalArgumentException when it is none
     */
    public Builder certificateFingerprint(String sha256) {
      this.certificateFingerprint = Fingerprint.parse(sha256);
      return this;
    }

    /**
     * Identifies us with a certificate. Changed files are used for new connections within seconds;
     * such that cannot be used change nothing and are named in the log once.
     *
     * @param chain a PEM file of the certificate, followed by those that have signed it, if any
     * @param key a PEM file of its private key, PKCS#8, not encrypted
     * @return this builder
     */
    public Builder clientCertificate(Path chain, Path key) {
      this.clientCertificate = new TlsSettings.Identity(chain, key, null);
      return this;
    }

    /**
     * Identifies us with a certificate whose key is encrypted; see {@link #clientCertificate(Path,
     * Path)}.
     *
     * @param chain a PEM file of the certificate, followed by those that have signed it, if any
     * @param key a PEM file of its private key, PKCS#8, encrypted with a password
     * @param password gives the password; is asked when the files are read
     * @return this builder
     */
    public Builder clientCertificate(Path chain, Path key, Supplier<String> password) {
      this.clientCertificate = new TlsSettings.Identity(chain, key, password);
      return this;
    }

    /**
     * Sets whether a node's certificate must be for the host in its URL. Without that, whoever has
     * any certificate of a trusted CA can pass for the cluster.
     *
     * @param verify true by default
     * @return this builder
     */
    public Builder hostNameVerification(boolean verify) {
      this.hostNameVerification = verify;
      return this;
    }

    /**
     * Goes through an HTTP proxy: to nodes with {@code https} through a tunnel ({@code CONNECT}).
     * The proxy itself is spoken to without TLS. By default nodes are reached directly, whatever
     * the JVM's own settings say.
     *
     * @param host its name or address
     * @param port 1 to 65,535
     * @return this builder
     * @throws IllegalArgumentException when the host is empty or the port out of its range
     */
    public Builder proxy(String host, int port) {
      if (host.isBlank() || host.indexOf('/') >= 0 || host.indexOf('@') >= 0) {
        throw new IllegalArgumentException(
            "the proxy's host must be a name or an address alone, such as proxy.example.com");
      }
      if (port < 1 || port > 65_535) {
        throw new IllegalArgumentException(
            "the proxy's port is " + port + "; it must be from 1 to 65535");
      }
      this.proxy = new HttpHost("http", host, port);
      return this;
    }

    /**
     * Sets who we are for the proxy. The password is asked for with each request, as those of
     * {@link Credentials} are.
     *
     * @param user the user's name, neither empty nor with a colon or a control character
     * @param password gives the password
     * @return this builder
     * @throws IllegalArgumentException when the name cannot be used
     */
    public Builder proxyCredentials(String user, Supplier<String> password) {
      this.proxyCredentials = Credentials.basic(user, password);
      return this;
    }

    /**
     * Adds headers to every request, for example for a gateway before the cluster.
     *
     * @param newHeaders names and values; none by default. Not {@code Authorization}, for which
     *     there is {@link #credentials}, nor what says what is sent and how ({@code Content-Type},
     *     {@code Content-Length}, {@code Host} and the like)
     * @return this builder
     * @throws IllegalArgumentException when one of them cannot be sent; the message names the
     *     header, not its value
     */
    public Builder headers(Map<String, String> newHeaders) {
      this.headers = CustomHeaders.of(newHeaders);
      return this;
    }

    /**
     * Sets whether the bodies of bulk requests are packed with gzip. Worth its processor time where
     * the network is slow or costs money.
     *
     * @param compress false by default
     * @return this builder
     */
    public Builder compressRequests(boolean compress) {
      this.compressRequests = compress;
      return this;
    }

    /**
     * Sets how long connecting to a node may take.
     *
     * @param timeout at least 1 ms; 2 s by default
     * @return this builder
     */
    public Builder connectTimeout(Duration timeout) {
      this.connectTimeout = positive("connectTimeout", timeout);
      return this;
    }

    /**
     * Sets how long a node may stay silent during a request. The request counts as failed then, and
     * its documents are sent again; ids keep them from being written twice.
     *
     * @param timeout at least 1 ms; 10 s by default
     * @return this builder
     */
    public Builder requestTimeout(Duration timeout) {
      this.requestTimeout = positive("requestTimeout", timeout);
      return this;
    }

    /**
     * Has the cluster asked for its nodes again and again, and documents written to all of them
     * that are not only managers, instead of those that were named: the latter are where to begin,
     * and where to go back to while the cluster does not answer. The nodes name the addresses that
     * they have for one another ({@code http.publish_address}), so this is of use only where these
     * can be reached from here: not through a load balancer, and mostly not from outside a
     * container network. Asked with a write that comes when the interval is over.
     *
     * @param interval how often, at least 1 s, and longer than the request time-out; {@link
     *     Duration#ZERO}, the default: not at all
     * @return this builder
     * @throws IllegalArgumentException when it is shorter
     */
    public Builder sniffInterval(Duration interval) {
      if (!interval.isZero() && interval.toMillis() < 1_000) {
        throw new IllegalArgumentException(
            "sniffInterval is " + interval.toMillis() + " ms; it must be at least 1 s, or 0");
      }
      this.sniffInterval = interval;
      return this;
    }

    /**
     * Builds the sink. Connects with the first write, not here; but reads the files and asks for
     * the secrets once, so that a mistake shows at the start.
     *
     * @return the sink
     * @throws IllegalArgumentException when a file or a secret cannot be used, or settings
     *     contradict each other; with the remedy, and without the secret
     */
    public ElasticsearchSink build() {
      checkTls();
      if (!sniffInterval.isZero() && sniffInterval.compareTo(requestTimeout) <= 0) {
        throw new IllegalArgumentException(
            "sniffInterval is "
                + sniffInterval.toMillis()
                + " ms; it must be longer than the requestTimeout of "
                + requestTimeout.toMillis()
                + " ms");
      }
      if (proxyCredentials != null && proxy == null) {
        throw new IllegalArgumentException(
            "there are credentials for a proxy, but no proxy; give the proxy, or leave them out");
      }
      try {
        if (credentials != null) {
          credentials.header();
        }
        if (proxyCredentials != null) {
          proxyCredentials.password();
        }
      } catch (Credentials.UnusableException e) {
        throw new IllegalArgumentException(e.getMessage(), e);
      }
      return new ElasticsearchSink(this);
    }

    private void checkTls() {
      if (certificateAuthorities != null && certificateFingerprint != null) {
        throw new IllegalArgumentException(
            "there are certificate authorities to trust and a certificate fingerprint;"
                + " a fingerprint trusts that one certificate only, so leave one of them out");
      }
      boolean set =
          certificateAuthorities != null
              || certificateFingerprint != null
              || clientCertificate != null
              || !hostNameVerification;
      if (set && !usesTls()) {
        throw new IllegalArgumentException(
            "there are settings for TLS, but the cluster URL "
                + CredentialMask.urls(urls.get(0).toString())
                + " does not use it; write https:// in the URLs, or leave them out");
      }
    }

    private boolean usesTls() {
      return urls.stream().anyMatch(url -> url.getScheme().equalsIgnoreCase("https"));
    }

    private String target() {
      List<String> shown = urls.stream().map(Builder::withoutLogin).toList();
      return proxy == null
          ? shown.toString()
          : shown + " through the proxy " + proxy.toHostString();
    }

    /** A URL that has been checked: there is no other {@code @} in it. */
    private static String withoutLogin(URI url) {
      return url.toString().replaceFirst("//[^@]*@", "//");
    }

    private @Nullable ProxyLogin proxyLogin() {
      return proxy == null || proxyCredentials == null
          ? null
          : new ProxyLogin(proxy, proxyCredentials);
    }

    private static Duration positive(String setting, Duration value) {
      if (value.toMillis() < 1) {
        throw new IllegalArgumentException(
            setting + " is " + value.toMillis() + " ms; it must be at least 1 ms");
      }
      return value;
    }

    private OpenSearchTransport transport(
        List<URI> nodes, @Nullable ProxyLogin login, NodeAddresses addresses) {
      HttpHost[] hosts =
          nodes.stream()
              .map(url -> new HttpHost(url.getScheme(), url.getHost(), port(url)))
              .toArray(HttpHost[]::new);
      ApacheHttpClient5TransportBuilder builder =
          ApacheHttpClient5TransportBuilder.builder(hosts)
              .setRequestConfigCallback(
                  request ->
                      request.setResponseTimeout(Timeout.ofMilliseconds(requestTimeout.toMillis())))
              .setDefaultHeaders(headers.toArray(new Header[0]))
              .setHttpClientConfigCallback(http -> configure(http, nodes.size(), login, addresses));
      String path = path(urls.get(0));
      if (!path.isEmpty()) {
        builder.setPathPrefix(path);
      }
      return builder.build();
    }

    private HttpAsyncClientBuilder configure(
        HttpAsyncClientBuilder http,
        int nodes,
        @Nullable ProxyLogin login,
        NodeAddresses addresses) {
      ConnectionConfig connections =
          ConnectionConfig.custom()
              .setConnectTimeout(Timeout.ofMilliseconds(connectTimeout.toMillis()))
              .setSocketTimeout(Timeout.ofMilliseconds(requestTimeout.toMillis()))
              .setValidateAfterInactivity(TimeValue.ofSeconds(1))
              .build();
      PoolingAsyncClientConnectionManagerBuilder pool =
          PoolingAsyncClientConnectionManagerBuilder.create()
              .setMaxConnPerRoute(MAX_CONNECTIONS)
              .setMaxConnTotal(MAX_CONNECTIONS * nodes)
              .setDnsResolver(addresses)
              .setDefaultConnectionConfig(connections);
      if (usesTls()) {
        // HTTP/2 would gain nothing, and its negotiation hides why a handshake fails.
        pool.setDefaultTlsConfig(
            TlsConfig.custom().setVersionPolicy(HttpVersionPolicy.FORCE_HTTP_1).build());
        pool.setTlsStrategy(
            new ReloadingTls(
                new TlsSettings(
                    certificateAuthorities,
                    certificateFingerprint,
                    clientCertificate,
                    hostNameVerification)));
      }
      if (proxy != null) {
        http.setProxy(proxy);
      }
      if (login != null) {
        http.setDefaultCredentialsProvider(login).addRequestInterceptorLast(login);
      }
      return http.setConnectionManager(pool.build())
          .setIOReactorConfig(IOReactorConfig.custom().setIoThreadCount(1).build())
          .setThreadFactory(new DefaultThreadFactory("eventstream-es", true))
          .disableContentCompression() // the answer is short: not worth packing
          .disableCookieManagement()
          .disableRedirectHandling()
          .disableAuthCaching();
    }

    private static int port(URI url) {
      if (url.getPort() >= 0) {
        return url.getPort();
      }
      return url.getScheme().equalsIgnoreCase("https") ? 443 : 80;
    }
  }
}
