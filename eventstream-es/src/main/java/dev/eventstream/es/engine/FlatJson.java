package dev.eventstream.es.engine;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.SortedMap;

/**
 * JSON as values by their paths, to compare what an engine has with what was written to it: the
 * order of members, and whether a value is a number or text, make no difference.
 */
public final class FlatJson {
  private FlatJson() {}

  /**
   * Adds all values of a node; null and empty objects have none.
   *
   * @param path of the node, such as {@code states[0]}; empty for the root
   */
  public static void add(String path, JsonNode node, Map<String, String> to) {
    if (node.isObject()) {
      for (Map.Entry<String, JsonNode> member : node.properties()) {
        String name = member.getKey();
        add(path.isEmpty() ? name : path + "." + name, member.getValue(), to);
      }
    } else if (node.isArray()) {
      for (int i = 0; i < node.size(); i++) {
        add(path + "[" + i + "]", node.get(i), to);
      }
    } else if (!node.isMissingNode() && !node.isNull()) {
      to.put(path, node.asText());
    }
  }

  /** Returns the checksum of values, 16 hexadecimal digits. */
  public static String checksum(SortedMap<String, String> values) {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      values.forEach((path, value) -> sha256.update((path + "=" + value + "\n").getBytes(UTF_8)));
      return HexFormat.of().formatHex(sha256.digest(), 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
