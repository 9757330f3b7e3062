package dev.eventstream.tls;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.Function;
import java.util.function.LongSupplier;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A value built from the current contents of the files in a {@link TlsSettings}. {@link #current()}
 * reads the files again at most every two seconds and rebuilds the value if they changed. Unusable
 * files leave the value as it is and are logged once. Thread-safe.
 *
 * @param <T> the type of the value
 */
public final class ReloadingPem<T> {
  private static final Logger LOG = LoggerFactory.getLogger(ReloadingPem.class);
  private static final Duration CHECK_INTERVAL = Duration.ofSeconds(2);

  private final TlsSettings settings;
  private final Function<SSLContext, T> builder;
  private final LongSupplier nanoTime;

  @GuardedBy("this") private T value;

  /** The digest of the files that the value was built from. */
  @GuardedBy("this") private byte[] usedDigest;

  /** The digest of the last unusable files; null if the last files read were usable. */
  @GuardedBy("this") private byte @Nullable [] unusableDigest;

  /** The last warning logged; null if the last files read were usable. */
  @GuardedBy("this") private @Nullable String warning;

  @GuardedBy("this") private long checkedAt;

  /**
   * Reads the files.
   *
   * @param builder builds the value; called again after each change
   * @throws TlsFileException if a file is unusable
   */
  public ReloadingPem(TlsSettings settings, Function<SSLContext, T> builder) {
    this(settings, builder, System::nanoTime);
  }

  ReloadingPem(TlsSettings settings, Function<SSLContext, T> builder, LongSupplier nanoTime) {
    this.settings = settings;
    this.builder = builder;
    this.nanoTime = nanoTime;
    PemTls files = PemTls.read(settings);
    this.value = builder.apply(files.context());
    this.usedDigest = files.digest();
    this.checkedAt = nanoTime.getAsLong();
  }

  /** Returns the value for the current contents of the files. */
  public synchronized T current() {
    long now = nanoTime.getAsLong();
    if (now - checkedAt >= CHECK_INTERVAL.toNanos()) {
      checkedAt = now;
      reload();
    }
    return value;
  }

  @GuardedBy("this") private void reload() {
    byte[] digest = null;
    try {
      PemTls files = PemTls.read(settings);
      digest = files.digest();
      if (Arrays.equals(digest, unusableDigest)) {
        return;
      }
      if (!Arrays.equals(digest, usedDigest)) {
        value = builder.apply(files.context());
        usedDigest = digest;
        LOG.info("The TLS files have changed; new connections use them");
      }
      unusableDigest = null;
      warning = null;
    } catch (TlsFileException e) {
      unusableDigest = digest;
      String message = String.valueOf(e.getMessage());
      if (!message.equals(warning)) {
        warning = message;
        LOG.warn("{}; the TLS files read before stay in use", message);
      }
    }
  }
}
