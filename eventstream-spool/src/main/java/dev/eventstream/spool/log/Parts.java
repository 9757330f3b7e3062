package dev.eventstream.spool.log;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Joins a block from its records. */
final class Parts {
  /** Reads single records. */
  interface Records {
    /** Reads a record with its header; null when there is none. */
    byte @Nullable [] read(int index) throws IOException;
  }

  private Parts() {}

  /** Reads the block that starts at an index; null when it is not complete. */
  static @Nullable Block join(int index, Records records) throws IOException {
    byte[] first = records.read(index);
    Block.Header header = first == null ? null : valid(first, index, 0);
    if (first == null || header == null) {
      return null;
    }
    byte[] payload = new byte[header.parts() == 1 ? header.length() : length(header, records)];
    System.arraycopy(first, Block.HEADER, payload, 0, header.length());
    int at = header.length();
    for (int part = 1; part < header.parts(); part++) {
      byte[] record = records.read(index + part);
      Block.Header next = record == null ? null : valid(record, index + part, part);
      if (record == null || next == null || at + next.length() > payload.length) {
        return null;
      }
      System.arraycopy(record, Block.HEADER, payload, at, next.length());
      at += next.length();
    }
    return new Block(header.kind(), header.acceptedAt(), header.count(), header.parts(), payload);
  }

  /** The length of the payload: all parts except the last one are full. */
  private static int length(Block.Header first, Records records) throws IOException {
    byte[] last = records.read(first.index() + first.parts() - 1);
    Block.Header header = last == null ? null : Block.readHeader(last, 0);
    int rest = header == null ? 0 : header.length();
    return (first.parts() - 1) * Block.MAX_PAYLOAD + rest;
  }

  /** Whether a record is unchanged, whichever part of a block it is. */
  static boolean isWhole(byte[] record, int index) throws NewerFormatException {
    return whole(record, index) != null;
  }

  private static Block.@Nullable Header valid(byte[] record, int index, int part)
      throws NewerFormatException {
    Block.Header header = whole(record, index);
    return header != null && header.part() == part ? header : null;
  }

  private static Block.@Nullable Header whole(byte[] record, int index)
      throws NewerFormatException {
    if (record.length < Block.HEADER) {
      return null;
    }
    Block.Header header = Block.readHeader(record, 0);
    boolean good =
        header != null
            && header.index() == index
            && header.length() == record.length - Block.HEADER
            && header.fits(record, Block.HEADER);
    return good ? header : null;
  }
}
