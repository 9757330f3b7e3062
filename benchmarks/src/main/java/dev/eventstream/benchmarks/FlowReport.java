package dev.eventstream.benchmarks;

import dev.eventstream.benchmarks.Figures.Better;
import dev.eventstream.benchmarks.Figures.Figure;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Converts the measurements of {@link WholeFlow} to figures and a table. Ratios are computed per
 * round.
 */
final class FlowReport {
  /** Single events per second of the predecessor at 16 connections. */
  private static final double PREDECESSOR = 225;

  private static final int PREDECESSOR_CONNECTIONS = 16;

  private final List<Measured> all;
  private final Figures figures;
  private final StringBuilder text = new StringBuilder();

  FlowReport(List<Measured> all, Figures figures) {
    this.all = all;
    this.figures = figures;
  }

  /** Adds the figures, and returns the table. */
  String write() {
    line(
        "%-18s %6s %6s %12s  %-32s %10s %10s%n",
        "way", "batch", "conns", "events/s", "ratio, median (min to max)", "us/event", "B/event");
    for (Measured measured : all) {
      row(measured);
    }
    line(
        "us/event: processor time of the client's process (server: of the server); B/event: what"
            + " it allocates%n%n");
    for (Measured measured : all) {
      switch (measured.name()) {
        case "sdk with spool" -> comparison(measured, "sdk");
        case "sdk" -> comparison(measured, "ingester");
        case "server" -> predecessor(measured);
        default -> {}
      }
    }
    return text.toString();
  }

  private void row(Measured measured) {
    String name = measured.name();
    Figure rate = add(name, measured, "events/s", Better.HIGHER, measured.rates());
    Figure cpu = add(name + ": cpu", measured, "us/event", Better.LOWER, measured.cpuMicros());
    String allocated = "";
    if (!measured.allocated().isEmpty()) {
      Figure bytes =
          add(name + ": allocated", measured, "B/event", Better.LOWER, measured.allocated());
      allocated = String.format(Locale.ROOT, "%,.0f", bytes.median());
    }
    String reference = measured.batch() == 1 ? "request per event" : "direct";
    String ratio =
        name.equals(reference)
            ? ""
            : find(reference, measured)
                .map(other -> ratio(measured, "", reference, measured.rates(), other.rates()))
                .map(
                    figure ->
                        range(figure) + " of " + (measured.batch() == 1 ? "per event" : reference))
                .orElse("");
    line(
        "%-18s %6d %6d %,12.0f  %-32s %10.2f %10s%n",
        name,
        measured.batch(),
        measured.connections(),
        rate.median(),
        ratio,
        cpu.median(),
        allocated);
  }

  /** Compares rate, processor time and memory with those of another way, in words. */
  private void comparison(Measured measured, String reference) {
    find(reference, measured)
        .ifPresent(
            other -> {
              Figure rate = ratio(measured, "", reference, measured.rates(), other.rates());
              Figure cpu =
                  ratio(measured, ": cpu", reference, measured.cpuMicros(), other.cpuMicros());
              Figure bytes =
                  ratio(
                      measured, ": allocated", reference, measured.allocated(), other.allocated());
              line(
                  "%s of %s: rate %s, cpu %s, allocated %s%n",
                  measured, reference, range(rate), range(cpu), range(bytes));
            });
  }

  private void predecessor(Measured measured) {
    if (measured.is("server", 1, PREDECESSOR_CONNECTIONS)) {
      Figure times =
          add(
              "server of the Python service before this one (225 events/s)",
              measured,
              "ratio",
              Better.HIGHER,
              measured.rates().stream().map(rate -> rate / PREDECESSOR).toList());
      line(
          "%s: %.0f times (%.0f to %.0f) the %.0f events/s of the Python service before this one,"
              + " a documented constant%n",
          measured, times.median(), times.min(), times.max(), PREDECESSOR);
    }
  }

  /**
   * Returns the reference of a comparison: another way under the same conditions, measured in each
   * round.
   */
  private Optional<Measured> find(String name, Measured like) {
    return all.stream()
        .filter(measured -> measured.is(name, like.batch(), like.connections()))
        .findFirst();
  }

  private Figure ratio(
      Measured measured, String what, String reference, List<Double> own, List<Double> others) {
    List<Double> ratios =
        IntStream.range(0, own.size())
            .mapToObj(round -> own.get(round) / others.get(round))
            .toList();
    Better better = what.isEmpty() ? Better.HIGHER : Better.LOWER;
    return add(measured.name() + what + " of " + reference, measured, "ratio", better, ratios);
  }

  private Figure add(
      String name, Measured measured, String unit, Better better, List<Double> samples) {
    Map<String, String> params = measured.params();
    figures.add(
        name, params, unit, better, samples.stream().mapToDouble(Double::doubleValue).toArray());
    return figures.figures().get(figures.figures().size() - 1);
  }

  private static String range(Figure figure) {
    return String.format(
        Locale.ROOT, "%.2f (%.2f to %.2f)", figure.median(), figure.min(), figure.max());
  }

  private void line(String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values));
  }
}
