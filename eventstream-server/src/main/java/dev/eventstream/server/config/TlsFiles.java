package dev.eventstream.server.config;

import dev.eventstream.tls.PemFiles;
import dev.eventstream.tls.TlsFileException;
import dev.eventstream.tls.TlsKeyPasswordException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Checks the PEM files that settings name. A certificate that is not valid now is only worth a
 * warning: the server has to start nevertheless, to deliver what waits in the spool.
 */
final class TlsFiles {
  private TlsFiles() {}

  static void checkAuthorities(SettingSources sources, Setting<Path> setting, @Nullable Path file) {
    if (file == null) {
      return;
    }
    List<X509Certificate> all = certificates(sources, setting, file);
    Instant now = Instant.now();
    if (all.stream().allMatch(each -> PemFiles.invalidity(each, now) != null)) {
      all.forEach(each -> warn(sources, setting, file, each, now)); // or the others are enough
    }
  }

  static void checkIdentity(
      SettingSources sources,
      Setting<Path> certificate,
      @Nullable Path chain,
      Setting<Path> key,
      @Nullable Path keyFile,
      Setting<String> passwordSetting,
      @Nullable Secret<String> password) {
    if (chain == null || keyFile == null) {
      return;
    }
    List<X509Certificate> all = certificates(sources, certificate, chain);
    if (all.isEmpty()) {
      return; // there is nothing that the key could belong to
    }
    warn(sources, certificate, chain, all.get(0), Instant.now());
    try {
      PemFiles.checkKey(keyFile, all.get(0), password);
    } catch (TlsKeyPasswordException e) {
      fault(sources, key, e.getMessage() + "; the password is " + passwordSetting.name());
    } catch (TlsFileException e) {
      fault(sources, key, e.getMessage());
    }
  }

  private static List<X509Certificate> certificates(
      SettingSources sources, Setting<Path> setting, Path file) {
    try {
      return PemFiles.certificates(file);
    } catch (TlsFileException e) {
      fault(sources, setting, e.getMessage());
      return List.of();
    }
  }

  private static void fault(SettingSources sources, Setting<?> setting, @Nullable String fault) {
    sources.fault(sources.label(setting) + ": " + fault);
  }

  private static void warn(
      SettingSources sources,
      Setting<Path> setting,
      Path file,
      X509Certificate certificate,
      Instant now) {
    String invalidity = PemFiles.invalidity(certificate, now);
    if (invalidity != null) {
      sources.warning(sources.label(setting) + " is \"" + file + "\": " + invalidity);
    }
  }
}
