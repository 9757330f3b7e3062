package dev.eventstream.es;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** An HTTP proxy that supports CONNECT only and may require credentials. */
final class TunnelProxy implements AutoCloseable {
  /** The heads of the requests. */
  final List<String> heads = new CopyOnWriteArrayList<>();

  private final ServerSocket listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final String wanted;

  /**
   * Starts the proxy.
   *
   * @param wanted the required value of {@code Proxy-Authorization}; empty for none
   */
  TunnelProxy(String wanted) throws IOException {
    this.wanted = wanted;
    threads.execute(this::accept);
  }

  int port() {
    return listening.getLocalPort();
  }

  private void accept() {
    try {
      while (true) {
        Socket client = listening.accept();
        sockets.add(client);
        threads.execute(() -> serve(client));
      }
    } catch (IOException e) {
      return; // closed
    }
  }

  private void serve(Socket client) {
    try (client) {
      while (true) {
        String head = head(client.getInputStream());
        heads.add(head);
        OutputStream answer = client.getOutputStream();
        if (!wanted.isEmpty() && !head.contains("\r\nProxy-Authorization: " + wanted + "\r\n")) {
          String refusal =
              String.join(
                  "\r\n",
                  "HTTP/1.1 407 Who are you?",
                  "Proxy-Authenticate: Basic realm=\"p\"",
                  "Content-Length: 0",
                  "",
                  "");
          answer.write(refusal.getBytes(ISO_8859_1));
          continue;
        }
        String port = head.substring(head.indexOf(':') + 1, head.indexOf(" HTTP/"));
        try (Socket target = new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(port))) {
          sockets.add(target);
          answer.write("HTTP/1.1 200 Connected\r\n\r\n".getBytes(ISO_8859_1));
          threads.execute(() -> copy(target, client));
          copy(client, target);
        }
        return;
      }
    } catch (IOException e) {
      return; // one side closed the connection
    }
  }

  private static String head(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int b = in.read();
      if (b < 0) {
        throw new IOException("closed");
      }
      head.append((char) b);
    }
    return head.toString();
  }

  private static void copy(Socket from, Socket to) {
    try {
      from.getInputStream().transferTo(to.getOutputStream());
      to.shutdownOutput();
    } catch (IOException e) {
      return; // one side closed the connection
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
    for (Socket socket : sockets) {
      socket.close();
    }
    threads.shutdownNow();
  }
}
