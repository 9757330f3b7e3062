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
 * Checks the PEM files that settings name. A certificate that is not valid now is a warning only:
 * the server must start nevertheless, to deliver what is in the spool.
 */
final class TlsFiles {
  private TlsFiles() {}

  static void checkAuthorities(SettingSources sources, Setting setting, @Nullable Path file) {
    if (file == null) {
      return;
    }
    List<X509Certificate> all = certificates(sources, setting, file);
    Instant now = Instant.now();
    if (all.stream().allMatch(each -> PemFiles.invalidity(each, now) != null)) {
      all.forEach(
          each -> warn(sources, setting, file, each, now)); // otherwise the valid ones suffice
    }
  }

  static void checkIdentity(
      SettingSources sources,
      Setting certificate,
      @Nullable Path chain,
      Setting key,
      @Nullable Path keyFile,
      Setting passwordSetting,
      @Nullable Secret<String> password) {
    if (chain == null || keyFile == null) {
      return;
    }
    List<X509Certificate> all = certificates(sources, certificate, chain);
    if (all.isEmpty()) {
      return; // no certificate to compare the key with
    }
    warn(sources, certificate, chain, all.get(0), Instant.now());
    try {
      PemFiles.checkKey(keyFile, all.get(0), password);
    } catch (TlsKeyPasswordException e) {
      fault(sources, key, e.getMessage() + "; the password is " + passwordSetting.variable());
    } catch (TlsFileException e) {
      fault(sources, key, e.getMessage());
    }
  }

  private static List<X509Certificate> certificates(
      SettingSources sources, Setting setting, Path file) {
    try {
      return PemFiles.certificates(file);
    } catch (TlsFileException e) {
      fault(sources, setting, e.getMessage());
      return List.of();
    }
  }

  private static void fault(SettingSources sources, Setting setting, @Nullable String fault) {
    sources.fault(sources.label(setting) + ": " + fault);
  }

  private static void warn(
      SettingSources sources,
      Setting setting,
      Path file,
      X509Certificate certificate,
      Instant now) {
    String invalidity = PemFiles.invalidity(certificate, now);
    if (invalidity != null) {
      sources.warning(sources.label(setting) + " is \"" + file + "\": " + invalidity);
    }
  }
}
