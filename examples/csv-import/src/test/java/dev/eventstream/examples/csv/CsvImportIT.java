package dev.eventstream.examples.csv;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.eventstream.EventStream;
import dev.eventstream.testkit.EngineExtension;
import dev.eventstream.testkit.RealEngine;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class CsvImportIT {
  @RegisterExtension
  static final EngineExtension ENGINE = EngineExtension.shared("opensearch:2.19.6");

  @TempDir Path directory;
  private EventStream stream;

  @BeforeEach
  void open(RealEngine engine) {
    engine.client().request("DELETE", "/order");
    stream = EventStream.builder().sink(engine.url().toString()).build();
  }

  @AfterEach
  void close() {
    stream.close();
  }

  /** Imports a file and returns the printed lines. */
  private List<String> importFile(String csv) throws Exception {
    Path file = Files.writeString(directory.resolve("orders.csv"), csv);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    CsvImport.importFile(file, stream, Duration.ofSeconds(30), new PrintStream(out, true, UTF_8));
    return out.toString(UTF_8).lines().toList();
  }

  @Test
  void eachRowIsADocument(RealEngine engine) throws Exception {
    List<String> lines =
        importFile(
            """
            eventType,eventValue,customer,note,@timestamp
            order,placed,M\u00fcller,"a, ""b""
            c",2026-11-28T12:00:00Z
            order,paid,,,2026-11-28T12:01:00Z
            """);

    assertThat(lines).containsExactly("2 rows accepted, 0 rejected");
    assertThat(engine.client().source("order", "orders.csv:1"))
        .hasValueSatisfying(
            json ->
                assertThat(json)
                    .contains("\"eventValue\":\"placed\"", "\"customer\":\"M\u00fcller\"")
                    .contains("\"note\":\"a, \\\"b\\\"\\nc\"")
                    .contains("\"@timestamp\":\"2026-11-28T12:00:00Z\""));
    assertThat(engine.client().source("order", "orders.csv:2"))
        .hasValueSatisfying(json -> assertThat(json).doesNotContain("customer", "note"));
  }

  @Test
  void aFileImportedAgainAddsNothing(RealEngine engine) throws Exception {
    String csv =
        "eventType,eventValue\n"
            + IntStream.range(0, 2_500)
                .mapToObj(i -> "order,placed\n")
                .collect(Collectors.joining());
    assertThat(importFile(csv)).containsExactly("2500 rows accepted, 0 rejected");
    assertThat(importFile(csv)).containsExactly("2500 rows accepted, 0 rejected");

    assertThat(engine.client().count("order")).isEqualTo(2_500);
  }

  @Test
  void aBrokenRowIsNamedAndTheOthersAreImported(RealEngine engine) throws Exception {
    List<String> lines =
        importFile(
            """
            eventType,eventValue,price
            order,placed,1
            order,placed
            ../x,placed,2
            order,paid,3
            """);

    assertThat(lines)
        .satisfiesExactly(
            first ->
                assertThat(first).isEqualTo("row 2: it has 2 columns, and the first row names 3"),
            second -> assertThat(second).startsWith("row 3: ").contains("../x"),
            last -> assertThat(last).isEqualTo("2 rows accepted, 2 rejected"));
    assertThat(engine.client().count("order")).isEqualTo(2);
  }

  @Test
  void aFileOfASpreadsheetMayBeginWithAByteOrderMark(RealEngine engine) throws Exception {
    importFile("\ufeffeventType,eventValue\norder,placed\n");

    assertThat(engine.client().count("order")).isEqualTo(1);
  }

  @Test
  void anImportThatCannotGoOnSaysSo() throws Exception {
    Path file =
        Files.writeString(directory.resolve("orders.csv"), "eventType,eventValue\norder,x\n");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (EventStream nowhere =
        EventStream.builder()
            .sink("http://127.0.0.1:1") // where nothing listens
            .deliveryTimeout(Duration.ofMillis(1))
            .build()) {
      CsvImport.importFile(file, nowhere, Duration.ZERO, new PrintStream(out, true, UTF_8));
    }

    assertThat(out.toString(UTF_8).lines())
        .satisfiesExactly(
            row -> assertThat(row).startsWith("row 1: "),
            counts -> assertThat(counts).isEqualTo("0 rows accepted, 0 rejected"),
            end -> assertThat(end).contains("import the file again"));
  }

  @Test
  void aFileWithoutTheColumnsIsAnErrorThatNamesThem() {
    assertThatThrownBy(() -> importFile("eventType,price\norder,1\n"))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll("orders.csv", "[eventType, price]", "eventValue");
  }
}
