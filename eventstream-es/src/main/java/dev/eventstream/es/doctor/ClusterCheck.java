package dev.eventstream.es.doctor;

import java.util.List;

/** What the doctor looks at. */
enum ClusterCheck implements Check {
  NODE_NAME(""),
  NODE_CONNECTION(""),
  NODE_SCHEME(""),
  NODE_TLS(""),
  NODE_CERTIFICATE(""),
  NODE_ANSWER(""),
  CREDENTIALS(""),
  ENGINE(""),
  NO_ANSWER(""),
  RED_INDEX("all primary shards are allocated"),
  YELLOW_INDEX("all replicas are allocated"),
  AUTO_CREATE_INDEX("indices can be created by writing to them"),
  CLUSTER_BLOCK("the cluster is not read-only"),
  CLOSED_INDEX("no index is closed that should be open"),
  LARGE_SHARDS("no shard has more than 50 GiB"),
  BLOCKED_INDEX("no index refuses documents"),
  MISSING_PIPELINE("every pipeline that an index names exists"),
  ALIAS_WITHOUT_WRITE_INDEX("every alias of several indices has a write index"),
  SHARD_LIMIT("there is room for more shards"),
  DISK_WATERMARK("every node has disk space"),
  CLOCK("the clocks agree with this machine's within 30 s"),
  PRIVILEGES("the credentials can create documents and indices"),
  INDEX_TEMPLATE("the template is installed in its present version");

  private static final int SHOWN = 10;

  private final String well;

  ClusterCheck(String well) {
    this.well = well;
  }

  /** The finding if a step has found nothing for this check. */
  Finding ok() {
    return ok(List.of(), well);
  }

  Finding unknown(String message) {
    return unknown(List.of(), message);
  }

  /** The first names of a list, for a message. */
  static String names(List<String> all) {
    String some = String.join(", ", all.subList(0, Math.min(SHOWN, all.size())));
    return all.size() <= SHOWN ? some : some + " and " + (all.size() - SHOWN) + " more";
  }
}
