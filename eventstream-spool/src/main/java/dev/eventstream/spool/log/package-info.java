/**
 * The segment log: the files that the queue of documents and the dead letters are stored in.
 * Internal; not for applications.
 *
 * <p>{@link dev.eventstream.spool.log.SegmentLog} appends and commits blocks, {@link
 * dev.eventstream.spool.log.Segment} reads them back, {@link
 * dev.eventstream.spool.log.SegmentStore} creates and deletes the files within their limits, and
 * {@link dev.eventstream.spool.log.Damage} keeps what cannot be read. The format is drawn in {@link
 * dev.eventstream.spool.log.Block}.
 *
 * <h2>Lock order</h2>
 *
 * A thread that holds a lock may only acquire locks that are listed below it:
 *
 * <ol>
 *   <li>the compaction lock of the dead letters: one compaction at a time
 *   <li>the I/O lock of the queue, or the lock of the dead letters; never both. Held while files
 *       are read, changed or deleted
 *   <li>the monitor of {@link dev.eventstream.spool.log.SegmentStore}: held while a segment is
 *       created
 *   <li>the lock of {@link dev.eventstream.spool.log.SegmentWriter}: held while a mapped file is
 *       used, so that it is not unmapped meanwhile
 *   <li>the monitor of the queue's backlog and the monitor of the group commit: guard memory only.
 *       No thread waits for the disk while it holds one of them
 * </ol>
 *
 * {@code Portion.remove()} and {@code Spool.state()} acquire locks of the last level only, so that
 * they can be called on the I/O thread of a sink.
 */
@NullMarked
package dev.eventstream.spool.log;

import org.jspecify.annotations.NullMarked;
