package dev.eventstream.server.http;

import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.server.AbstractConnector;
import org.eclipse.jetty.server.NetworkConnectionLimit;

/**
 * Bounds the number of open connections. At the limit, no more are accepted, and idle ones are
 * closed after a short time-out, also after the number has dropped below the limit again. Jetty's
 * own limit does not cover connections that are being opened, and restores the usual time-out for
 * all as soon as one is closed; Jetty's shutdown does not cover them either.
 */
final class Connections extends NetworkConnectionLimit implements Connection.Listener {
  private final AbstractConnector connector;
  private volatile boolean crowded;

  Connections(int limit, AbstractConnector connector) {
    super(limit, connector);
    this.connector = connector;
    setEndPointIdleTimeout(HttpLimits.CROWDED_IDLE_TIMEOUT.toMillis());
  }

  @Override
  protected void limit() {
    crowded = true;
    super.limit();
  }

  @Override
  protected void unlimit() {
    crowded = false;
    connector.setAccepting(true);
  }

  @Override
  public void onOpened(Connection connection) {
    if (crowded) {
      connection.getEndPoint().setIdleTimeout(getEndPointIdleTimeout());
    }
    if (connector.isShutdown()) {
      connection.getEndPoint().setIdleTimeout(connector.getShutdownIdleTimeout());
    }
  }
}
