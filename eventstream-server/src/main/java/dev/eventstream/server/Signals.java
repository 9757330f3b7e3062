package dev.eventstream.server;

import java.lang.reflect.Proxy;
import java.util.function.IntConsumer;

/**
 * Hears what the process is told by the system. By reflection, as {@code sun.misc.Signal} is the
 * only way there is, and javac warns about its name.
 */
final class Signals {
  private Signals() {}

  /**
   * From now on a signal has this effect in place of the JVM's own; none when the JVM was started
   * to leave signals alone ({@code -Xrs}).
   *
   * @param name without SIG
   * @param action gets the signal's number, each time on a thread of its own
   */
  static void handle(String name, IntConsumer action) {
    try {
      Class<?> signals = Class.forName("sun.misc.Signal");
      Class<?> handlers = Class.forName("sun.misc.SignalHandler");
      Object handler =
          Proxy.newProxyInstance(
              Signals.class.getClassLoader(),
              new Class<?>[] {handlers},
              (self, method, arguments) -> {
                action.accept((int) signals.getMethod("getNumber").invoke(arguments[0]));
                return null;
              });
      Object signal = signals.getConstructor(String.class).newInstance(name);
      signals.getMethod("handle", signals, handlers).invoke(null, signal, handler);
    } catch (ReflectiveOperationException e) {
      // The JVM's own effect it is: that ends the process as well, only not at once.
    }
  }
}
