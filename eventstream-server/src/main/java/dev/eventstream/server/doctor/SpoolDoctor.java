package dev.eventstream.server.doctor;

import dev.eventstream.es.doctor.Finding;
import dev.eventstream.server.config.ServerSettings;
import dev.eventstream.spool.SpoolInspection;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * Examines the spool and its disk. Reads all its files. Writes one small file into its directory,
 * to measure the disk, and deletes it. Not thread-safe.
 */
public final class SpoolDoctor {
  private static final int SYNCS = 25;
  private static final int SYNC_BYTES = 4096;

  /** Each answer that is durable waits for an fsync. */
  private static final Duration SLOW_SYNC = Duration.ofMillis(20);

  private static final Duration LONG_WAIT = Duration.ofMinutes(10);

  private final ServerSettings.Delivery settings;
  private final Path root;
  private final List<Finding> findings = new ArrayList<>();
  private long usedBytes;

  private SpoolDoctor(ServerSettings.Delivery settings) {
    this.settings = settings;
    this.root = settings.spoolDirectory();
  }

  /** Examines the spool of a server with these settings, which may be running. */
  public static List<Finding> examine(ServerSettings settings) {
    SpoolDoctor doctor = new SpoolDoctor(settings.delivery());
    try {
      doctor.examine();
    } catch (IOException e) {
      doctor.findings.add(
          LocalCheck.SPOOL.fault(
              List.of(doctor.root.toString()),
              doctor.root + " cannot be used: " + e,
              "make it a directory that the user of the server can read and write"));
    }
    return List.copyOf(doctor.findings);
  }

  private void examine() throws IOException {
    if (Files.isDirectory(root)) {
      inspect(SpoolInspection.of(root));
    } else {
      findings.add(
          LocalCheck.SPOOL.unknown(
              List.of(root.toString()),
              root + " does not exist yet; the server creates it at its start"));
    }
    Path existing = settings.existingDirectory();
    space(Files.getFileStore(existing).getUsableSpace());
    findings.add(sync(measure(existing)));
  }

  private void inspect(List<SpoolInspection> replicas) {
    List<String> damaged = new ArrayList<>();
    List<String> orphaned = new ArrayList<>();
    long waiting = 0;
    long letters = 0;
    for (SpoolInspection replica : replicas) {
      String name = String.valueOf(replica.directory().getFileName());
      usedBytes += replica.diskBytes() + replica.deadLetterBytes();
      waiting += replica.documents();
      letters += replica.deadLetters();
      replica.unreadable().forEach(file -> damaged.add(file.toString()));
      replica.damaged().forEach(file -> damaged.add(file.toString()));
      if (replica.owned()) {
        findings.add(LocalCheck.REPLICA.ok(List.of(name), name + " belongs to " + owner(replica)));
      } else if (replica.documents() > 0 || replica.deadLetters() > 0) {
        orphaned.add(name);
      }
    }
    if (!orphaned.isEmpty()) {
      findings.add(
          LocalCheck.ORPHANED_SPOOL.warning(
              orphaned,
              "documents are in directories that no process owns: " + String.join(", ", orphaned),
              "start a server with this EVENTSTREAM_SPOOL_DIR; it takes them over"));
    }
    findings.add(
        damaged.isEmpty()
            ? LocalCheck.DAMAGED_FILES.ok(List.of(), "every file can be read")
            : LocalCheck.DAMAGED_FILES.fault(
                damaged,
                "cannot be read, or not completely: " + String.join(", ", damaged),
                "check the disk, and keep copies of these files; everything readable around them"
                    + " is delivered. See \"spool verify\""));
    backlog(replicas, waiting);
    findings.add(
        letters == 0
            ? LocalCheck.DEAD_LETTERS.ok(List.of(), "there are no dead letters")
            : LocalCheck.DEAD_LETTERS.warning(
                List.of(),
                "there are " + letters + " dead letters",
                "see \"dead-letters ls\"; correct the cause, then \"dead-letters redrive\""));
  }

  private static String owner(SpoolInspection replica) {
    return replica.adminUrl() == null
        ? "a process that runs, without an admin port"
        : "the server with the admin port " + replica.adminUrl();
  }

  private void backlog(List<SpoolInspection> replicas, long waiting) {
    Instant oldest =
        replicas.stream()
            .map(SpoolInspection::oldest)
            .filter(Objects::nonNull)
            .min(Comparator.naturalOrder())
            .orElse(null);
    if (waiting == 0 || oldest == null) {
      findings.add(LocalCheck.BACKLOG.ok(List.of(), "no documents wait"));
    } else if (oldest.isAfter(Instant.now().minus(LONG_WAIT))) {
      findings.add(LocalCheck.BACKLOG.ok(List.of(), waiting + " documents wait, since " + oldest));
    } else {
      findings.add(
          LocalCheck.BACKLOG.warning(
              List.of(),
              waiting + " documents wait, the oldest since " + oldest,
              "they leave the spool when the cluster accepts them: see the findings about it;"
                  + " \"top\" shows the progress"));
    }
  }

  private void space(long free) {
    long kept = settings.spoolMinFreeBytes();
    long rest = Math.max(0, settings.spoolMaxBytes() - usedBytes);
    List<String> subject = List.of(root.toString());
    String message = String.format(Locale.ROOT, "%,d MiB are free for %s", free >> 20, root);
    if (free < kept) {
      findings.add(
          LocalCheck.FREE_SPACE.fault(
              subject,
              message + ", less than EVENTSTREAM_SPOOL_MIN_FREE_BYTES: nothing can be spooled",
              "free space, or lower the setting"));
    } else if (free < kept + rest) {
      findings.add(
          LocalCheck.FREE_SPACE.warning(
              subject,
              message + ", less than EVENTSTREAM_SPOOL_MAX_BYTES allows it to take",
              "free space, or lower the setting: the disk is full before the spool is"));
    } else {
      findings.add(LocalCheck.FREE_SPACE.ok(subject, message));
    }
  }

  /** How long it takes to append a page and to fsync it, in nanoseconds, the shortest first. */
  private static long[] measure(Path directory) throws IOException {
    Path file = Files.createTempFile(directory, "doctor", ".tmp");
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
    return nanos;
  }

  static Finding sync(long[] nanos) {
    long median = nanos[nanos.length / 2];
    String message =
        String.format(
            Locale.ROOT,
            "an fsync takes %.1f ms, the slowest of %d %.1f ms",
            median / 1e6,
            nanos.length,
            nanos[nanos.length - 1] / 1e6);
    return median > SLOW_SYNC.toNanos()
        ? LocalCheck.FSYNC.warning(
            List.of(),
            message,
            "use a local disk, not a network one: each answer that is durable waits for an fsync")
        : LocalCheck.FSYNC.ok(List.of(), message);
  }
}
