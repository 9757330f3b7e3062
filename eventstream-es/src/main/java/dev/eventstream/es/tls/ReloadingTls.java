package dev.eventstream.es.tls;

import java.net.SocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.LongSupplier;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.client5.http.ssl.HostnameVerificationPolicy;
import org.apache.hc.client5.http.ssl.NoopHostnameVerifier;
import org.apache.hc.core5.concurrent.FutureCallback;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.nio.ssl.TlsStrategy;
import org.apache.hc.core5.net.NamedEndpoint;
import org.apache.hc.core5.reactor.ssl.SSLBufferMode;
import org.apache.hc.core5.reactor.ssl.TransportSecurityLayer;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes new connections secure with what the files of the settings hold now. Looks at them when a
 * connection is made, at most every two seconds. Files that cannot be used change nothing, and are
 * named in the log once. Thread-safe.
 */
public final class ReloadingTls implements TlsStrategy {
  private static final Logger LOG = LoggerFactory.getLogger(ReloadingTls.class);
  private static final Duration PAUSE = Duration.ofSeconds(2);

  private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};

  private final TlsSettings settings;
  private final LongSupplier nanoTime;
  private TlsStrategy strategy;
  private byte[] used; // the digest of what the strategy is made of
  private byte @Nullable [] unusable; // that of what could not be used, once there was such
  private @Nullable String warning; // the last one in the log, while it holds
  private long lookedAt;

  /**
   * Reads the files.
   *
   * @throws TlsFileException when they cannot be used
   */
  public ReloadingTls(TlsSettings settings) {
    this(settings, System::nanoTime);
  }

  ReloadingTls(TlsSettings settings, LongSupplier nanoTime) {
    this.settings = settings;
    this.nanoTime = nanoTime;
    PemTls files = PemTls.read(settings);
    this.strategy = strategy(files);
    this.used = files.digest();
    this.lookedAt = nanoTime.getAsLong();
  }

  @Override
  public void upgrade(
      TransportSecurityLayer session,
      NamedEndpoint endpoint,
      @Nullable Object attachment,
      @Nullable Timeout handshakeTimeout,
      @Nullable FutureCallback<TransportSecurityLayer> callback) {
    current().upgrade(session, endpoint, attachment, handshakeTimeout, callback);
  }

  @Override
  @Deprecated
  public boolean upgrade(
      TransportSecurityLayer session,
      HttpHost host,
      SocketAddress localAddress,
      SocketAddress remoteAddress,
      @Nullable Object attachment,
      @Nullable Timeout handshakeTimeout) {
    return current()
        .upgrade(session, host, localAddress, remoteAddress, attachment, handshakeTimeout);
  }

  synchronized TlsStrategy current() {
    long now = nanoTime.getAsLong();
    if (now - lookedAt >= PAUSE.toNanos()) {
      lookedAt = now;
      look();
    }
    return strategy;
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
        strategy = strategy(files);
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

  private TlsStrategy strategy(PemTls files) {
    return new DefaultClientTlsStrategy(
        files.context(),
        PROTOCOLS,
        null,
        SSLBufferMode.STATIC,
        settings.verifyHostNames()
            ? HostnameVerificationPolicy.BUILTIN
            : HostnameVerificationPolicy.CLIENT,
        settings.verifyHostNames() ? null : NoopHostnameVerifier.INSTANCE);
  }
}
