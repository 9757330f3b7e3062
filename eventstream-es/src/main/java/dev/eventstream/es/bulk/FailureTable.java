package dev.eventstream.es.bulk;

import dev.eventstream.spi.FailureClass;
import dev.eventstream.spi.ItemResult;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an answer of the engine means for a document. The one place where that is decided;
 * ARCHITECTURE.md shows it as a table. The kinds of errors and their words are those that
 * Elasticsearch 6.5.4, 7.17.29, 8.6.2 and OpenSearch 1.3.14, 2.19.6, 3.8.0 give.
 */
public final class FailureTable {
  /** The result of a document that a pipeline dropped. */
  static final String NOOP = "noop";

  private static final String ILLEGAL_ARGUMENT = "illegal_argument_exception";
  private static final String CLUSTER_BLOCK = "cluster_block_exception";

  /** The kinds of 400 that speak of the very document: it contradicts the mapping. */
  private static final Set<String> DOCUMENT_FAULTS =
      Set.of(
          "mapper_parsing_exception",
          "document_parsing_exception", // what Elasticsearch 8.8 made of it
          "mapper_exception",
          "strict_dynamic_mapping_exception",
          "invalid_index_name_exception",
          "invalid_type_name_exception");

  /**
   * The kinds of 400 that speak of a document, but not always of the one that they are given to:
   * OpenSearch 2 and 3 give all documents that go through the same pipeline the error of one.
   */
  private static final Set<String> SHARED_FAULTS =
      Set.of(
          ILLEGAL_ARGUMENT,
          "parse_exception",
          "parsing_exception",
          "x_content_parse_exception",
          "json_parse_exception");

  /** How an illegal argument begins that speaks of the very document. */
  private static final List<String> OWN_ARGUMENTS =
      List.of("Limit of total fields", "mapper [", "Document contains at least one immense term");

  /**
   * A fault that an operator has made and can repair.
   *
   * @param type the kind of 400
   * @param words in its reason
   */
  private record OperatorFault(String type, String words, String remedy) {}

  private static final List<OperatorFault> OPERATOR_FAULTS =
      List.of(
          new OperatorFault("index_closed_exception", ": closed", "open the index"),
          new OperatorFault(
              "validation_exception",
              "this action would add", // shards
              "delete indices, or raise cluster.max_shards_per_node"),
          new OperatorFault(
              "routing_missing_exception",
              "routing is required for",
              "remove _routing.required from the mapping"),
          new OperatorFault(
              "invalid_alias_name_exception",
              "Invalid alias name",
              "correct the aliases in the index template"),
          new OperatorFault(
              ILLEGAL_ARGUMENT,
              "no write index is defined for alias",
              "set is_write_index for one index of the alias"),
          new OperatorFault(
              ILLEGAL_ARGUMENT,
              "pipeline with id [",
              "create the pipeline, or correct index.default_pipeline"),
          new OperatorFault(
              ILLEGAL_ARGUMENT,
              "unknown index sort field",
              "correct index.sort.field in the index template"),
          new OperatorFault(
              "mapper_parsing_exception",
              "Failed to parse mapping",
              "correct the index templates; they contradict each other"));

  /** What engines say of a destination that takes nothing, besides the faults of operators. */
  private static final List<String> DESTINATION_WORDS =
      List.of(
          "blocked by: [",
          "primary shard is not active",
          "Not enough active copies",
          "no such index");

  private FailureTable() {}

  /** Whether an item with this status is written, so that nothing need be said of it. */
  static boolean written(int status) {
    return status == 200 || status == 201;
  }

  /**
   * The result of one item of a bulk answer.
   *
   * @param result what was done, as the engine says: {@code created}, {@code noop}; empty if it
   *     does not say
   * @param inFailureStore whether the document was put into the failure store of its data stream
   * @param errorType the kind of the error; empty when there is none
   * @param reason status, kind and the engine's words
   */
  static ItemResult item(
      int status, String result, boolean inFailureStore, String errorType, String reason) {
    if (written(status) && inFailureStore) {
      return new ItemResult.Failed(
          FailureClass.NEVER, reason + ": the cluster has put it into its failure store");
    }
    if (written(status)) {
      return result.equals(NOOP) ? ItemResult.DROPPED : ItemResult.WRITTEN;
    }
    if (status == 409 && isThereAlready(reason)) {
      return ItemResult.DUPLICATE;
    }
    OperatorFault fault = operatorFault(status, errorType, reason);
    if (fault != null) {
      return new ItemResult.Failed(FailureClass.BLOCKED, reason + "; " + fault.remedy);
    }
    FailureClass failureClass = itemClass(status, errorType, reason);
    boolean isOfDestination =
        failureClass == FailureClass.BLOCKED || failureClass == FailureClass.UNAVAILABLE;
    String shown = isOfDestination ? withoutQuotes(errorType, reason) : reason;
    return new ItemResult.Failed(failureClass, shown);
  }

