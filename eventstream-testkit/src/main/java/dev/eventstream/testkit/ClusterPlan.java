package dev.eventstream.testkit;

import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * By what the nodes of a cluster find each other, and no others.
 *
 * @param name the cluster's name, which no other has
 * @param transportPorts the port of each node, in the nodes' order. A node that finds its own taken
 *     moves to another; the rest learn of it as soon as it speaks to one of them.
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
