package dev.eventstream.server.http;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.server.AbstractConnector;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.eclipse.jetty.util.component.AbstractLifeCycle;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * Closes connections on which the header of a request is not complete within one to two idle
 * time-outs. Jetty's idle time-out alone does not do this, since each byte resets it.
 */
final class HeaderTimeout extends AbstractLifeCycle implements Connection.Listener {
  private static final long NONE = -1;

  private final AbstractConnector connector;

  /**
   * The number of requests on each connection when it was last seen without a running one, or none.
   */
  private final Map<Connection, Long> connections = new ConcurrentHashMap<>();

  private volatile Scheduler.Task next = () -> false;

  HeaderTimeout(AbstractConnector connector) {
    this.connector = connector;
  }

  @Override
  public void onOpened(Connection connection) {
    if (connection instanceof ConnectionMetaData) { // not lower layers, such as TLS
      connections.put(connection, NONE);
    }
  }

  @Override
  public void onClosed(Connection connection) {
    connections.remove(connection);
  }

  @Override
  protected void doStart() {
    next =
        connector
            .getScheduler()
            .schedule(this::look, connector.getIdleTimeout(), TimeUnit.MILLISECONDS);
  }

  @Override
  protected void doStop() {
    next.cancel();
  }

  private void look() {
    connections.replaceAll(
        (connection, before) -> {
          long requests = connection.getMessagesIn();
          if (requests != connection.getMessagesOut()) {
            return NONE;
          }
          if (requests == before) {
            connection.getEndPoint().close();
          }
          return requests;
        });
    if (isRunning()) {
      doStart();
    }
  }
}
