package dev.eventstream.server.config;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.eventstream.internal.CredentialMask;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A value that is never shown. If it is in a file, {@link #get} checks the file at most once per
 * second, and reads it again when it has changed. If the new content cannot be read or parsed, the
 * value stays as it was. Thread-safe.
 *
 * @param <T> the type of the parsed value
 */
public final class Secret<T> implements Supplier<T> {
  private static final Logger LOG = LoggerFactory.getLogger(Secret.class);
  private static final long CHECK_INTERVAL_NANOS = Duration.ofSeconds(1).toNanos();
  private static final int MAX_BYTES = 1 << 20;

  /** The identity of a file's content. */
  private record Version(FileTime changed, long size, @Nullable Object key) {
    static Version of(Path file) throws IOException {
      var attributes =
          Files.readAttributes(file, java.nio.file.attribute.BasicFileAttributes.class);
      return new Version(attributes.lastModifiedTime(), attributes.size(), attributes.fileKey());
    }
  }

  private final @Nullable Path file;
  private final Function<String, T> parser;
  private volatile T value;
  private volatile long checkedAt = System.nanoTime();

  @GuardedBy("this") private @Nullable Version version;

  private Secret(@Nullable Path file, Function<String, T> parser, T value) {
    this.file = file;
    this.parser = parser;
    this.value = value;
  }

  static <T> Secret<T> of(T value) {
    return new Secret<>(null, text -> value, value);
  }

  static <T> Secret<T> in(Path file, Function<String, T> parser) throws IOException {
    Version version;
    String text;
    try {
      version = Version.of(file);
      text = read(file);
    } catch (IOException e) {
      throw new IOException("it cannot be read (" + e + "); create it, or unset this", e);
    }
    Secret<T> secret = new Secret<>(file, parser, parser.apply(text));
    synchronized (secret) {
      secret.version = version;
    }
    return secret;
  }

  private static String read(Path file) throws IOException {
    if (Files.size(file) > MAX_BYTES) {
      throw new IOException("larger than " + MAX_BYTES + " bytes");
    }
    String text = Files.readString(file, UTF_8).strip();
    if (text.isEmpty()) {
      throw new IOException("empty");
    }
    return text;
  }

  @Override
  public T get() {
    if (file != null && System.nanoTime() - checkedAt >= CHECK_INTERVAL_NANOS) {
      check(file);
    }
    return value;
  }

  private synchronized void check(Path path) {
    if (System.nanoTime() - checkedAt < CHECK_INTERVAL_NANOS) {
      return; // another thread has just checked
    }
    checkedAt = System.nanoTime();
    try {
      Version now = Version.of(path);
      if (!now.equals(version)) {
        version = now; // first, so that a fault is logged once
        value = parser.apply(read(path));
        LOG.info("{} was read again", path);
      }
    } catch (IOException | IllegalArgumentException e) {
      LOG.warn("{} cannot be used; its previous content stays in effect", path, e);
    }
  }

  /** Does not show the value. */
  @Override
  public String toString() {
    return CredentialMask.MASK;
  }
}
