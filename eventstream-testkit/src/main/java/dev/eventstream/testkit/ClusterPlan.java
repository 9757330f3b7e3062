package dev.eventstream.testkit;

import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * How the nodes of a cluster find each other and no other nodes.
 *
 * @param name the cluster's unique name
 * @param transportPorts the port of each node, in the order of the nodes. A node whose port is
 *     taken uses another one; the others learn it when the node contacts one of them.
 */
record ClusterPlan(String name, List<Integer> transportPorts) {

  static ClusterPlan of(int nodes) {
    return new ClusterPlan(
        "eventstream-testkit-" + UUID.randomUUID(),
        Stream.generate(LoopbackPort::next).limit(nodes).toList());
  }

  static String nodeName(int node) {
    return "node-" + node;
  }

  List<String> nodeNames() {
    return IntStream.range(0, transportPorts.size()).mapToObj(ClusterPlan::nodeName).toList();
  }

  List<String> addresses() {
    return transportPorts.stream().map(port -> "127.0.0.1:" + port).toList();
  }

  int majority() {
    return transportPorts.size() / 2 + 1;
  }
}
