package dev.eventstream.es.reindex;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.eventstream.es.request.IndexRequests;
import dev.eventstream.es.request.JsonRequests;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Has an alias point to the targets of a copy instead of its sources, with one request, which can
 * also delete the sources.
 */
final class AliasSwitch {
  private static final Map<String, String> BLOCKS =
      Map.of("filter_path", "*.settings.index.blocks.write");

  private final JsonRequests requests;
  private final String alias;
  private final boolean deleteSources;
  private final Collection<String> sources;

  AliasSwitch(
      JsonRequests requests, String alias, boolean deleteSources, Collection<String> sources) {
    this.requests = requests;
    this.alias = alias;
    this.deleteSources = deleteSources;
    this.sources = sources;
  }

  /**
   * Checks that there can be an alias of this name.
   *
   * @throws IOException if there is an index of this name that stays; with the remedy
   */
  void check() throws IOException, InterruptedException {
    if (!IndexRequests.resolve(requests, alias).containsKey(alias)) {
      return;
    }
    if (!sources.contains(alias)) {
      throw new IOException(
          "there is an index " + alias + ", which is not a source; give the alias another name");
    }
    if (!deleteSources) {
      throw new IOException(
          "the alias has the name of the source "
              + alias
              + ", which must be deleted for it: request that with --delete-source, or give the alias"
              + " another name");
    }
  }

  /**
   * Switches if the sources have nothing that was not read.
   *
   * @param copy everything that was read must be in the targets
   * @return why it was not switched; empty: it was
   */
  List<String> run(ReindexState copy) throws IOException, InterruptedException {
    Set<String> targets = new TreeSet<>();
    for (String target : copy.tally.report(0, List.of()).targets().keySet()) {
      targets.addAll(IndexRequests.resolve(requests, target).keySet());
    }
    if (targets.isEmpty()) {
      return List.of(alias + " was not switched: there is no target");
    }
    if (targets.contains(alias)) {
      return List.of(alias + " was not switched: it is the name of a target");
    }
    List<String> blocked = deleteSources ? block() : List.of();
    boolean isSwitched = false;
    try {
      List<String> arrived = arrived(copy);
      if (arrived.isEmpty()) {
        send(targets);
        isSwitched = true;
      }
      return arrived;
    } finally {
      if (!isSwitched) {
        for (String source : blocked) {
          setBlock(source, false);
        }
      }
    }
  }

  /**
   * Has the sources accept no more documents, so that none is deleted that came after the
   * comparison. Returns those that did before.
   */
  private List<String> block() throws IOException, InterruptedException {
    List<String> blocked = new ArrayList<>();
    for (String source : sources) {
      JsonNode before = requests.send("GET", IndexRequests.path(source, "_settings"), BLOCKS, null);
      if (!before.path(source).at("/settings/index/blocks/write").asBoolean()) {
        setBlock(source, true);
        blocked.add(source);
      }
    }
    return blocked;
  }

  private void setBlock(String source, boolean isBlocked) throws IOException, InterruptedException {
    String body = "{\"index.blocks.write\":" + (isBlocked ? "true" : "null") + "}";
    requests.send("PUT", IndexRequests.path(source, "_settings"), Map.of(), body);
  }

  private List<String> arrived(ReindexState copy) throws IOException, InterruptedException {
    List<String> arrived = new ArrayList<>();
    for (String source : sources) {
      long count = IndexRequests.count(requests, source);
      long read = copy.readFrom(source);
      if (count > read) {
        arrived.add(
            alias
                + " was not switched: "
                + source
                + " has "
                + (count - read)
                + " documents that came during the copy; copy again");
      }
    }
    return arrived;
  }

  private void send(Set<String> targets) throws IOException, InterruptedException {
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    ArrayNode actions = body.putArray("actions");
    for (String target : targets) {
      actions.addObject().putObject("add").put("index", target).put("alias", alias);
    }
    Set<String> current = IndexRequests.resolve(requests, alias).keySet();
    for (String source : sources) {
      if (deleteSources) {
        actions.addObject().putObject("remove_index").put("index", source);
      } else if (current.contains(source)) {
        actions.addObject().putObject("remove").put("index", source).put("alias", alias);
      }
    }
    requests.send("POST", "/_aliases", Map.of(), body.toString());
  }
}
