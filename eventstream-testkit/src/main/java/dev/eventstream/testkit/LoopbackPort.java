package dev.eventstream.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Free ports on 127.0.0.1.
 *
 * <p>They are below the range that operating systems use for outgoing connections. Otherwise a
 * client that keeps connecting while an engine is down could be assigned the engine's own port,
 * connect to itself, and prevent the engine from starting again.
 */
final class LoopbackPort {

  private static final int FIRST = 15_000;
  private static final int END = 32_000;

  /** Ports returned in this JVM, which an engine may not have bound yet. */
  private static final Set<Integer> GIVEN = ConcurrentHashMap.newKeySet();

  private LoopbackPort() {}

  /** Returns a port that is free and was not returned in this JVM before. */
  static int next() {
    for (int tries = 0; tries < 10_000; tries++) {
      int port = ThreadLocalRandom.current().nextInt(FIRST, END);
      if (GIVEN.add(port) && isFree(port)) {
        return port;
      }
    }
    throw new EngineStartException(
        "No free port on 127.0.0.1 from " + FIRST + " to " + (END - 1) + ": give one with port().");
  }

  /** Returns whether a server could listen on the port now. */
  static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true); // otherwise a recently closed port counts as taken
      socket.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port));
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
