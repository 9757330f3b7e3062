package dev.eventstream.server.doctor;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.eventstream.es.doctor.Finding;
import dev.eventstream.internal.CredentialMask;
import dev.eventstream.server.config.ServerSettings;
import dev.eventstream.spool.SpoolInspection;
import dev.eventstream.tls.PemFiles;
import dev.eventstream.tls.TlsFileException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Examines the machine of a server: its disk, ports, certificates, and the spool. Writes one small
 * file into the directory of the spool, to measure the disk, and deletes it. Not thread-safe.
 */
public final class MachineDoctor {
  private static final int CONNECT_MILLIS = 3_000;
  private static final int SYNCS = 25;
  private static final int SYNC_BYTES = 4096;

  /** Each answer that is durable waits for an fsync. */
  private static final Duration SLOW_SYNC = Duration.ofMillis(20);

  private static final Duration EXPIRES_SOON = Duration.ofDays(21);
  private static final long FEW_FILES = 4096;

  private final ServerSettings settings;
  private final List<Finding> findings = new ArrayList<>();

  private MachineDoctor(ServerSettings settings) {
    this.settings = settings;
  }

  /** Examines the machine for a server with these settings, which may be running. */
  public static List<Finding> examine(ServerSettings settings) {
    MachineDoctor doctor = new MachineDoctor(settings);
    doctor.nodes();
    doctor.spool();
    doctor.certificates();
    doctor.openFiles();
    doctor.ports();
    return List.copyOf(doctor.findings);
  }

  private void nodes() {
    for (String url : settings.cluster().urls()) {
      URI node = URI.create(url);
      int port = node.getPort() >= 0 ? node.getPort() : node.getScheme().equals("https") ? 443 : 80;
      String shown = CredentialMask.urls(url);
      if (settings.cluster().proxy() != null) {
        findings.add(Finding.unknown("node", shown + " is reached through a proxy"));
        continue;
      }
      InetSocketAddress address = new InetSocketAddress(node.getHost(), port);
      if (address.isUnresolved()) {
        findings.add(
            Finding.fault(
                "node",
                shown + ": the host is not known",
                "correct ELASTICSEARCH_URL, or the DNS"));
        continue;
      }
      try (Socket socket = new Socket()) {
        socket.connect(address, CONNECT_MILLIS);
        findings.add(Finding.ok("node", shown + " takes connections"));
      } catch (IOException e) {
        findings.add(
            Finding.fault(
                "node",
                shown + ": " + e.getMessage(),
                "start this node, or take it out of ELASTICSEARCH_URL; check firewalls between"));
      }
    }
  }

  private void spool() {
    Path root = settings.delivery().spoolDirectory();
    if (!Files.isDirectory(root)) {
      findings.add(
          Finding.unknown(
              "spool", root + " does not exist yet; the server creates it at its start"));
      return;
    }
    try {
      inspect(SpoolInspection.of(root));
      space(root);
      sync(root);
    } catch (IOException e) {
      findings.add(
          Finding.fault(
              "spool",
              root + " cannot be used: " + e,
              "make it a directory that the user of the server can read and write"));
    }
  }

  private void inspect(List<SpoolInspection> replicas) {
    long waiting = 0;
    long letters = 0;
    List<String> damaged = new ArrayList<>();
    List<String> orphaned = new ArrayList<>();
    for (SpoolInspection replica : replicas) {
      waiting += replica.documents();
      letters += replica.deadLetters();
      replica.unreadable().forEach(file -> damaged.add(file.toString()));
      replica.damaged().forEach(file -> damaged.add(file.toString()));
      if (!replica.owned() && replica.documents() > 0) {
        orphaned.add(String.valueOf(replica.directory().getFileName()));
      }
    }
    if (!damaged.isEmpty()) {
      findings.add(
          Finding.fault(
              "damaged-files",
              "cannot be read, or not completely: " + String.join(", ", damaged),
              "keep copies of these files; everything readable around them is delivered. See"
                  + " \"spool verify\""));
    }
    if (!orphaned.isEmpty()) {
      findings.add(
          Finding.warning(
              "orphaned-spool",
              "documents wait in directories that no process owns: " + String.join(", ", orphaned),
              "start a server with this EVENTSTREAM_SPOOL_DIR; it takes them over"));
    }
    findings.add(
        waiting == 0
            ? Finding.ok("backlog", "no documents wait in the spool")
            : Finding.warning(
                "backlog",
                waiting + " documents wait in the spool",
                "they leave it when the cluster accepts them; \"top\" shows the progress"));
    findings.add(
        letters == 0
            ? Finding.ok("dead-letters", "there are no dead letters")
            : Finding.warning(
                "dead-letters",
                "there are " + letters + " dead letters",
                "see \"dead-letters ls\"; correct the cause, then \"dead-letters redrive\""));
  }

