package dev.eventstream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.spi.Document;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.DocumentBatchBuilder;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** One transformer with many events and threads. */
final class DefaultEventTransformerThreadsTest {
  private static final class TickingClock extends Clock {
    long millis = 1_769_847_330_000L;

    @Override
    public long millis() {
      return millis;
    }

    @Override
    public Instant instant() {
      return Instant.ofEpochMilli(millis);
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      throw new UnsupportedOperationException();
    }
  }

  @Test
  void idsOfALaterMillisecondSortAfterEarlierOnes() throws Exception {
    TickingClock clock = new TickingClock();
    List<String> ids = new ArrayList<>();
    try (DefaultEventTransformer transformer =
        DefaultEventTransformer.builder().clock(clock).build()) {
      for (int i = 0; i < 1_000; i++) {
        DocumentBatchBuilder documents = new DocumentBatchBuilder(64, 1);
        transformer.transform(Event.of("a", "b"), documents);
        ids.add(documents.build().get(0).id());
        clock.millis++;
      }
    }

    assertThat(ids).isSorted().doesNotHaveDuplicates();
  }

  @Test
  void documentsOfOneBatchHaveTheSameTimeOfAcceptance() throws Exception {
    TickingClock clock = new TickingClock();
    DocumentBatchBuilder documents = new DocumentBatchBuilder(64, 1);
    try (DefaultEventTransformer transformer =
        DefaultEventTransformer.builder().clock(clock).build()) {
      for (int i = 0; i < 3; i++) {
        transformer.transform(Event.of("a", "b"), documents);
        clock.millis++;
      }
    }
    DocumentBatch batch = documents.build();

    assertThat(new String(batch.get(2).source(), UTF_8))
        .isEqualTo(new String(batch.get(0).source(), UTF_8));
  }

  @Test
  void threadsShareTypesButNeverAnId() throws Exception {
    int threads = 4;
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    Set<String> ids = new HashSet<>();
    try (DefaultEventTransformer transformer =
        DefaultEventTransformer.builder().index("events-{eventType}").maxEventTypes(200).build()) {
      List<Future<DocumentBatch>> batches = new ArrayList<>();
      for (int thread = 0; thread < threads; thread++) {
        batches.add(
            pool.submit(
                () -> {
                  DocumentBatchBuilder documents = new DocumentBatchBuilder(64, 1);
                  for (int i = 0; i < 5_000; i++) {
                    String type = i % 3 == 0 ? "\\u0074-" + i % 200 : "t-" + i % 200;
                    String json = "{\"eventType\":\"" + type + "\",\"eventValue\":\"b\"}";
                    transformer.transform(Event.parse(json), documents);
                  }
                  return documents.build();
                }));
      }
      for (Future<DocumentBatch> done : batches) {
        DocumentBatch batch = done.get();
        for (int i = 0; i < batch.size(); i++) {
          Document document = batch.get(i);
          assertThat(document.destination()).isEqualTo("events-t-" + i % 200);
          assertThat(ids.add(document.id())).isTrue();
        }
      }
    } finally {
      pool.shutdownNow();
    }
    assertThat(ids).hasSize(threads * 5_000);
  }

  @Test
  void aTypeWithEscapesHasTheSameDestinationAsWithout() throws Exception {
    DocumentBatchBuilder documents = new DocumentBatchBuilder(64, 1);
    try (DefaultEventTransformer transformer =
        DefaultEventTransformer.builder().maxEventTypes(1).build()) {
      for (String type : List.of("\\u0061", "a", "\\u0061", "a")) {
        String json = "{\"eventType\":\"" + type + "\",\"eventValue\":\"b\"}";
        transformer.transform(Event.parse(json), documents);
      }
    }
    DocumentBatch batch = documents.build();

    assertThat(batch.size()).isEqualTo(4);
    for (int i = 0; i < 4; i++) {
      assertThat(batch.get(i).destination()).isEqualTo("a");
    }
  }

  @Test
  void aRejectedEventLeavesNothingInTheBatch() throws Exception {
    DocumentBatchBuilder documents = new DocumentBatchBuilder(64, 1);
    String longId = "x".repeat(70_000);
    try (DefaultEventTransformer transformer =
        DefaultEventTransformer.builder()
            .idResolver((type, value) -> value.equals("long") ? longId : null)
            .build()) {
      transformer.transform(Event.of("a", "1"), documents);
      assertThat(
              org.assertj.core.api.Assertions.catchThrowable(
                  () -> transformer.transform(Event.of("a", "long"), documents)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("the event ID has 70000 bytes; it may have 65534");
      transformer.transform(Event.of("a", "2"), documents);
    }
    DocumentBatch batch = documents.build();

    assertThat(batch.size()).isEqualTo(2);
    assertThat(batch.get(0).toString()).contains("\"eventValue\":\"1\"");
    assertThat(batch.get(1).toString()).contains("\"eventValue\":\"2\"");
  }

  @Test
  void reportsTheEventsOwnIdIfItIsAShortString() throws Exception {
    DocumentBatchBuilder documents = new DocumentBatchBuilder(64, 1);
    String head = "{\"eventType\":\"a\",\"eventValue\":\"b\",\"eventId\":";
    String longest = "\"" + "x".repeat(510) + "\"";
    String longer = "\"" + "x".repeat(511) + "\"";
    try (DefaultEventTransformer transformer = DefaultEventTransformer.builder().build()) {
      for (String id : List.of("\"\\u006fwn\"", "17", "null", "[\"x\"]", longest, longer)) {
        transformer.transform(Event.parse(head + id + "}"), documents);
      }
    }
    DocumentBatch batch = documents.build();

    assertThat(batch.get(0).eventId()).isEqualTo("own");
    for (int i = 1; i < 4; i++) {
      assertThat(batch.get(i).eventId()).isNull();
    }
    assertThat(batch.get(4).eventId()).hasSize(510);
    assertThat(batch.get(5).eventId()).isNull();
  }

  @Test
  void closingClosesTheResolverOnce() {
    int[] closed = new int[1];
    IdResolver resolver =
        new IdResolver() {
          @Override
          public @org.jspecify.annotations.Nullable String resolve(String type, String value) {
            return null;
          }

          @Override
          public void close() {
            closed[0]++;
          }
        };
    DefaultEventTransformer.builder().idResolver(resolver).build().close();

    assertThat(closed[0]).isEqualTo(1);
  }
}
