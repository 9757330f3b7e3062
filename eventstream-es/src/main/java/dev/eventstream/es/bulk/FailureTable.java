package dev.eventstream.es.bulk;

import dev.eventstream.spi.FailureClass;
import dev.eventstream.spi.ItemResult;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides what an engine's answer means for a document; no other class does. ARCHITECTURE.md shows
 * the rules as a table. The error types and texts are those of Elasticsearch 6.5.4, 7.17.29, 8.6.2,
 * 9.0.0 and OpenSearch 1.3.14, 2.19.6, 3.8.0.
 */
public final class FailureTable {
  /** The result of a document that a pipeline dropped. */
  static final String NOOP = "noop";

  private static final String BAD_REQUEST = "400 "; // begins the reason of an item
  private static final String ILLEGAL_ARGUMENT = "illegal_argument_exception";
  private static final String CLUSTER_BLOCK = "cluster_block_exception";
  private static final String PARSE = "parse_exception";

  /** Error types of status 400 that concern the document itself: it contradicts the mapping. */
  private static final Set<String> MAPPING_FAULTS =
      Set.of(
          "mapper_parsing_exception",
          "document_parsing_exception", // its name since Elasticsearch 8.8
          "mapper_exception",
          "strict_dynamic_mapping_exception");

  /** Error types of status 400 that concern the document itself: its index cannot exist. */
  private static final Set<String> NAME_FAULTS =
      Set.of("invalid_index_name_exception", "invalid_type_name_exception");

  /**
   * Error types of status 400 that concern a document, but not always the one that has the error:
   * OpenSearch 2 and 3 report the error of one document for all that go through its pipeline.
   */
  private static final Set<String> SHARED_FAULTS =
      Set.of(
          ILLEGAL_ARGUMENT,
          PARSE,
          "parsing_exception",
          "x_content_parse_exception",
          "json_parse_exception");

  /** Texts of illegal arguments that concern the document itself: it contradicts the mapping. */
  private static final List<String> OWN_ARGUMENTS =
      List.of(
          "Limit of total fields",
          "Limit of mapping depth",
          "mapper [",
          "object mapping [",
          "Document contains at least one immense term");

  /**
   * A fault in the cluster's configuration, which an operator can repair.
   *
   * @param type the error type of status 400
   * @param words a part of the error's reason
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

  /** Texts about a destination that accepts no documents, besides the faults of operators. */
  private static final List<String> DESTINATION_WORDS =
      List.of(
          "blocked by: [",
          "primary shard is not active",
          "Not enough active copies",
          "no such index");

  private FailureTable() {}

  /** Whether an item with this status has succeeded. */
  static boolean written(int status) {
    return status == 200 || status == 201;
  }

  /**
   * Classifies one item of a bulk answer.
   *
   * @param result the engine's name of what it did, for example {@link #NOOP}; empty if unknown
   * @param inFailureStore whether the document is in the failure store of its data stream
   * @param errorType empty if there is no error
   * @param reason status, error type and the engine's text
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

  /** The reason of a destination is logged, so it is reduced to texts that quote no event. */
  private static String withoutQuotes(String errorType, String reason) {
    if (DESTINATION_WORDS.stream().anyMatch(reason::contains)) {
      return reason;
    }
    int wordsStart = reason.indexOf(errorType + ": ");
    return wordsStart < 0 ? reason : reason.substring(0, wordsStart + errorType.length());
  }

  /** A conflict of sequence numbers does not mean that the document exists. */
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
        yield MAPPING_FAULTS.contains(type)
                || NAME_FAULTS.contains(type)
                || SHARED_FAULTS.contains(type)
            ? FailureClass.NEVER
            : FailureClass.UNCLEAR;
      }
      case 401, 403 -> FailureClass.BLOCKED;
      case 404 -> FailureClass.UNAVAILABLE; // just deleted, or not created automatically
      case 409 -> reason.contains("required seqNo") ? FailureClass.NEVER : FailureClass.UNCLEAR;
      case 413 -> FailureClass.TOO_LARGE;
      case 500 -> FailureClass.UNCLEAR;
      case 503 ->
          type.equals("unavailable_shards_exception")
              ? FailureClass.UNAVAILABLE
              : FailureClass.RETRY;
      default -> FailureClass.RETRY; // 429, and all unknown statuses
    };
  }

  /**
   * Whether a document can never be written because it contradicts the mapping of its index, so
   * that another form of it may fit.
   */
  static boolean isOfMapping(ItemResult item) {
    if (!(item instanceof ItemResult.Failed failed)
        || failed.failureClass() != FailureClass.NEVER
        || !failed.reason().startsWith(BAD_REQUEST)) {
      return false;
    }
    String reason = failed.reason();
    String type = kind(reason).substring(BAD_REQUEST.length());
    return !isFailProcessor(type, reason)
        && (MAPPING_FAULTS.contains(type)
            || (type.equals(ILLEGAL_ARGUMENT)
                && OWN_ARGUMENTS.stream().anyMatch(reason::contains)));
  }

  /** The part of the reason of an item that quotes no event: status and error type. */
  public static String kind(String reason) {
    int kindEnd = reason.indexOf(": ");
    return kindEnd < 0 ? reason : reason.substring(0, kindEnd);
  }

  /** Whether a pipeline rejected the document on purpose. */
  private static boolean isFailProcessor(String type, String reason) {
    return type.equals("fail_processor_exception") || reason.contains("FailProcessorException");
  }

  /** Whether an error of this type may belong to another document of the same request. */
  static boolean mayBeShared(String type, String reason) {
    if (!SHARED_FAULTS.contains(type) && !isFailProcessor(type, reason)) {
      return false;
    }
    return OWN_ARGUMENTS.stream().noneMatch(reason::contains);
  }

  /** Classifies a request that was answered with this status as a whole. */
  public static FailureClass request(int status) {
    return switch (status) {
      case 401, 403, 404, 405, 407 -> FailureClass.BLOCKED;
      case 413 -> FailureClass.TOO_LARGE;
      case 429, 502, 503 -> FailureClass.RETRY;
      // 504: no answer in time, which a single document may have caused
      default ->
          (status >= 400 && status <= 500) || status == 504
              ? FailureClass.UNCLEAR
              : FailureClass.RETRY;
    };
  }

  /**
   * Classifies the document of a request with a single one, which was answered with this status as
   * a whole. Returns null if this says no more than {@link #request}.
   */
  public static @Nullable FailureClass ofOnlyDocument(int status, String errorType, String reason) {
    if (operatorFault(status, errorType, reason) != null) {
      return FailureClass.BLOCKED;
    }
    return isUnreadable(status, errorType) ? FailureClass.NEVER : null;
  }

  /**
   * Whether a pipeline of Elasticsearch 9 cannot read a document, for example because of a number
   * with more than 1,000 digits. The whole request fails.
   */
  private static boolean isUnreadable(int status, String errorType) {
    return status == 400 && errorType.equals(PARSE);
  }

  /**
   * Returns what an operator can do about a rejected request.
   *
   * @param errorType empty if the engine reports none
   * @param reason empty if the engine reports none
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
    if (isUnreadable(status, errorType)) {
      return "the cluster cannot read a document";
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
