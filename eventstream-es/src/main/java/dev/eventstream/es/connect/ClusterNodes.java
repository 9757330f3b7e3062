package dev.eventstream.es.connect;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the nodes that accept documents from the answer to {@code GET /_nodes/http}. */
final class ClusterNodes {
  private static final ObjectMapper MAPPER = JsonMapper.builder().build();

  private ClusterNodes() {}

  /**
   * Returns the URLs of all nodes except those that only manage the cluster, sorted.
   *
   * @param scheme of the returned URLs
   */
  static List<URI> parse(byte[] answer, String scheme) throws IOException {
    List<URI> nodes = new ArrayList<>();
    for (JsonNode node : MAPPER.readTree(answer).path("nodes")) {
      URI address = address(node.path("http").path("publish_address").asText(""), scheme);
      if (address != null && !onlyManages(node.path("roles"))) {
        nodes.add(address);
      }
    }
    Collections.sort(nodes);
    return nodes;
  }

  /** Parses {@code address:port}, or {@code name/address:port} if the node has a name. */
  private static @Nullable URI address(String published, String scheme) {
    int slash = published.indexOf('/');
    int colon = published.lastIndexOf(':');
    if (colon < 0) {
      return null;
    }
    String host = slash > 0 ? published.substring(0, slash) : published.substring(0, colon);
    try {
      return URI.create(scheme + "://" + host + published.substring(colon));
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private static boolean onlyManages(JsonNode roles) {
    if (roles.isEmpty()) {
      return false; // a coordinating node
    }
    for (JsonNode role : roles) {
      String name = role.asText();
      if (!name.equals("master") && !name.equals("cluster_manager")) {
        return false;
      }
    }
    return true;
  }
}
