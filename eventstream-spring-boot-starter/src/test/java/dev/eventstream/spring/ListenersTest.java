package dev.eventstream.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.eventstream.observe.BulkAttempt;
import dev.eventstream.observe.StreamListener;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ListenersTest {

  /** Remembers the origins that it gets. */
  private static final class Origins implements StreamListener {
    private final Object own;
    private final List<Object> got = new ArrayList<>();

    Origins(Object own) {
      this.own = own;
    }

    @Override
    public Object publishing() {
      return own;
    }

    @Override
    public void attempted(BulkAttempt attempt) {
      got.addAll(attempt.origins());
    }

    @Override
    public void spooled(int documents, long bytes, long nanos, Object origin) {
      got.add(origin);
    }
  }

  private static BulkAttempt attempt(Object origin) {
    return new BulkAttempt(1, 1, 0, false, BulkAttempt.Result.WRITTEN, 1, List.of(origin));
  }

  @Test
  void eachGetsTheOriginsThatItReturnedItself() {
    Origins first = new Origins("first");
    Origins none = new Origins(null);
    Origins last = new Origins("last");
    StreamListener all = Listeners.of(List.of(first, none, last));
    Object origin = all.publishing();

    all.attempted(attempt(origin));
    all.spooled(1, 1, 1, origin);

    assertThat(first.got).containsExactly("first", "first");
    assertThat(none.got).containsExactly((Object) null);
    assertThat(last.got).containsExactly("last", "last");
  }

  @Test
  void oneThatFailsDoesNotKeepOthersFromKnowing() {
    List<Integer> replayed = new ArrayList<>();
    StreamListener failing =
        new StreamListener() {
          @Override
          public void replayed(int documents) {
            throw new IllegalStateException("on purpose");
          }
        };
    StreamListener listening =
        new StreamListener() {
          @Override
          public void replayed(int documents) {
            replayed.add(documents);
          }
        };

    assertThatThrownBy(() -> Listeners.of(List.of(failing, listening)).replayed(3))
        .hasMessage("on purpose");
    assertThat(replayed).containsExactly(3);
  }

  /** A default method that is not overridden would swallow a notification, or a resource. */
  @ParameterizedTest
  @ValueSource(
      classes = {
        Listeners.class,
        BeanParts.Sink.class,
        BeanParts.DiskSpool.class,
        BeanParts.Transformer.class,
        BeanParts.Resolver.class
      })
  void everyMethodIsPassedOn(Class<?> delegate) {
    assertThat(delegate.getInterfaces()).hasSize(1);
    for (Method method : delegate.getInterfaces()[0].getMethods()) {
      if (!Modifier.isStatic(method.getModifiers()) && !isComposition(method)) {
        assertThat(delegate)
            .as(method.toString())
            .satisfies(
                type ->
                    assertThat(type.getMethod(method.getName(), method.getParameterTypes()))
                        .extracting(Method::getDeclaringClass)
                        .isEqualTo(delegate));
      }
    }
  }

  /** A method that makes another part of this one, which is called on the bean itself. */
  private static boolean isComposition(Method method) {
    return method.getReturnType() == method.getDeclaringClass();
  }
}
