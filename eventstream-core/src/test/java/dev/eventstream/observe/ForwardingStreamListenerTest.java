package dev.eventstream.observe;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class ForwardingStreamListenerTest {

  static Stream<Method> notifications() {
    return Arrays.stream(StreamListener.class.getMethods());
  }

  @ParameterizedTest
  @MethodSource("notifications")
  void forwardsEveryNotificationWithItsValuesAndTheAnswer(Method notification) throws Exception {
    Object answer = notification.getReturnType() == void.class ? null : "answer";
    List<Object> received = new ArrayList<>();
    StreamListener next =
        (StreamListener)
            Proxy.newProxyInstance(
                StreamListener.class.getClassLoader(),
                new Class<?>[] {StreamListener.class},
                (proxy, method, values) -> {
                  received.add(method);
                  received.addAll(values == null ? List.of() : Arrays.asList(values));
                  return answer;
                });
    Object[] values = valuesFor(notification);

    Object answered = notification.invoke(new ForwardingStreamListener(next) {}, values);

    List<Object> expected = new ArrayList<>(List.of(notification));
    expected.addAll(Arrays.asList(values));
    assertThat(received).isEqualTo(expected);
    assertThat(answered).isEqualTo(answer);
  }

  /** Different numbers, so that two that are exchanged are noticed. */
  private static Object[] valuesFor(Method notification) {
    Class<?>[] types = notification.getParameterTypes();
    Object[] values = new Object[types.length];
    for (int i = 0; i < types.length; i++) {
      values[i] =
          types[i] == int.class
              ? (Object) (i + 1)
              : types[i] == long.class
                  ? (Object) (i + 1L)
                  : types[i] == String.class ? "text" : null;
    }
    return values;
  }
}