  /** What is said of a destination comes to the log, so only words that are known are shown. */
  private static String withoutQuotes(String errorType, String reason) {
    if (DESTINATION_WORDS.stream().anyMatch(reason::contains)) {
      return reason;
    }
    int wordsStart = reason.indexOf(errorType + ": ");
    return wordsStart < 0 ? reason : reason.substring(0, wordsStart + errorType.length());
  }

  /** A conflict of sequence numbers says that no document is there. */
  private static boolean isThereAlready(String reason) {
    return reason.contains("already exists") || !reason.contains(": ");
  }

  private static @Nullable OperatorFault operatorFault(int status, String type, String reason) {
    if (status != 400) {
      return null;
    }
    for (OperatorFault fault : OPERATOR_FAULTS) {
      if (fault.type.equals(type) && reason.contains(fault.words)) {
        return fault;
      }
    }
    return null;
  }

  private static FailureClass itemClass(int status, String type, String reason) {
    if (type.equals(CLUSTER_BLOCK)) {
      return FailureClass.BLOCKED; // 403, and 429 when the disk is full
    }
    if (isFailProcessor(type, reason)) {
      return FailureClass.NEVER;
    }
    return switch (status) {
      case 400 -> {
        if (type.equals("mapper_exception") && reason.contains("timed out")) {
          yield FailureClass.RETRY; // the mapping was not updated in time
        }
        yield DOCUMENT_FAULTS.contains(type) || SHARED_FAULTS.contains(type)
            ? FailureClass.NEVER
            : FailureClass.UNCLEAR;
      }
      case 401, 403 -> FailureClass.BLOCKED;
      case 404 -> FailureClass.UNAVAILABLE; // just deleted, or not to be created by itself
      case 409 -> reason.contains("required seqNo") ? FailureClass.NEVER : FailureClass.UNCLEAR;
      case 413 -> FailureClass.TOO_LARGE;
      case 500 -> FailureClass.UNCLEAR;
      case 503 ->
          type.equals("unavailable_shards_exception")
              ? FailureClass.UNAVAILABLE
              : FailureClass.RETRY;
      default -> FailureClass.RETRY; // 429, and whatever is not known
    };
  }

  /** Whether a pipeline turned the document down on purpose. */
  private static boolean isFailProcessor(String type, String reason) {
    return type.equals("fail_processor_exception") || reason.contains("FailProcessorException");
  }

  /** Whether an error of this kind may be that of another document in the same request. */
  static boolean mayBeShared(String type, String reason) {
    if (!SHARED_FAULTS.contains(type) && !isFailProcessor(type, reason)) {
      return false;
    }
    return OWN_ARGUMENTS.stream().noneMatch(reason::contains);
  }

  /** What it means when the whole request was answered with this status. */
  public static FailureClass request(int status) {
    return switch (status) {
      case 401, 403, 404, 405, 407 -> FailureClass.BLOCKED;
      case 413 -> FailureClass.TOO_LARGE;
      case 429, 502, 503 -> FailureClass.RETRY;
      // 504: no answer in time, which one document may be the cause of
      default ->
          (status >= 400 && status <= 500) || status == 504
              ? FailureClass.UNCLEAR
              : FailureClass.RETRY;
    };
  }

  /** Whether a request failed for a destination of its documents, which an operator can repair. */
  public static boolean isOfDestination(int status, String errorType, String reason) {
    return operatorFault(status, errorType, reason) != null;
  }

  /**
   * What the operator can do about a refused request.
   *
   * @param errorType what kind of error the engine names; empty when it does not
   * @param reason its words; empty when there are none
   */
  public static String remedy(int status, String errorType, String reason) {
    OperatorFault fault = operatorFault(status, errorType, reason);
    if (fault != null) {
      return fault.remedy;
    }
    if (errorType.equals(CLUSTER_BLOCK)) {
      return "the cluster is blocked for writing: look at the space on its disks, and at"
          + " cluster.blocks in its settings";
    }
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
