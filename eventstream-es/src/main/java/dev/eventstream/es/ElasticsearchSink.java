package dev.eventstream.es;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.eventstream.DocumentBatch;
import dev.eventstream.EventSink;
import dev.eventstream.FailureClass;
import dev.eventstream.ItemResult;
import dev.eventstream.SinkResult;
import dev.eventstream.es.bulk.BulkAnswer;
import dev.eventstream.es.bulk.BulkRequest;
import dev.eventstream.es.bulk.FailureTable;
import dev.eventstream.es.engine.Engine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.impl.async.HttpAsyncClientBuilder;
import org.apache.hc.client5.http.impl.nio.PoolingAsyncClientConnectionManagerBuilder;
import org.apache.hc.core5.concurrent.DefaultThreadFactory;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.message.BasicHeader;
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

  private final List<URI> urls; // without credentials
  private final OpenSearchTransport transport;
  private final OpenSearchGenericClient client;
  private volatile @Nullable Engine engine;

  private ElasticsearchSink(Builder builder) {
    this.urls = builder.urls.stream().map(Builder::withoutCredentials).toList();
    this.transport = builder.transport();
    this.client = new OpenSearchGenericClient(transport);
  }

  /**
   * Starts to build a sink.
   *
   * @param urls one or several nodes of one cluster, for example {@code http://localhost:9200};
   *     user and password may stand in the URL
   * @return a builder with the defaults
   * @throws IllegalArgumentException when a URL cannot be right, with the URL and the remedy
   */
  public static Builder builder(List<URI> urls) {
    return new Builder(urls);
  }

  @Override
  public CompletionStage<SinkResult> write(DocumentBatch documents) {
    Engine known = engine;
    CompletionStage<SinkResult> result =
        known == null
            ? detect().thenCompose(detected -> bulk(documents, detected))
            : bulk(documents, known);
    return result.exceptionally(error -> failed(documents.size(), error));
  }

  @Override
  public CompletionStage<Void> check() {
    return detect().thenApply(detected -> null);
  }

  @Override
  public void close() {
    try {
      transport.close();
    } catch (IOException e) {
      LOG.warn("Closing the connections to {} failed", urls, e);
    }
  }

  /**
   * Names the cluster.
   *
   * @return its URLs, without credentials
   */
  @Override
  public String toString() {
    return "ElasticsearchSink" + urls;
  }

  private CompletionStage<SinkResult> bulk(DocumentBatch documents, Engine target) {
    Request request = BulkRequest.of(documents, target.needsMappingType());
    return client.executeAsync(request).thenApply(response -> read(response, documents.size()));
  }

  private SinkResult read(Response response, int size) {
    try (response) {
      if (response.getStatus() >= 300) {
        return refused(size, response.getStatus());
      }
      Body body = response.getBody().orElseThrow(() -> new IOException("the answer is empty"));
      return BulkAnswer.parse(body.body(), size);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private SinkResult failed(int size, Throwable error) {
    Throwable cause = error;
    for (Throwable at = error; at != null; at = at.getCause()) {
      if (at instanceof ResponseException refused) {
        return refused(size, refused.status());
      }
      if (cause instanceof CompletionException || cause instanceof UncheckedIOException) {
        cause = at;
      }
    }
    engine = null; // whoever answers next may be another one
    String reason = "cannot write to " + urls + ": " + cause;
    return SinkResult.all(size, new ItemResult.Failed(FailureClass.RETRY, reason));
  }

  private SinkResult refused(int size, int status) {
    if (status != 429 && status != 413) {
      engine = null;
    }
    String reason = urls + " answered " + status + ": " + FailureTable.remedy(status);
    return SinkResult.all(size, new ItemResult.Failed(FailureTable.request(status), reason));
  }

  private CompletionStage<Engine> detect() {
    Request request = Requests.builder().method("GET").endpoint("/").build();
    CompletableFuture<Response> answer = client.executeAsync(request);
    return answer.thenApply(
        response -> {
          Engine detected = introduced(response);
          if (!detected.equals(engine)) {
            LOG.info("Writing to {} at {}", detected, urls);
          }
          engine = detected;
          return detected;
        });
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

    private Builder(List<URI> urls) {
      this.urls = List.copyOf(urls);
      if (this.urls.isEmpty()) {
        throw new IllegalArgumentException(
            "no cluster URL is given; it looks like http://localhost:9200");
      }
      for (URI url : this.urls) {
        check(url, this.urls.get(0));
      }
    }

    private static void check(URI url, URI first) {
      if (url.getHost() == null) {
        throw invalid(url, "has no host");
      }
      if (url.getRawQuery() != null || url.getRawFragment() != null) {
        throw invalid(url, "has a query or a fragment");
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
              + withoutCredentials(url)
              + " "
              + fault
              + "; it looks like http://localhost:9200, and several are nodes of one cluster");
    }

    private static String path(URI url) {
      String path = url.getPath() == null ? "" : url.getPath();
      return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    }

    private static URI withoutCredentials(URI url) {
      String text = url.toString();
      String credentials = url.getRawUserInfo();
      return credentials == null ? url : URI.create(text.replace(credentials + "@", ""));
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
     * Builds the sink. Connects with the first write, not here.
     *
     * @return the sink
     */
    public ElasticsearchSink build() {
      return new ElasticsearchSink(this);
    }

    private static Duration positive(String setting, Duration value) {
      if (value.toMillis() < 1) {
        throw new IllegalArgumentException(
            setting + " is " + value.toMillis() + " ms; it must be at least 1 ms");
      }
      return value;
    }

    private OpenSearchTransport transport() {
      HttpHost[] hosts =
          urls.stream()
              .map(url -> new HttpHost(url.getScheme(), url.getHost(), port(url)))
              .toArray(HttpHost[]::new);
      ApacheHttpClient5TransportBuilder builder =
          ApacheHttpClient5TransportBuilder.builder(hosts)
              .setRequestConfigCallback(
                  request ->
                      request.setResponseTimeout(Timeout.ofMilliseconds(requestTimeout.toMillis())))
              .setHttpClientConfigCallback(this::configure);
      String path = path(urls.get(0));
      if (!path.isEmpty()) {
        builder.setPathPrefix(path);
      }
      String credentials = urls.get(0).getUserInfo();
      if (credentials != null) {
        String encoded = Base64.getEncoder().encodeToString(credentials.getBytes(UTF_8));
        builder.setDefaultHeaders(
            new Header[] {new BasicHeader("Authorization", "Basic " + encoded)});
      }
      return builder.build();
    }

    private HttpAsyncClientBuilder configure(HttpAsyncClientBuilder http) {
      ConnectionConfig connections =
          ConnectionConfig.custom()
              .setConnectTimeout(Timeout.ofMilliseconds(connectTimeout.toMillis()))
              .setSocketTimeout(Timeout.ofMilliseconds(requestTimeout.toMillis()))
              .setValidateAfterInactivity(TimeValue.ofSeconds(1))
              .build();
      return http.setConnectionManager(
              PoolingAsyncClientConnectionManagerBuilder.create()
                  .setMaxConnPerRoute(MAX_CONNECTIONS)
                  .setMaxConnTotal(MAX_CONNECTIONS * urls.size())
                  .setDefaultConnectionConfig(connections)
                  .build())
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
