package dev.eventstream.es.tls;

import java.time.Duration;
import java.util.Arrays;
import java.util.function.Function;
import java.util.function.LongSupplier;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Something made of what the files of the settings hold now. Looks at them when it is wanted, at
 * most every two seconds. Files that cannot be used change nothing, and are named in the log once.
 * Thread-safe.
 *
 * @param <T> what is made
 */
public final class ReloadingPem<T> {
  private static final Logger LOG = LoggerFactory.getLogger(ReloadingPem.class);
  private static final Duration PAUSE = Duration.ofSeconds(2);

  private final TlsSettings settings;
  private final Function<SSLContext, T> maker;
  private final LongSupplier nanoTime;
  private T made;
  private byte[] used; // the digest of what it is made of
  private byte @Nullable [] unusable; // that of what could not be used, once there was such
  private @Nullable String warning; // the last one in the log, while it holds
  private long lookedAt;

  /**
   * Reads the files.
   *
   * @param settings where they are
   * @param maker makes something of them, a new one after each change
   * @throws TlsFileException when they cannot be used
   */
  public ReloadingPem(TlsSettings settings, Function<SSLContext, T> maker) {
    this(settings, maker, System::nanoTime);
  }

  ReloadingPem(TlsSettings settings, Function<SSLContext, T> maker, LongSupplier nanoTime) {
    this.settings = settings;
    this.maker = maker;
    this.nanoTime = nanoTime;
    PemTls files = PemTls.read(settings);
    this.made = maker.apply(files.context());
    this.used = files.digest();
    this.lookedAt = nanoTime.getAsLong();
  }

  /** What is made of what the files hold now. */
  public synchronized T current() {
    long now = nanoTime.getAsLong();
    if (now - lookedAt >= PAUSE.toNanos()) {
      lookedAt = now;
      look();
    }
    return made;
  }

  private void look() {
    byte[] digest = null;
    try {
      PemTls files = PemTls.read(settings);
      digest = files.digest();
      if (Arrays.equals(digest, unusable)) {
        return;
      }
      if (!Arrays.equals(digest, used)) {
        made = maker.apply(files.context());
        used = digest;
        LOG.info("The TLS files have changed; new connections use them");
      }
      unusable = null;
      warning = null;
    } catch (TlsFileException e) {
      unusable = digest;
      String message = String.valueOf(e.getMessage());
      if (!message.equals(warning)) {
        warning = message;
        LOG.warn("{}; the TLS files read before stay in use", message);
      }
    }
  }
}
