package dev.eventstream.server.doctor;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.management.UnixOperatingSystemMXBean;
import dev.eventstream.es.doctor.Finding;
import dev.eventstream.server.config.ServerSettings;
import dev.eventstream.tls.PemFiles;
import dev.eventstream.tls.ReloadingPem;
import dev.eventstream.tls.TlsFileException;
import dev.eventstream.tls.TlsSettings;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/** Examines the machine of a server: limits, certificates and ports. Not thread-safe. */
public final class MachineDoctor {
  private static final Duration PATIENCE = Duration.ofSeconds(3);
  private static final Duration EXPIRES_SOON = Duration.ofDays(21);
  private static final long FEW_FILES = 4096;
  private static final Comparator<X509Certificate> BY_END =
      Comparator.comparing(X509Certificate::getNotAfter);

  private final ServerSettings settings;
  private final List<Finding> findings = new ArrayList<>();

  private MachineDoctor(ServerSettings settings) {
    this.settings = settings;
  }

  /**
   * Examines the machine for a server with these settings, which may be running.
   *
   * @throws InterruptedException if the thread was interrupted
   */
  public static List<Finding> examine(ServerSettings settings) throws InterruptedException {
    MachineDoctor doctor = new MachineDoctor(settings);
    doctor.openFiles();
    doctor.certificates();
    doctor.ports();
    return List.copyOf(doctor.findings);
  }

  private void openFiles() {
    if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix) {
      long limit = unix.getMaxFileDescriptorCount();
      String message = "a process started here may open " + limit + " files and connections";
      findings.add(
          limit < FEW_FILES
              ? LocalCheck.OPEN_FILES.warning(
                  List.of(), message, "raise it (ulimit -n, LimitNOFILE) to at least " + FEW_FILES)
              : LocalCheck.OPEN_FILES.ok(List.of(), message));
    }
  }

  private void certificates() {
    ServerSettings.Tls tls = settings.listen().tls();
    // the first certificate of a chain that expires ends it; the last authority keeps the trust
    expiry("EVENTSTREAM_TLS_CERT", tls == null ? null : tls.certificate(), BY_END);
    expiry("EVENTSTREAM_CLUSTER_CERT", settings.cluster().trust().certificate(), BY_END);
    expiry("EVENTSTREAM_CLUSTER_CA", settings.cluster().trust().authorities(), BY_END.reversed());
  }

  private void expiry(String setting, @Nullable Path file, Comparator<X509Certificate> order) {
    if (file == null) {
      return;
    }
    List<String> subject = List.of(setting);
    String remedy = "renew it; the file is read again when it changes";
    try {
      Instant end =
          PemFiles.certificates(file).stream().min(order).orElseThrow().getNotAfter().toInstant();
      Instant now = Instant.now();
      if (end.isBefore(now)) {
        String message = setting + " (" + file + ") expired at " + end;
        findings.add(LocalCheck.CERTIFICATE.fault(subject, message, remedy));
      } else if (end.isBefore(now.plus(EXPIRES_SOON))) {
        String message = setting + " (" + file + ") expires at " + end;
        findings.add(LocalCheck.CERTIFICATE.warning(subject, message, remedy));
      } else {
        findings.add(LocalCheck.CERTIFICATE.ok(subject, setting + " is valid until " + end));
      }
    } catch (TlsFileException e) { // it has changed since the settings were checked
      findings.add(
          LocalCheck.CERTIFICATE.fault(
              subject, setting + ": " + e.getMessage(), "correct the file"));
    }
  }

  private void ports() throws InterruptedException {
    ServerSettings.Listen listen = settings.listen();
    port("EVENTSTREAM_PORT", listen.host(), listen.port(), listen.tls());
    if (listen.adminPort().isPresent()) {
      port("EVENTSTREAM_ADMIN_PORT", listen.adminHost(), listen.adminPort().getAsInt(), null);
    }
  }

  private void port(String setting, String host, int port, ServerSettings.@Nullable Tls tls)
      throws InterruptedException {
    if (port == 0) {
      return;
    }
    List<String> subject = List.of(setting);
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(host, port));
      findings.add(LocalCheck.PORT.ok(subject, setting + " " + port + " is free"));
    } catch (BindException e) {
      if (tls == null ? isServer(host, port) : isServer(host, port, tls)) {
        findings.add(
            LocalCheck.PORT.ok(
                subject, setting + " " + port + ": a server of eventstream answers"));
      } else {
        findings.add(
            LocalCheck.PORT.fault(
                subject,
                setting + " " + port + " cannot be used: " + e.getMessage(),
                "stop the program that uses it, or set another port; ports below 1024 need a"
                    + " privilege"));
      }
    } catch (IOException e) {
      findings.add(
          LocalCheck.PORT.fault(
              subject, setting + " " + port + ": " + e.getMessage(), "set another port or host"));
    }
  }

  private static InetSocketAddress local(String host, int port) {
    InetSocketAddress address = new InetSocketAddress(host, port);
    InetAddress ip = address.getAddress();
    return ip != null && ip.isAnyLocalAddress()
        ? new InetSocketAddress(InetAddress.getLoopbackAddress(), port)
        : address;
  }

  /** Whether it describes our API. */
  private static boolean isServer(String host, int port) throws InterruptedException {
    String name = local(host, port).getAddress().getHostAddress();
    String authority = (name.contains(":") ? "[" + name + "]" : name) + ":" + port;
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://" + authority + "/openapi.json"))
            .timeout(PATIENCE)
            .build();
    try {
      byte[] answer =
          HttpClient.newBuilder()
              .version(HttpClient.Version.HTTP_1_1)
              .connectTimeout(PATIENCE)
              .proxy(HttpClient.Builder.NO_PROXY)
              .build()
              .send(request, BodyHandlers.ofByteArray())
              .body();
      return JsonMapper.builder()
          .build()
          .readTree(answer)
          .at("/info/title")
          .asText("")
          .startsWith("eventstream");
    } catch (IOException e) {
      return false;
    }
  }

  /** Whether it presents our certificate. */
  private static boolean isServer(String host, int port, ServerSettings.Tls tls) {
    try (Socket connection = new Socket()) {
      connection.connect(local(host, port), (int) PATIENCE.toMillis());
      connection.setSoTimeout((int) PATIENCE.toMillis());
      SSLContext ours =
          new ReloadingPem<>(
                  new TlsSettings(tls.certificate(), null, null, false), context -> context)
              .current();
      try (SSLSocket socket =
          (SSLSocket) ours.getSocketFactory().createSocket(connection, host, port, true)) {
        socket.startHandshake();
        return true;
      }
    } catch (IOException | TlsFileException e) {
      return false;
    }
  }
}
