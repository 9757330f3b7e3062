package dev.eventstream.es.bulk;

import dev.eventstream.FailureClass;
import dev.eventstream.ItemResult;
import java.util.Set;

/**
 * What an HTTP status of the engine means for a document. The one place where that is decided;
 * ARCHITECTURE.md shows it as a table.
 */
public final class FailureTable {
  /**
   * The kinds of 400 that speak of the document: it contradicts the mapping, or cannot be parsed.
   */
  private static final Set<String> DOCUMENT_FAULTS =
      Set.of(
          "mapper_parsing_exception",
          "document_parsing_exception", // what Elasticsearch 8.8 made of it
          "mapper_exception",
          "strict_dynamic_mapping_exception",
          "illegal_argument_exception", // a mapping that cannot be changed, too many fields, …
          "parse_exception",
          "parsing_exception",
          "x_content_parse_exception",
          "json_parse_exception",
          "invalid_index_name_exception",
          "invalid_type_name_exception");

  /** The kinds of 400 that speak of the cluster and wait for an operator. */
  private static final Set<String> OPERATOR_FAULTS =
      Set.of("index_closed_exception", "validation_exception"); // the latter: no more shards

  private FailureTable() {}

  /** Whether an item with this status is written, so that nothing need be said of it. */
  static boolean written(int status) {
    return status == 200 || status == 201;
  }

  /** The result of one item of a bulk answer. */
  static ItemResult item(int status, String errorType, String reason) {
    if (written(status)) {
      return ItemResult.WRITTEN;
    }
    if (status == 409) {
      return ItemResult.DUPLICATE;
    }
    return new ItemResult.Failed(itemClass(status, errorType), reason);
  }

  private static FailureClass itemClass(int status, String errorType) {
    return switch (status) {
      case 400 -> {
        if (OPERATOR_FAULTS.contains(errorType)) {
          yield FailureClass.BLOCKED;
        }
        yield DOCUMENT_FAULTS.contains(errorType) ? FailureClass.NEVER : FailureClass.RETRY;
      }
      case 401, 403 -> FailureClass.BLOCKED;
      case 404 -> FailureClass.NEVER;
      case 413 -> FailureClass.TOO_LARGE;
      default -> FailureClass.RETRY; // 429, 503, and whatever is not known
    };
  }

  /** What it means when the whole request was answered with this status. */
  public static FailureClass request(int status) {
    return switch (status) {
      case 401, 403, 404, 405, 407 -> FailureClass.BLOCKED;
      case 413 -> FailureClass.TOO_LARGE;
      default -> FailureClass.RETRY; // 429, 502, 503, 504, and whatever is not known
    };
  }

  /** What the operator can do about a refused request. */
  public static String remedy(int status) {
    return switch (status) {
      case 401 -> "the cluster wants credentials, or other ones: check those given for it";
      case 403 -> "these credentials may not write there: grant them the create privilege";
      case 404, 405 -> "there is no bulk API at this URL: check the cluster's URL and its path";
      case 407 -> "the proxy wants credentials, or other ones: check those given for it";
      case 413 -> "the request is larger than the cluster's http.max_content_length";
      case 429 -> "the cluster is busy";
      default -> "the cluster cannot take the request now";
    };
  }
}
