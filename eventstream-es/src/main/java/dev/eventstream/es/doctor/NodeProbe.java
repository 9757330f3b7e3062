package dev.eventstream.es.doctor;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.eventstream.es.bulk.FailureTable;
import dev.eventstream.es.bulk.RequestError;
import dev.eventstream.es.connect.Answer;
import dev.eventstream.es.connect.Cluster;
import dev.eventstream.es.connect.ClusterUrls;
import dev.eventstream.es.connect.ConnectionSettings;
import dev.eventstream.es.connect.TlsFailure;
import dev.eventstream.es.connect.UnusableCredentialsException;
import dev.eventstream.internal.CredentialMask;
import dev.eventstream.tls.TlsSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.apache.hc.core5.http.HttpHost;
import org.opensearch.client.opensearch.generic.Requests;
import org.opensearch.client.transport.httpclient5.ResponseException;

/** Examines one node: its name, a connection, TLS, and whether it answers. */
final class NodeProbe implements Callable<NodeProbe.Result> {
  private static final int PATIENCE_MILLIS = 3_000;
  private static final Duration EXPIRES_SOON = Duration.ofDays(21);

  private final ConnectionSettings settings;
  private final URI node;
  private final String shown;
  private final List<String> subject;
  private final HttpHost host;
  private final Duration limit;
  private final List<Finding> findings = new ArrayList<>();

  /**
   * What was found.
   *
   * @param answers whether the node accepts requests
   */
  record Result(boolean answers, List<Finding> findings) {}

  /**
   * A probe of one of the nodes.
   *
   * @param limit how long the answer may take
   */
  NodeProbe(ConnectionSettings settings, URI node, Duration limit) {
    this.settings = settings;
    this.node = node;
    this.shown = CredentialMask.withoutLogin(node.toString());
    this.subject = List.of(shown);
    this.host = ClusterUrls.host(node);
    this.limit = limit;
  }

  @Override
  public Result call() throws InterruptedException {
    return new Result(isReached() && answers(), List.copyOf(findings));
  }

  /** The result for a probe that did not end in time. */
  Result timedOut() {
    return new Result(
        false,
        List.of(
            ClusterCheck.NODE_CONNECTION.fault(
                subject,
                shown + ": no result within " + limit.toSeconds() + " s",
                "check the name server and the network between")));
  }

  /** Only the proxy can tell what is behind it. */
  private boolean isReached() {
    return settings.proxy() != null || (usesTls() ? speaksTls() : isConnected());
  }

  private boolean usesTls() {
    return node.getScheme().equalsIgnoreCase("https");
  }

  private boolean isConnected() {
    try (Socket socket = connect()) {
      return true;
    } catch (IOException e) {
      notConnected(e);
      return false;
    }
  }

  private void notConnected(IOException e) {
    if (e instanceof UnknownHostException) {
      findings.add(
          ClusterCheck.NODE_NAME.fault(
              subject,
              shown + ": the host " + host.getHostName() + " is not known",
              "correct the name in the URL, or the name server"));
    } else {
      findings.add(
          ClusterCheck.NODE_CONNECTION.fault(
              subject,
              shown + ": " + e.getMessage(),
              "start this node, or take it out of the URLs; check the port, and firewalls between"));
    }
  }

  /** Connects to the first of its addresses that accepts. */
  private Socket connect() throws IOException {
    IOException failure = null;
    for (InetAddress address : InetAddress.getAllByName(host.getHostName())) {
      Socket socket = new Socket();
      try {
        socket.connect(new InetSocketAddress(address, host.getPort()), PATIENCE_MILLIS);
        socket.setSoTimeout(PATIENCE_MILLIS);
        return socket;
      } catch (IOException e) {
        socket.close();
        failure = e;
      }
    }
    throw failure == null ? new UnknownHostException(host.getHostName()) : failure;
  }

  private boolean speaksTls() {
    List<X509Certificate> chain;
    try (Socket socket = connect()) {
      chain = PresentedCertificates.of(socket, host.getHostName(), host.getPort());
    } catch (SSLException | SocketTimeoutException e) {
      if (!speaksPlainHttp()) {
        return true; // the request fails, too, and tells why
      }
      findings.add(
          ClusterCheck.NODE_SCHEME.fault(
              subject,
              shown + ": this port speaks HTTP without TLS",
              "write http:// in the URL, or turn TLS on in the cluster"));
      return false;
    } catch (IOException e) {
      notConnected(e);
      return false;
    }
    chain.stream().min(Comparator.comparing(X509Certificate::getNotAfter)).ifPresent(this::expiry);
    return true;
  }

