package dev.eventstream.server.http;

import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.server.AbstractConnector;
import org.eclipse.jetty.server.NetworkConnectionLimit;

/**
 * Bounds how many connections are open. At the bound no more are accepted, and those that are
 * silent end soon, also when there is room again. (Jetty's own limit forgets those that are being
 * opened, and is patient with all again as soon as the first one is gone; its shutdown forgets
 * them, too.)
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
