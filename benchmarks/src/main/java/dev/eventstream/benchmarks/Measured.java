package dev.eventstream.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A way under certain conditions, and its measurements by round. */
final class Measured {
  private final String name;
  private final int batch;
  private final int connections;
  private final int requests;
  private final Way way;
  private final Cost cost;
  private final List<Double> rates = new ArrayList<>();
  private final List<Double> cpuMicros = new ArrayList<>();
  private final List<Double> allocated = new ArrayList<>();

  Measured(String name, int batch, int connections, int requests, Way way, Cost cost) {
    this.name = name;
    this.batch = batch;
    this.connections = connections;
    this.requests = requests;
    this.way = way;
    this.cost = cost;
  }

  Load.Times run() throws Exception {
    return Load.run(connections, requests, way, cost);
  }

  void add(Load.Times times) {
    rates.add(events() / times.seconds());
    cpuMicros.add(times.cpuNanos() / 1e3 / events());
    if (times.allocated() > 0) {
      allocated.add(times.allocated() / events());
    }
  }

  long events() {
    return (long) requests * batch;
  }

  String name() {
    return name;
  }

  int batch() {
    return batch;
  }

  int connections() {
    return connections;
  }

  /** Returns events per second by round. */
  List<Double> rates() {
    return rates;
  }

  /** Returns microseconds of processor time per event. */
  List<Double> cpuMicros() {
    return cpuMicros;
  }

  /** Returns bytes allocated on the heap per event; empty if unknown. */
  List<Double> allocated() {
    return allocated;
  }

  Map<String, String> params() {
    return Map.of("batch", String.valueOf(batch), "connections", String.valueOf(connections));
  }

  boolean is(String otherName, int otherBatch, int otherConnections) {
    return name.equals(otherName) && batch == otherBatch && connections == otherConnections;
  }

  @Override
  public String toString() {
    return name + ", batches of " + batch + ", " + connections + " connections";
  }
}