  private void expiry(X509Certificate first) {
    Instant end = first.getNotAfter().toInstant();
    String name = shown + ": the certificate of " + first.getSubjectX500Principal();
    Instant now = Instant.now();
    if (end.isBefore(now)) {
      findings.add(
          ClusterCheck.NODE_CERTIFICATE.fault(
              subject, name + " expired at " + end, "renew it on the node"));
    } else if (end.isBefore(now.plus(EXPIRES_SOON))) {
      findings.add(
          ClusterCheck.NODE_CERTIFICATE.warning(
              subject, name + " expires at " + end, "renew it on the node in time"));
    } else {
      findings.add(ClusterCheck.NODE_CERTIFICATE.ok(subject, name + " is valid until " + end));
    }
  }

  /** A proxy that speaks TLS only answers 400 to a request without it. */
  private boolean speaksPlainHttp() {
    try (Socket socket = connect()) {
      String request =
          "GET / HTTP/1.1\r\nHost: " + host.toHostString() + "\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(ISO_8859_1));
      byte[] answer = socket.getInputStream().readNBytes("HTTP/1.1 200".length());
      String status = new String(answer, ISO_8859_1);
      return status.startsWith("HTTP/") && !status.endsWith(" 400");
    } catch (IOException e) {
      return false;
    }
  }

  private boolean needsTls() {
    try (Socket socket = connect()) {
      return !PresentedCertificates.of(socket, host.getHostName(), host.getPort()).isEmpty();
    } catch (IOException e) {
      return false;
    }
  }

  private boolean answers() throws InterruptedException {
    try (Cluster cluster = new Cluster(settingsOfNode())) {
      CompletableFuture<Answer> answer =
          cluster.execute(Requests.builder().method("GET").endpoint("/").build());
      Answer got = answer.get(2 * limit.toMillis(), TimeUnit.MILLISECONDS); // if it is very slow
      return got.status() < 300 ? answered() : refused(got.status(), RequestError.of(got));
    } catch (TimeoutException e) {
      return silent();
    } catch (ExecutionException e) {
      ResponseException answer = Cluster.answer(e);
      return answer == null ? failed(e) : refused(answer.status(), RequestError.of(answer));
    }
  }

  private boolean silent() {
    findings.add(
        ClusterCheck.NODE_ANSWER.fault(
            subject,
            shown + ": no answer within " + requestTimeout().toSeconds() + " s",
            "see the log of this node; restart it if it hangs"));
    return false;
  }

  private Duration requestTimeout() {
    Duration usual = settings.requestTimeout();
    return usual.compareTo(limit) < 0 ? usual : limit;
  }

  private ConnectionSettings settingsOfNode() {
    return new ConnectionSettings(
        new ClusterUrls(List.of(node)),
        settings.login(),
        usesTls() ? settings.tls() : new TlsSettings(null, null, null, true),
        usesTls() ? settings.sslContext() : null,
        settings.proxy(),
        settings.proxyLogin(),
        settings.headers(),
        settings.connectTimeout(),
        requestTimeout(),
        Duration.ZERO);
  }

  private boolean answered() {
    findings.add(ClusterCheck.NODE_ANSWER.ok(subject, shown + " answers"));
    return true;
  }

  private boolean refused(int status, RequestError error) {
    if (status == 403 && !error.type().equals("cluster_block_exception")) {
      findings.add( // writing does not need this privilege
          ClusterCheck.NODE_ANSWER.ok(
              subject, shown + " answers; the credentials may not read its version"));
      return true;
    }
    if (isWrongScheme()) {
      return false;
    }
    String detail = error.type().isEmpty() ? "" : ": " + error;
    ClusterCheck check =
        status == 401 || status == 407 ? ClusterCheck.CREDENTIALS : ClusterCheck.NODE_ANSWER;
    findings.add(
        check.fault(
            subject,
            shown + " answers " + status + detail,
            FailureTable.remedy(status, error.type(), error.reason())));
    return false;
  }

  private boolean failed(ExecutionException e) {
    if (isWrongScheme()) {
      return false;
    }
    Throwable cause = e;
    while (cause instanceof ExecutionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    String remedy = TlsFailure.remedy(e);
    if (cause instanceof UnusableCredentialsException) {
      findings.add(
          ClusterCheck.CREDENTIALS.fault(
              subject, String.valueOf(cause.getMessage()), "correct the file of the secret"));
    } else if (cause instanceof SSLException || remedy != null) {
      findings.add(
          ClusterCheck.NODE_TLS.fault(
              subject,
              shown + ": the TLS handshake fails: " + cause.getMessage(),
              remedy == null ? "compare the TLS settings of both sides" : remedy));
    } else if (cause instanceof SocketTimeoutException) {
      return silent();
    } else {
      findings.add(
          ClusterCheck.NODE_ANSWER.fault(
              subject, shown + ": " + cause, "see the log of this node"));
    }
    return false;
  }

  private boolean isWrongScheme() {
    if (usesTls() || settings.proxy() != null || !needsTls()) {
      return false;
    }
    findings.add(
        ClusterCheck.NODE_SCHEME.fault(
            subject, shown + ": this port speaks TLS only", "write https:// in the URL"));
    return true;
  }
}
