package dev.eventstream.server.http;

import com.github.luben.zstd.ZstdOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;

/** What clients do to bodies, and what they call it. */
enum Encoding {
  GZIP(ContentCoding.GZIP) {
    @Override
    OutputStream over(OutputStream out) throws IOException {
      return new GZIPOutputStream(out);
    }
  },
  DEFLATE(ContentCoding.DEFLATE) {
    @Override
    OutputStream over(OutputStream out) {
      return new DeflaterOutputStream(out);
    }
  },
  DEFLATE_WITHOUT_HEADER(ContentCoding.DEFLATE) {
    @Override
    OutputStream over(OutputStream out) {
      return new DeflaterOutputStream(out, new Deflater(6, true));
    }
  },
  ZSTD(ContentCoding.ZSTD) {
    @Override
    OutputStream over(OutputStream out) throws IOException {
      return new ZstdOutputStream(out);
    }
  },
  ZSTD_WITH_CHECKSUM(ContentCoding.ZSTD) {
    @Override
    OutputStream over(OutputStream out) throws IOException {
      return new ZstdOutputStream(out).setChecksum(true);
    }
  };

  final ContentCoding coding;

  Encoding(ContentCoding coding) {
    this.coding = coding;
  }

  abstract OutputStream over(OutputStream out) throws IOException;

  byte[] encode(byte[] body) {
    ByteArrayOutputStream encoded = new ByteArrayOutputStream();
    try (OutputStream encoder = over(encoded)) {
      encoder.write(body);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory does not fail
    }
    return encoded.toByteArray();
  }
}
