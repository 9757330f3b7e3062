package dev.eventstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.eventstream.spi.Rejection;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class EventTypesTest {
  private static void assertRejected(EventTypes types, String type, Rejection code) {
    assertThatThrownBy(() -> types.check(type))
        .isInstanceOfSatisfying(
            InvalidEventException.class,
            e -> {
              assertThat(e.code()).isEqualTo(code);
              assertThat(e.reason()).hasSizeLessThan(400).doesNotContainPattern("\\p{Cntrl}");
            });
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "0", "click", "page-view_2", "a-", "a_", "0-0"})
  void acceptsTypesThatCanBeIndexNames(String type) {
    assertThatCode(() -> new EventTypes(Set.of(), 1).check(type)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "../../x",
        ".kibana",
        ".",
        "..",
        "-a",
        "_a",
        "_all",
        "+a",
        "A",
        "clickA",
        "a*",
        "*",
        "a,b",
        "a b",
        "a/b",
        "a\\b",
        "a:b",
        "a#b",
        "a?b",
        "a|b",
        "a\"b",
        "a<b>",
        "a.b",
        "a+b",
        "a%2fb",
        "a\n",
        "a\u0000",
        "\u00e9",
        "\u0430",
        "\uff41",
        "\u0131",
        "\u212a",
        "\ud83d\ude00",
        "a\u0301",
        "\u0661",
        "a\u2028b"
      })
  void rejectsTypesThatCannotBeIndexNames(String type) {
    assertRejected(new EventTypes(Set.of(), 1), type, Rejection.INVALID_EVENT_TYPE);
  }

  @Test
  void acceptsUpTo100Characters() {
    EventTypes types = new EventTypes(Set.of(), 10);

    assertThatCode(() -> types.check("x".repeat(100))).doesNotThrowAnyException();
    assertRejected(types, "x".repeat(101), Rejection.INVALID_EVENT_TYPE);
    assertRejected(types, "\ud83d\ude00".repeat(500_000), Rejection.INVALID_EVENT_TYPE);
  }

  @Test
  void acceptsOnlyAllowedTypesInAnyNumber() {
    Set<String> allowed = new HashSet<>();
    IntStream.range(0, 50).forEach(i -> allowed.add("type-" + i));
    EventTypes types = new EventTypes(allowed, 1);

    for (String type : allowed) {
      assertThatCode(() -> types.check(type)).doesNotThrowAnyException();
    }
    assertRejected(types, "other", Rejection.EVENT_TYPE_NOT_ALLOWED);
    assertRejected(types, "A", Rejection.INVALID_EVENT_TYPE);
  }

  @Test
  void rejectsAnAllowListWithInvalidTypes() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new EventTypes(Set.of("Click"), 1))
        .withMessage(
            "the allowed event type \"Click\" cannot be used: it must be 1 to 100 characters of a-z,"
                + " 0-9, \"-\" and \"_\", and start with a letter or digit, because it becomes an"
                + " index name");
  }

  @Test
  void acceptsTypesUpToTheLimitAndKeepsAcceptingThem() throws Exception {
    EventTypes types = new EventTypes(Set.of(), EventTypes.DEFAULT_MAX_TYPES);
    for (int i = 0; i < 1_000; i++) {
      types.check("type-" + i);
    }

    assertRejected(types, "one-more", Rejection.TOO_MANY_EVENT_TYPES);
    assertRejected(types, "one-more", Rejection.TOO_MANY_EVENT_TYPES);
    assertThatCode(() -> types.check("type-0")).doesNotThrowAnyException();
    assertThatCode(() -> types.check("type-999")).doesNotThrowAnyException();
  }

  @Test
  void doesNotCountInvalidTypes() throws Exception {
    EventTypes types = new EventTypes(Set.of(), 1);
    for (int i = 0; i < 10; i++) {
      assertRejected(types, "NOT-" + i, Rejection.INVALID_EVENT_TYPE);
    }

    assertThatCode(() -> types.check("one")).doesNotThrowAnyException();
  }

  @Test
  void enforcesTheLimitForConcurrentThreads() throws Exception {
    int threads = 8;
    EventTypes types = new EventTypes(Set.of(), 1_000);
    Set<String> taken = ConcurrentHashMap.newKeySet();
    CyclicBarrier start = new CyclicBarrier(threads);
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      List<Future<?>> done = new ArrayList<>();
      for (int thread = 0; thread < threads; thread++) {
        int first = thread * 150;
        done.add(
            pool.submit(
                () -> {
                  start.await();
                  for (int i = first; i < first + 400; i++) { // 1,450 types, most of them shared
                    try {
                      types.check("type-" + i);
                      taken.add("type-" + i);
                    } catch (InvalidEventException e) {
                      assertThat(e.code()).isEqualTo(Rejection.TOO_MANY_EVENT_TYPES);
                    }
                  }
                  return null;
                }));
      }
      for (Future<?> thread : done) {
        thread.get();
      }
    } finally {
      pool.shutdownNow();
    }

    assertThat(taken).hasSize(1_000);
  }
}
