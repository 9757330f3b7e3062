package dev.eventstream.es.bulk;

import dev.eventstream.es.connect.Answer;
import dev.eventstream.es.connect.Cluster;
import dev.eventstream.es.connect.TlsFailure;
import dev.eventstream.es.connect.UnusableCredentialsException;
import dev.eventstream.spi.FailureClass;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.SinkResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
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
        : answered(clusterName, answer.status(), RequestError.of(answer));
  }

  /** Classifies an answer with a status of 300 or more. */
  public static RequestFailure of(String clusterName, Answer answer) {
    return answered(clusterName, answer.status(), RequestError.of(answer));
  }

  private static RequestFailure unanswered(String clusterName, Throwable error) {
    Throwable cause = error;
    while (cause.getCause() != null
        && (cause instanceof CompletionException
            || cause instanceof ExecutionException
            || cause instanceof UncheckedIOException)) {
      cause = cause.getCause();
    }
    String reason = "cannot reach " + clusterName + ": ";
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
