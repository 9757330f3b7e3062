package dev.eventstream.tls;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKey;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.jspecify.annotations.Nullable;

/** Reads certificates and private keys from PEM files. */
final class Pem {
  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \\1-----", Pattern.DOTALL);

  private record Block(String label, String base64) {}

  private final Path file;
  private final @Nullable String fault; // why the file has no blocks
  private final List<Block> blocks = new ArrayList<>();

  /**
   * Reads the blocks of a file.
   *
   * @param file where the content is from, for messages
   */
  Pem(Path file, byte[] content) {
    this.file = file;
    String text = new String(content, ISO_8859_1);
    this.fault = text.isEmpty() ? " is empty" : isBinary(text) ? " is binary, not PEM" : null;
    Matcher block = BLOCK.matcher(text);
    while (block.find()) {
      blocks.add(new Block(block.group(1), block.group(2)));
    }
  }

  /** Whether the content has control characters, as DER and PKCS#12 have. */
  private static boolean isBinary(String content) {
    return content.chars().anyMatch(c -> c < ' ' && !Character.isWhitespace(c));
  }

  private byte[] der(Block block) {
    try {
      return Base64.getMimeDecoder().decode(block.base64);
    } catch (IllegalArgumentException e) {
      // Without the cause: its message contains a character of the key.
      throw new TlsFileException(
          file + " is damaged: a " + block.label + " in it is not Base64; write the file again");
    }
  }

  /** Returns all certificates, at least one. */
  List<X509Certificate> certificates() {
    List<X509Certificate> certificates = new ArrayList<>();
    for (Block block : blocks) {
      if (block.label.equals("CERTIFICATE")) {
        certificates.add(certificate(der(block)));
      }
    }
    if (certificates.isEmpty()) {
      throw new TlsFileException(
          file
              + (fault == null ? " has no certificate in it" : fault)
              + "; it must be PEM, with -----BEGIN CERTIFICATE----- (\"openssl x509 -inform der\""
              + " converts DER, \"openssl pkcs12 -nokeys\" converts PKCS#12)");
    }
    return certificates;
  }

  private X509Certificate certificate(byte[] der) {
    try {
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(der));
    } catch (CertificateException e) {
      throw new TlsFileException(
          file + " is damaged: a certificate in it cannot be read; write the file again", e);
    }
  }

  /**
   * Returns the private key that belongs to a certificate.
   *
   * @param password of an encrypted key; null for none
   */
  PrivateKey privateKey(X509Certificate certificate, @Nullable String password) {
    PublicKey publicKey = certificate.getPublicKey();
    PrivateKey key;
    try {
      KeyFactory keys = KeyFactory.getInstance(publicKey.getAlgorithm());
      key = keys.generatePrivate(keySpec(password));
    } catch (GeneralSecurityException e) {
      // Without the cause: its message may contain parts of the key.
      throw new TlsFileException(
          "the key in "
              + file
              + " is damaged, or not of the certificate's kind, "
              + publicKey.getAlgorithm()
              + "; use the key that the certificate was issued for");
    }
    if (!belongTogether(key, publicKey)) {
      throw new TlsFileException(
          "the key in "
              + file
              + " does not belong to the certificate of "
              + certificate.getSubjectX500Principal()
              + "; use the key that it was issued for");
    }
    return key;
  }

  private PKCS8EncodedKeySpec keySpec(@Nullable String password) {
    for (Block block : blocks) {
      switch (block.label) {
        case "PRIVATE KEY" -> {
          return new PKCS8EncodedKeySpec(der(block));
        }
        case "ENCRYPTED PRIVATE KEY" -> {
          return decrypt(der(block), password);
        }
        case "RSA PRIVATE KEY", "EC PRIVATE KEY", "DSA PRIVATE KEY" ->
            throw new TlsFileException(
                "the key in "
                    + file
                    + " is not PKCS#8 but \""
                    + block.label
                    + "\"; \"openssl pkcs8 -topk8 -nocrypt\" converts it");
        default -> {} // the file may also hold the certificate
      }
    }
    throw new TlsFileException(
        file
            + (fault == null ? " has no private key in it" : fault)
            + "; it must be PKCS#8 as PEM, with -----BEGIN PRIVATE KEY----- or -----BEGIN ENCRYPTED"
            + " PRIVATE KEY----- (\"openssl pkey -inform der\" converts DER)");
  }

  private PKCS8EncodedKeySpec decrypt(byte[] der, @Nullable String password) {
    if (password == null) {
      throw new TlsKeyPasswordException(
          "the key in " + file + " is encrypted; set its password too");
    }
    try {
      EncryptedPrivateKeyInfo info = new EncryptedPrivateKeyInfo(der);
      AlgorithmParameters parameters = info.getAlgParameters();
      // PBES2 is a frame; its parameters name the algorithm.
      String algorithm = parameters == null ? info.getAlgName() : parameters.toString();
      if (algorithm == null || !algorithm.startsWith("PBE")) {
        algorithm = info.getAlgName();
      }
      SecretKey key =
          SecretKeyFactory.getInstance(algorithm)
              .generateSecret(new PBEKeySpec(password.toCharArray()));
      Cipher cipher = Cipher.getInstance(algorithm);
      cipher.init(Cipher.DECRYPT_MODE, key, parameters);
      return info.getKeySpec(cipher);
    } catch (GeneralSecurityException | IOException e) {
      throw new TlsKeyPasswordException(
          "the key in "
              + file
              + " cannot be decrypted ("
              + e.getClass().getSimpleName()
              + "): set the right password, or encrypt the key with"
              + " \"openssl pkcs8 -topk8 -v2 aes-256-cbc\"");
    }
  }

  private static boolean belongTogether(PrivateKey key, PublicKey publicKey) {
    String algorithm =
        switch (key.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          case "EdDSA", "Ed25519", "Ed448" -> "EdDSA";
          default -> "";
        };
    if (algorithm.isEmpty()) {
      return true; // not tested here: the handshake fails if they do not match
    }
    try {
      byte[] anything = {1, 2, 3};
      Signature signature = Signature.getInstance(algorithm);
      signature.initSign(key);
      signature.update(anything);
      byte[] signed = signature.sign();
      signature.initVerify(publicKey);
      signature.update(anything);
      return signature.verify(signed);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }
}