  private void space(Path root) throws IOException {
    long free = Files.getFileStore(root).getUsableSpace();
    long kept = settings.delivery().spoolMinFreeBytes();
    long spool = settings.delivery().spoolMaxBytes();
    String message = String.format(Locale.ROOT, "%,d MiB are free in %s", free >> 20, root);
    if (free < kept) {
      findings.add(
          Finding.fault(
              "free-space",
              message + ", less than EVENTSTREAM_SPOOL_MIN_FREE_BYTES: nothing can be spooled",
              "free space, or lower the setting"));
    } else if (free < kept + spool) {
      findings.add(
          Finding.warning(
              "free-space",
              message + ", less than the spool may take (EVENTSTREAM_SPOOL_MAX_BYTES)",
              "free space, or lower the setting, so that alerts tell the truth"));
    } else {
      findings.add(Finding.ok("free-space", message));
    }
  }

  private void sync(Path root) throws IOException {
    Path file = Files.createTempFile(root, "doctor", ".tmp");
    long[] nanos = new long[SYNCS];
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      for (int i = 0; i < SYNCS; i++) {
        long began = System.nanoTime();
        channel.write(ByteBuffer.allocate(SYNC_BYTES));
        channel.force(false);
        nanos[i] = System.nanoTime() - began;
      }
    } finally {
      Files.delete(file);
    }
    Arrays.sort(nanos);
    Duration median = Duration.ofNanos(nanos[SYNCS / 2]);
    String message =
        String.format(
            Locale.ROOT,
            "an fsync of %s takes %.1f ms, at most %.1f ms of %d",
            root,
            nanos[SYNCS / 2] / 1e6,
            nanos[SYNCS - 1] / 1e6,
            SYNCS);
    findings.add(
        median.compareTo(SLOW_SYNC) > 0
            ? Finding.warning(
                "fsync",
                message,
                "use a local disk, not a network one: each answer that is durable waits for an fsync")
            : Finding.ok("fsync", message));
  }

  private void certificates() {
    ServerSettings.Tls tls = settings.listen().tls();
    expiry("EVENTSTREAM_TLS_CERT", tls == null ? null : tls.certificate());
    expiry("EVENTSTREAM_CLUSTER_CERT", settings.cluster().trust().certificate());
    expiry("EVENTSTREAM_CLUSTER_CA", settings.cluster().trust().authorities());
  }

  private void expiry(String setting, @Nullable Path file) {
    if (file == null) {
      return;
    }
    try {
      for (X509Certificate certificate : PemFiles.certificates(file)) {
        Instant end = certificate.getNotAfter().toInstant();
        Instant now = Instant.now();
        String message = setting + " is valid until " + end;
        if (end.isBefore(now)) {
          findings.add(
              Finding.fault("certificate", message, "renew it; it is read again when it changes"));
        } else if (end.isBefore(now.plus(EXPIRES_SOON))) {
          findings.add(
              Finding.warning(
                  "certificate", message, "renew it; it is read again when it changes"));
        } else {
          findings.add(Finding.ok("certificate", message));
        }
      }
    } catch (TlsFileException e) {
      findings.add(
          Finding.fault("certificate", setting + ": " + e.getMessage(), "correct the file"));
    }
  }

  private void openFiles() {
    if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix) {
      long limit = unix.getMaxFileDescriptorCount();
      findings.add(
          limit < FEW_FILES
              ? Finding.warning(
                  "open-files",
                  "a process may open " + limit + " files and connections",
                  "raise it (ulimit -n, LimitNOFILE) to at least " + FEW_FILES)
              : Finding.ok("open-files", "a process may open " + limit + " files and connections"));
    }
  }

  private void ports() {
    ServerSettings.Listen listen = settings.listen();
    port("EVENTSTREAM_PORT", listen.host(), listen.port());
    if (listen.adminPort().isPresent()) {
      port("EVENTSTREAM_ADMIN_PORT", listen.adminHost(), listen.adminPort().getAsInt());
    }
  }

  private void port(String setting, String host, int port) {
    if (port == 0) {
      return;
    }
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(host, port));
      findings.add(Finding.ok("port", setting + " " + port + " is free"));
    } catch (IOException e) {
      findings.add(
          Finding.unknown(
              "port",
              setting
                  + " "
                  + port
                  + " is in use: by a server that runs, or another program ("
                  + e.getMessage()
                  + ")"));
    }
  }
}
