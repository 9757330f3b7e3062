package dev.eventstream.spool.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.mapdb.DataInput2;
import org.mapdb.DataOutput2;
import org.mapdb.Serializer;
import org.mapdb.StoreDirect;
import org.mapdb.volume.MappedFileVol;

/**
 * A segment that is being written: a MapDB store in one mapped file. All its space is allocated in
 * advance, so that a full disk is noticed when a segment is created and not when an event is
 * written. Records are only added, never changed. One thread appends and commits, another one may
 * read.
 *
 * <p>The store has no write-ahead log: MapDB 3.1.0 writes one but never reads it back, at several
 * times the cost (docs/decisions/0004). {@link SegmentReader} reads what a crash leaves.
 */
public final class SegmentWriter {
  private static final int PAGE = 1 << 20; // MapDB's; the first one is its index

  /** The part of a page that MapDB may need for its free lists. */
  private static final int PAGE_SLACK = 1024;

  private static final int MAX_RECORDS = 100_000; // the first index page has slots for more

  private static final int FIRST_RECID = 1; // MapDB's

  private static final MappedFileVol.MappedFileFactory FILES =
      new MappedFileVol.MappedFileFactory(true, false);

  private final StoreDirect store;
  private final CommitMark mark;
  private final Consumer<Runnable> fsync;
  private final ReentrantReadWriteLock open = new ReentrantReadWriteLock();
  private final byte[] record = new byte[Block.HEADER + Block.MAX_PAYLOAD];
  private final int pages;
  private int pagesLeft;
  private int pageLeft;
  private int appended;
  private volatile int committed;
  private volatile boolean closed; // changed only with the write lock held

  private SegmentWriter(StoreDirect store, CommitMark mark, int bytes, Consumer<Runnable> fsync) {
    this.store = store;
    this.mark = mark;
    this.fsync = fsync;
    this.pages = bytes / PAGE - 1;
    this.pagesLeft = pages;
  }

  /**
   * Creates a segment.
   *
   * @param bytes its size, a power of two of at least 2 MiB
   * @param fsync runs each fsync; tests let it fail or wait
   */
  public static SegmentWriter create(Path file, int bytes, Consumer<Runnable> fsync)
      throws IOException {
    StoreDirect store;
    try {
      store =
          new StoreDirect(
              file.toString(),
              FILES,
              false,
              -1,
              true,
              3,
              bytes,
              bytes,
              false,
              false,
              false,
              false,
              true,
              false);
    } catch (RuntimeException | InternalError e) {
      throw failure(e);
    }
    try {
      CommitMark mark = new CommitMark(file);
      mark.set(0);
      return new SegmentWriter(store, mark, bytes, fsync);
    } catch (IOException e) {
      store.close();
      throw e;
    }
  }

  /** How many bytes of payload an empty segment takes at least. */
  public static int capacity(int bytes) {
    int perPage = (PAGE - PAGE_SLACK) / (Block.HEADER + Block.MAX_PAYLOAD + 16);
    return (bytes / PAGE - 1) * perPage * Block.MAX_PAYLOAD;
  }

  /** How many records are committed. */
  int committed() {
    return committed;
  }

  /** Whether a block with a payload of this length fits. */
  public boolean hasRoomFor(int length) {
    int parts = parts(length);
    if (appended + parts + 1 > MAX_RECORDS) {
      return false;
    }
    int left = pageLeft;
    int pages = pagesLeft;
    for (int part = 0; part < parts; part++) {
      int size = size(Math.min(Block.MAX_PAYLOAD, length - part * Block.MAX_PAYLOAD));
      if (size > left) {
        pages--;
        left = PAGE - PAGE_SLACK;
      }
      left -= size;
    }
    return pages >= 0;
  }

  /** Whether the next segment should be created soon. */
  boolean isHalfFull() {
    return pagesLeft <= pages / 2 || appended > MAX_RECORDS / 2;
  }

  /**
   * Appends a block.
   *
   * @return the index of its first record
   */
  public int append(int kind, long acceptedAt, int count, byte[] payload, int from, int length)
      throws IOException {
    int index = appended;
    int parts = parts(length);
    for (int part = 0; part < parts; part++) {
      int start = part * Block.MAX_PAYLOAD;
      int size = Math.min(Block.MAX_PAYLOAD, length - start);
      System.arraycopy(payload, from + start, record, Block.HEADER, size);
      Block.writeHeader(
          record,
          new Block.Header(appended, committed, acceptedAt, count, size, part, parts, 0, kind));
      put(Block.HEADER + size);
    }
    return index;
  }

  private void put(int length) throws IOException {
    int size = size(length - Block.HEADER);
    if (size > pageLeft) {
      pagesLeft--;
      pageLeft = PAGE - PAGE_SLACK;
    }
    pageLeft -= size;
    long recid;
    lockWhileOpen();
    try {
      recid = store.put(record, new Prefix(length));
    } catch (RuntimeException | InternalError e) {
      throw failure(e);
    } finally {
      open.readLock().unlock();
    }
    if (recid != FIRST_RECID + appended) {
      throw new IOException(
          "MapDB stored record " + recid + " instead of record " + (FIRST_RECID + appended));
    }
    appended++;
  }

  /** Fsyncs what was appended. After a failure nothing more may be appended. */
  public void commit() throws IOException {
    lockWhileOpen();
    try {
      fsync.accept(store::commit);
      mark.set(appended);
    } catch (RuntimeException | InternalError e) {
      throw failure(e);
    } finally {
      open.readLock().unlock();
    }
    committed = appended;
  }

  /**
   * Reads a committed block.
   *
   * @return null when it is damaged or not committed
   * @throws IOException when the segment is closed
   */
  public @Nullable Block read(int index) throws IOException {
    lockWhileOpen();
    try {
      return Parts.join(index, this::readRecord);
    } catch (RuntimeException | InternalError e) {
      throw failure(e);
    } finally {
      open.readLock().unlock();
    }
  }

  private byte @Nullable [] readRecord(int index) {
    return index < committed ? store.get(FIRST_RECID + index, Serializer.BYTE_ARRAY_NOSIZE) : null;
  }

  boolean isClosed() {
    return closed;
  }

  /** Unmaps the file. Records that were not committed may or may not survive. */
  public void close() throws IOException {
    open.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        try {
          mark.close();
        } finally {
          store.close();
        }
      }
    } catch (RuntimeException | InternalError e) {
      throw failure(e);
    } finally {
      open.writeLock().unlock();
    }
  }

  private static int parts(int length) {
    return Math.max(1, (length + Block.MAX_PAYLOAD - 1) / Block.MAX_PAYLOAD);
  }

  private static int size(int payload) {
    return (Block.HEADER + payload + 15) & ~15;
  }

  private void lockWhileOpen() throws IOException {
    open.readLock().lock();
    if (closed) {
      open.readLock().unlock();
      throw new IOException("the segment is closed");
    }
  }

  /**
   * Translates every failure of the disk to an {@link IOException}; a mapped page that cannot be
   * read or written is an {@link InternalError}.
   */
  private static IOException failure(Throwable e) {
    Throwable cause = e.getCause() instanceof IOException ? e.getCause() : e;
    return new IOException(String.valueOf(cause.getMessage()), e);
  }

  /** The first bytes of an array. */
  private record Prefix(int length) implements Serializer<byte[]> {
    @Override
    public void serialize(DataOutput2 out, byte[] value) throws IOException {
      out.ensureAvail(length);
      out.write(value, 0, length);
    }

    @Override
    public byte[] deserialize(DataInput2 input, int available) {
      throw new UnsupportedOperationException();
    }
  }
}
