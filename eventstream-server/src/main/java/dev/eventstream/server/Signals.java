package dev.eventstream.server;

import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Handles signals of the operating system. Uses reflection, because {@code sun.misc.Signal} is the
 * only API, and javac warns about its name.
 */
public final class Signals {
  private static final Logger LOG = LoggerFactory.getLogger(Signals.class);

  private Signals() {}

  /**
   * Closes the server on SIGTERM and SIGINT, and then ends the process with exit code 0, where the
   * JVM itself would report the signal. A second signal ends the process immediately, with 128 plus
   * the signal's number: accepted events are durable at any time.
   *
   * @param closeables are closed in this order
   */
  public static void closeOnExit(AutoCloseable... closeables) {
    Thread hook =
        new Thread(
            () -> {
              int status = 0;
              for (AutoCloseable closeable : closeables) {
                try {
                  closeable.close();
                } catch (Exception e) {
                  LOG.error("Stopping failed", e);
                  status = 1;
                }
              }
              Runtime.getRuntime().halt(status);
            },
            "eventstream-shutdown");
    Runtime.getRuntime().addShutdownHook(hook);
    AtomicBoolean stopping = new AtomicBoolean();
    for (String signal : List.of("TERM", "INT")) {
      handle(
          signal,
          number -> {
            if (stopping.getAndSet(true)) {
              Runtime.getRuntime().halt(128 + number);
            }
            System.exit(0);
          });
    }
  }

  /**
   * Replaces the JVM's handling of a signal. Has no effect if the JVM runs with {@code -Xrs}.
   *
   * @param name without the prefix SIG
   * @param action gets the signal's number, on a new thread each time
   */
  public static void handle(String name, IntConsumer action) {
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
