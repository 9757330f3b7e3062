package dev.eventstream.es.bulk;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.eventstream.es.connect.Answer;
import dev.eventstream.es.connect.Cluster;
import dev.eventstream.es.connect.TlsFailure;
import dev.eventstream.es.connect.UnusableCredentialsException;
import dev.eventstream.spi.FailureClass;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.SinkResult;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.apache.hc.client5.http.ConnectTimeoutException;
import org.jspecify.annotations.Nullable;
import org.opensearch.client.transport.httpclient5.ResponseException;

/**
 * A request that failed as a whole.
 *
 * @param failureClass what follows for its documents
 * @param reason contains no secret and quotes no event
 * @param answered whether the cluster answered
 * @param engineInDoubt whether another engine may answer the next request
 * @param ofOnlyDocument what follows for its document if it has only one; null if that makes no
 *     difference
 */
public record RequestFailure(
    FailureClass failureClass,
    String reason,
    boolean answered,
    boolean engineInDoubt,
    @Nullable FailureClass ofOnlyDocument) {

  /** Classifies a request that the client reported as failed. */
  public static RequestFailure of(String clusterName, Throwable error) {
    ResponseException answer = Cluster.answer(error);
    return answer == null
        ? unanswered(clusterName, error)
        : answered(clusterName, answer.status(), error(answer));
  }

  /** Classifies an answer with a status of 300 or more. */
  public static RequestFailure of(String clusterName, Answer answer) {
    InputStream body = answer.body();
    RequestError error =
        body == null ? RequestError.NONE : RequestError.parse(body, mayShowReason(answer.status()));
    return answered(clusterName, answer.status(), error);
  }

  private static RequestFailure unanswered(String clusterName, Throwable error) {
    Throwable cause = error;
    while (cause.getCause() != null
        && (cause instanceof CompletionException || cause instanceof UncheckedIOException)) {
      cause = cause.getCause();
    }
    String reason = "cannot write to " + clusterName + ": ";
    if (cause instanceof UnusableCredentialsException unusable) {
      String message = reason + unusable.getMessage();
      return new RequestFailure(FailureClass.BLOCKED, message, false, true, null);
    }
    boolean connected =
        cause instanceof SocketTimeoutException && !(cause instanceof ConnectTimeoutException);
    String remedy = TlsFailure.remedy(cause);
    return new RequestFailure(
        connected ? FailureClass.UNCLEAR : FailureClass.RETRY, // a document may be the cause
        reason + cause + (remedy == null ? "" : "; " + remedy),
        false,
        true,
        null);
  }

  private static RequestFailure answered(String clusterName, int status, RequestError error) {
    String type = error.type().isEmpty() ? "" : " " + error;
    String remedy = FailureTable.remedy(status, error.type(), error.reason());
    FailureClass ofOnlyDocument = FailureTable.ofOnlyDocument(status, error.type(), error.reason());
    return new RequestFailure(
        FailureTable.request(status),
        clusterName + " answered " + status + type + "; " + remedy,
        true,
        status != 429 && status != 413 && ofOnlyDocument == null,
        ofOnlyDocument);
  }

  /** The client puts the body of such an answer into the last lines of the exception's message. */
  private static RequestError error(ResponseException answer) {
    String message = String.valueOf(answer.getMessage());
    int body = message.indexOf("\n{");
    return body < 0
        ? RequestError.NONE
        : RequestError.parse(
            new ByteArrayInputStream(message.substring(body).getBytes(UTF_8)),
            mayShowReason(answer.status()));
  }

  /** An answer about credentials may repeat them. */
  private static boolean mayShowReason(int status) {
    return status != 401 && status != 407;
  }

  /**
   * The failure of a request that is not for documents. An answer may repeat the credentials, so it
   * is no cause.
   */
  public IOException asException(Throwable error) {
    return new IOException(reason, answered ? null : error);
  }

  /** The result of all documents of the request. */
  public SinkResult result(int documents) {
    if (ofOnlyDocument != null && documents == 1) {
      // The fault is certainly that of the only document or of its destination. As the result of a
      // document it does not count as a failure of the cluster.
      return SinkResult.of(List.of(new ItemResult.Failed(ofOnlyDocument, reason)));
    }
    return SinkResult.all(documents, new ItemResult.Failed(failureClass, reason));
  }
}
