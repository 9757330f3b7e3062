package dev.eventstream.es.template;

import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.es.bulk.RequestError;
import dev.eventstream.es.bulk.RequestFailure;
import dev.eventstream.es.connect.Answer;
import dev.eventstream.es.connect.Cluster;
import dev.eventstream.es.engine.Engine;
import dev.eventstream.es.template.TemplateReport.Found;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.opensearch.client.opensearch.generic.Request;
import org.opensearch.client.opensearch.generic.Requests;
import org.opensearch.client.transport.httpclient5.ResponseException;

/**
 * Installs an {@link IndexTemplate} in the cluster of a sink, under the name {@code eventstream}:
 * as an index template, or as a legacy template in Elasticsearch before 7.8, which has no others.
 * The template is marked, and has a checksum. What has no mark, or was changed since, is replaced
 * only if that is forced.
 *
 * <p>The stages complete on the sink's I/O thread. They fail with a {@link
 * TemplateRefusedException} if the cluster refuses, and with another {@link IOException} if it does
 * not answer, or cannot answer now.
 */
public final class IndexTemplates {
  private static final String REMEDY_403 =
      "these credentials may not read or install index templates: grant them the cluster privilege"
          + " manage_index_templates in Elasticsearch, indices:admin/index_template/get and /put in"
          + " OpenSearch, or install the template with others";

  private IndexTemplates() {}

  /** Compares the template of the cluster with this one. */
  public static CompletionStage<TemplateReport> check(
      ElasticsearchSink sink, IndexTemplate template) {
    return body(sink, template).thenCompose(body -> find(sink.cluster(), body));
  }

  /**
   * Installs the template if the cluster has none or an older one.
   *
   * @param force whether to replace any other template of this name as well
   * @return reports what was there before
   */
  public static CompletionStage<TemplateReport> apply(
      ElasticsearchSink sink, IndexTemplate template, boolean force) {
    return body(sink, template)
        .thenCompose(
            body ->
                find(sink.cluster(), body)
                    .thenCompose(
                        report -> {
                          Found found = report.found();
                          boolean replace = found.isReplaced() || (force && !report.isCurrent());
                          return replace
                              ? put(sink.cluster(), body)
                                  .thenApply(
                                      done -> new TemplateReport(found, report.differences(), true))
                              : CompletableFuture.completedFuture(report);
                        }));
  }

  /** Returns the template in JSON, as it would be installed in the cluster of the sink. */
  public static CompletionStage<String> json(ElasticsearchSink sink, IndexTemplate template) {
    return body(sink, template).thenApply(TemplateBody::json);
  }

  /**
   * Returns the template in JSON, as it would be installed in an engine.
   *
   * @param distribution {@code elasticsearch} or {@code opensearch}
   * @param version for example {@code 6.5.4}
   */
  public static String json(String distribution, String version, IndexTemplate template) {
    return TemplateBody.of(template.settings(), new Engine(distribution, version)).json();
  }

  private static CompletionStage<TemplateBody> body(
      ElasticsearchSink sink, IndexTemplate template) {
    return sink.engine()
        .exceptionally(
            error -> {
              throw failed(sink.cluster(), error);
            })
        .thenApply(engine -> TemplateBody.of(template.settings(), engine));
  }

  private static CompletionStage<TemplateReport> find(Cluster cluster, TemplateBody body) {
    Request get = Requests.builder().method("GET").endpoint(body.path()).build();
    return send(cluster, get).thenApply(answer -> report(cluster, body, answer));
  }

  private static TemplateReport report(Cluster cluster, TemplateBody body, Answer answer) {
    InputStream content = answer.body();
    if (answer.status() == 404) {
      return new TemplateReport(Found.ABSENT, List.of(), false);
    }
    if (answer.status() >= 300 || content == null) {
      throw new CompletionException(refused(cluster, answer));
    }
    try {
      TemplateComparison comparison = body.compare(content.readAllBytes());
      Found found = found(comparison);
      return new TemplateReport(found, comparison.differences(), found == Found.CURRENT);
    } catch (IOException e) {
      throw new CompletionException(e);
    }
  }

  private static Found found(TemplateComparison comparison) {
    if (!comparison.isOurs()) {
      return Found.FOREIGN;
    }
    if (comparison.differences().isEmpty()) {
      return Found.CURRENT;
    }
    if (!comparison.isIntact()) {
      return Found.CHANGED;
    }
    return comparison.isNewer() ? Found.NEWER : Found.OUTDATED;
  }

  private static CompletionStage<Answer> put(Cluster cluster, TemplateBody body) {
    Request put = Requests.builder().method("PUT").endpoint(body.path()).json(body.json()).build();
    return send(cluster, put)
        .thenApply(
            answer -> {
              if (answer.status() >= 300) {
                throw new CompletionException(refused(cluster, answer));
              }
              return answer;
            });
  }

  private static CompletionStage<Answer> send(Cluster cluster, Request request) {
    return cluster
        .execute(request)
        .exceptionally(
            error -> {
              throw failed(cluster, error);
            });
  }

  /** The client reports a 403, and what may succeed later, as exceptions. */
  private static CompletionException failed(Cluster cluster, Throwable error) {
    ResponseException answer = Cluster.answer(error);
    if (answer != null && answer.status() == 403 && !isBlock(answer)) {
      return new CompletionException(
          new TemplateRefusedException(cluster.name() + " answered 403; " + REMEDY_403));
    }
    return new CompletionException(RequestFailure.of(cluster.name(), error).asException(error));
  }

  /** A cluster that is blocked for writing is so for a time. */
  private static boolean isBlock(ResponseException answer) {
    return String.valueOf(answer.getMessage()).contains("cluster_block_exception");
  }

  private static TemplateRefusedException refused(Cluster cluster, Answer answer) {
    RequestError error = RequestError.of(answer);
    String shown = error.type().isEmpty() ? "" : ": " + error;
    return new TemplateRefusedException(
        cluster.name() + " refused the index template with status " + answer.status() + shown);
  }
}
