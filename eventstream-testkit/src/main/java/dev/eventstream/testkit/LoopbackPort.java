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
 * <p>They lie below the range from which operating systems take ports for outgoing connections.
 * Else a client that keeps connecting while an engine is down could be given the engine's own port,
 * connect to itself, and keep the engine from starting again.
 */
final class LoopbackPort {

  private static final int FIRST = 15_000;
  private static final int END = 32_000;

  /** Ports given out in this JVM, which an engine may not have bound yet. */
  private static final Set<Integer> GIVEN = ConcurrentHashMap.newKeySet();

  private LoopbackPort() {}

  /** A port that is free now and that this JVM has not been given before. */
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

  /** Whether a server could listen at the port now. */
  static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true); // engines do too; else a port just closed counts as taken
      socket.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port));
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
