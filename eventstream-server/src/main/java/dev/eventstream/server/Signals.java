package dev.eventstream.server;

import java.lang.reflect.Proxy;
import java.util.function.IntConsumer;

/**
 * Handles signals of the operating system. Uses reflection, because {@code sun.misc.Signal} is the
 * only API, and javac warns about its name.
 */
final class Signals {
  private Signals() {}

  /**
   * Replaces the JVM's handling of a signal. Has no effect if the JVM runs with {@code -Xrs}.
   *
   * @param name without the prefix SIG
   * @param action gets the signal's number, on a new thread each time
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
      // The JVM's own handling remains: it also ends the process, but ignores a second signal.
    }
  }
}
