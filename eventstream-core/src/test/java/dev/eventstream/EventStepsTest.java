package dev.eventstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.EventSink;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.Rejection;
import dev.eventstream.spi.SinkResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class EventStepsTest {
  private static final String HEAD = "{\"eventType\":\"t\",\"eventValue\":\"v\"";

  /** Applies a step to an event with further members. */
  private static @Nullable String apply(EventStep step, String members) throws Exception {
    Event changed = step.apply(Event.parse(HEAD + members + "}"));
    return changed == null ? null : changed.toString();
  }

  @Test
  void addsMembersInPlaceOfTheEventsOwn() throws Exception {
    EventStep step = EventSteps.add("env", Map.of("stage", "production"));

    assertThat(apply(step, "")).isEqualTo(HEAD + ",\"env\":{\"stage\":\"production\"}}");
    assertThat(apply(step, ",\"env\":1,\"x\":2"))
        .isEqualTo(HEAD + ",\"x\":2,\"env\":{\"stage\":\"production\"}}");
  }

  @Test
  void addsMembersThatDependOnTheEvent() throws Exception {
    EventStep step =
        EventSteps.add(
            event ->
                event.member("user") == null
                    ? Map.of()
                    : Map.of("country", "country of " + event.member("user")));

    assertThat(apply(step, "")).isEqualTo(HEAD + "}");
    assertThat(apply(step, ",\"user\":42"))
        .isEqualTo(HEAD + ",\"user\":42,\"country\":\"country of 42\"}");
  }

  @Test
  void removesMembersByPathWithTheirCommas() throws Exception {
    EventStep step = EventSteps.remove("a", "b.c", "list.secret");

    assertThat(apply(step, ",\"a\":{\"x\":1},\"z\":1")).isEqualTo(HEAD + ",\"z\":1}");
    assertThat(apply(step, ",\"z\":1 , \"a\":[1] ")).isEqualTo(HEAD + ",\"z\":1}");
    assertThat(apply(step, ",\"b\":{\"c\":1}")).isEqualTo(HEAD + ",\"b\":{}}");
    assertThat(apply(step, ",\"b\":{\"c\":1,\"d\":2,\"c.e\":3}"))
        .isEqualTo(HEAD + ",\"b\":{\"d\":2}}");
    assertThat(apply(step, ",\"list\":[{\"secret\":1},{\"x\":1,\"secret\":2},3]"))
        .isEqualTo(HEAD + ",\"list\":[{},{\"x\":1},3]}");
  }

  @Test
  void findsNamesWithDotsAndEscapes() throws Exception {
    EventStep step = EventSteps.remove("user.mail");

    assertThat(apply(step, ",\"user.mail\":1")).isEqualTo(HEAD + "}");
    assertThat(apply(step, ",\"us\\u0065r\":{\"m\\u0061il\":1,\"x\":2}"))
        .isEqualTo(HEAD + ",\"us\\u0065r\":{\"x\":2}}");
    assertThat(apply(step, ",\"user.mail.domain\":1,\"user.mailbox\":2"))
        .isEqualTo(HEAD + ",\"user.mailbox\":2}");
    assertThat(apply(EventSteps.remove("user"), ",\"user.mail\":1,\"users\":2"))
        .isEqualTo(HEAD + ",\"users\":2}");
  }

  @Test
  void renamesTheLastNameOfAPath() throws Exception {
    EventStep step = EventSteps.rename("user.mail", "e\"mail");

    assertThat(apply(step, ",\"user\":{\"x\":1,\"mail\":\"m\"}"))
        .isEqualTo(HEAD + ",\"user\":{\"x\":1,\"e\\\"mail\":\"m\"}}");
    assertThat(apply(step, ",\"user.mail.domain\":\"m\""))
        .isEqualTo(HEAD + ",\"user.e\\\"mail.domain\":\"m\"}");
    assertThatThrownBy(() -> apply(EventSteps.rename("a", "b"), ",\"a\":1,\"b\":2"))
        .isInstanceOfSatisfying(
            InvalidEventException.class,
            e -> assertThat(e.code()).isEqualTo(Rejection.DUPLICATE_MEMBER));
  }

  @Test
  void masksWholeValues() throws Exception {
    assertThat(apply(EventSteps.mask("a", "b.c"), ",\"a\":{\"x\":[1]},\"b\":[{\"c\":1.5},{}]"))
        .isEqualTo(HEAD + ",\"a\":\"***\",\"b\":[{\"c\":\"***\"},{}]}");
  }

  @Test
  void replacesTextsByAFunction() throws Exception {
    EventStep step = EventSteps.replace("a", text -> text.toUpperCase(Locale.ROOT) + "!");

    assertThat(apply(step, ",\"a\":\"x\\u0061\"")).isEqualTo(HEAD + ",\"a\":\"XA!\"}");
    assertThat(apply(step, ",\"a\":[\"b\",[1e5, null]]"))
        .isEqualTo(HEAD + ",\"a\":[\"B!\",[\"1E5!\", \"NULL!\"]]}");
  }

  @Test
  void anEventWithoutTheMembersIsTheSameEvent() throws Exception {
    Event event = Event.of("t", "v", Map.of("x", 1));

    for (EventStep step :
        List.of(
            EventSteps.remove("a.b"),
            EventSteps.mask("x.y"),
            EventSteps.rename("a", "b"),
            EventSteps.replace("z", text -> text),
            EventSteps.when(EventSteps.ofType("other"), EventSteps.add("y", 1)))) {
      assertThat(step.apply(event)).isSameAs(event);
    }
  }

  @Test
  void keepsDocumentIdAndPositionsOfAChangedEvent() throws Exception {
    Event changed =
        EventSteps.remove("first")
            .apply(
                Event.parse("  {\"first\":1,\n\"eventType\":\"t\",\"eventValue\":\"v\"} ")
                    .withDocumentId("id"));

    assertThat(changed).isNotNull();
    assertThat(changed.documentId()).isEqualTo("id");
    assertThat(changed.eventType()).isEqualTo("t");
    assertThat(changed.eventValue()).isEqualTo("v");
  }

  @Test
  void appliesAStepOnlyToSomeTypes() throws Exception {
    EventStep step = EventSteps.when(EventSteps.ofType("t", "u"), EventSteps.add("x", 1));

    assertThat(step.apply(Event.of("t", "v"))).hasToString(HEAD + ",\"x\":1}");
    assertThat(step.apply(Event.of("tt", "v"))).hasToString(Event.of("tt", "v").toString());
    assertThat(step.apply(Event.parse("{\"eventType\":\"\\u0075\",\"eventValue\":\"v\"}")))
        .hasToString("{\"eventType\":\"\\u0075\",\"eventValue\":\"v\",\"x\":1}");
  }

  @Test
  void everyEventKeepsItsTypeAndValue() {
    for (String name : List.of("eventType", "eventValue")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> EventSteps.remove("x", name))
          .withMessage("every event must have the member \"" + name + "\"; choose another one");
      assertThatIllegalArgumentException().isThrownBy(() -> EventSteps.rename(name, "x"));
      assertThatIllegalArgumentException().isThrownBy(() -> EventSteps.add(name, "x"));
    }
  }

  @Test
  void reportsPathsAndValuesThatAreNotPossible() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> EventSteps.remove("a..b"))
        .withMessageContaining("the path \"a..b\" has an empty name");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> EventSteps.add("x", Double.NaN))
        .withMessageContaining("cannot write $.x: JSON has no number NaN");
  }

  @Test
  void anEventThatBecomesTooLargeIsRejected() {
    EventStep step = EventSteps.add("x", "y".repeat(EventReader.MAX_EVENT_BYTES));

    assertThatThrownBy(() -> step.apply(Event.of("a", "b")))
        .isInstanceOfSatisfying(
            InvalidEventException.class, e -> assertThat(e.code()).isEqualTo(Rejection.TOO_LARGE));
  }

  @Test
  void readsMembersByPath() throws Exception {
    Event event =
        Event.parse(
            "{\"a\":{\"b\":\"x\\n\"},\"a.c\":[1, 2],\"eventType\":\"t\",\"eventValue\":\"v\","
                + "\"d\":null}");

    assertThat(event.member("a.b")).isEqualTo("x\n");
    assertThat(event.member("a.c")).isEqualTo("[1, 2]");
    assertThat(event.member("a")).isEqualTo("{\"b\":\"x\\n\"}");
    assertThat(event.member("d")).isEqualTo("null");
    assertThat(event.member("eventType")).isEqualTo("t");
    assertThat(event.member("a.b.c")).isNull();
    assertThat(event.member("e")).isNull();
  }

  /** Keeps what it gets. */
  private static final class KeepingSink implements EventSink {
    final List<String> documents = new ArrayList<>();

    @Override
    public CompletionStage<SinkResult> write(DocumentBatch batch) {
      for (int i = 0; i < batch.size(); i++) {
        documents.add(batch.get(i).destination() + " " + batch.get(i).eventType());
      }
      return CompletableFuture.completedFuture(SinkResult.all(batch.size(), ItemResult.WRITTEN));
    }

    @Override
    public void close() {}
  }

  @Test
  void aDroppedEventIsItsOwnOutcomeAndIsNotWritten() throws Exception {
    KeepingSink sink = new KeepingSink();
    byte[] all =
        Reading.utf8(
            "[{\"eventType\":\"a\",\"eventValue\":\"1\"},{\"eventType\":\"debug\",\"eventValue\":\"2\"},"
                + "{\"eventType\":\"b\",\"eventValue\":\"3\"},{bad}]");
    try (EventStream stream =
        EventStream.builder()
            .sink(sink)
            .steps(EventSteps.drop(EventSteps.ofType("debug")), EventSteps.add("x", 1))
            .build()) {
      List<Outcome> outcomes = stream.publishAll(EventReader.of(all)).join();

      assertThat(outcomes)
          .extracting(Outcome::kind)
          .containsExactly(
              Outcome.Kind.INDEXED,
              Outcome.Kind.DROPPED,
              Outcome.Kind.INDEXED,
              Outcome.Kind.REJECTED);
      assertThat(((Outcome.Dropped) outcomes.get(1)).byTransformer()).isTrue();
      assertThat(outcomes.get(1).accepted()).isFalse();
      assertThat(stream.publish(Event.of("debug", "x")).join())
          .isEqualTo(new Outcome.Dropped(null, null, null));
      assertThat(stream.state().inFlightBytes()).isZero();
    }
    assertThat(sink.documents).containsExactly("a a", "b b");
  }

  @Test
  void aTransformerThatForgetsItsDocumentDoesNotDropSilently() {
    KeepingSink sink = new KeepingSink();
    EventTransformer forgetful =
        (event, documents) -> {
          if (event.eventType().equals("fails")) {
            documents.drop();
            throw new IllegalStateException("after the drop");
          }
        };
    try (EventStream stream = EventStream.builder().sink(sink).transformer(forgetful).build()) {
      List<Outcome> outcomes =
          stream.publishAll(List.of(Event.of("fails", "x"), Event.of("a", "b"))).join();

      assertThat(outcomes).hasOnlyElementsOfType(Outcome.Rejected.class);
    }
  }

  @Test
  void routesEventsIntoTheIndexThatAFunctionNames() {
    KeepingSink sink = new KeepingSink();
    DefaultEventTransformer.Builder transformer =
        DefaultEventTransformer.builder()
            .index("events-{eventType}")
            .allowedEventTypes(Set.of("a", "b"))
            .route(event -> event.member("index"));
    try (EventStream stream =
        EventStream.builder().sink(sink).transformer(transformer.build()).build()) {
      assertThat(route(stream, "a", "web").accepted()).isTrue();
      assertThat(stream.publish(Event.of("b", "x")).join().accepted()).isTrue();
      assertThat(route(stream, "web", "a")).hasToString(notAllowed("web"));
      assertThat(stream.publish(Event.of("web", "x")).join()).hasToString(notAllowed("web"));
      assertThat(((Outcome.Rejected) route(stream, "a", "../x")).reason())
          .startsWith("the route \"../x\" must be 1 to");
    }
    assertThat(sink.documents).containsExactly("events-web a", "events-b b");
  }

  @Test
  void limitsTheNumberOfRoutes() {
    DefaultEventTransformer.Builder transformer =
        DefaultEventTransformer.builder().maxEventTypes(2).route(event -> event.member("index"));
    try (EventStream stream =
        EventStream.builder().sink(new KeepingSink()).transformer(transformer.build()).build()) {
      assertThat(route(stream, "a", "one").accepted()).isTrue();
      assertThat(route(stream, "a", "two").accepted()).isTrue();
      assertThat(((Outcome.Rejected) route(stream, "a", "three")).code())
          .isEqualTo(Rejection.TOO_MANY_EVENT_TYPES);
    }
  }

  private static Outcome route(EventStream stream, String type, String route) {
    return stream.publish(Event.of(type, "x", Map.of("index", route))).join();
  }

  private static String notAllowed(String type) {
    return new Outcome.Rejected(
            Rejection.EVENT_TYPE_NOT_ALLOWED,
            "eventType \"" + type + "\" is not one of the allowed event types",
            -1)
        .toString();
  }

  @Test
  void composedStepsAreClosedOnceAndReuseEventsOnlyIfAllAllowIt() {
    AtomicInteger closed = new AtomicInteger();
    EventStep closing =
        new EventStep() {
          @Override
          public Event apply(Event event) {
            return event;
          }

          @Override
          public void close() {
            closed.incrementAndGet();
          }
        };
    EventTransformer last = DefaultEventTransformer.builder().build();
    EventStep ready = EventSteps.remove("a").andThen(EventSteps.mask("b"));

    assertThat(ready.andThen(last).allowsEventReuse()).isTrue();
    EventTransformer all = ready.andThen(closing).andThen(closing).andThen(last);
    assertThat(all.allowsEventReuse()).isFalse();
    all.close();
    assertThat(closed).hasValue(2);
  }
}
