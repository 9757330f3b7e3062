package dev.eventstream.spool;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.eventstream.spi.DeadLetter;
import dev.eventstream.spi.DeadLetters;
import dev.eventstream.spi.Document;
import dev.eventstream.spi.DocumentBatch;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Dead letters in segments like the spool's: a log of letters and of removals. Memory holds where
 * each letter is, and nothing else of it. When more than half of a log is gone, the rest of its
 * oldest segment is written anew and the segment deleted.
 *
 * <p>The payload of a block of letters, big-endian: for each 8 bytes first attempt and 8 bytes last
 * attempt (milliseconds since 1970), 4 bytes length and the reason (UTF-8), 4 bytes length and the
 * document as a record of a {@link DocumentBatch}. That of a block of removals: for each 4 bytes
 * length and the key, which is destination, 00 and id (UTF-8).
 */
final class MapDbDeadLetters implements DeadLetters {
  private static final Logger LOG = LoggerFactory.getLogger(MapDbDeadLetters.class);
  private static final int SEGMENT_BYTES = 4 << 20;
  private static final int SPARSE_SEGMENTS = 4; // so few are left as they are
  private static final int MAX_LETTERS = 100_000; // bounds the memory of the index
  private static final char SEPARATOR = '\0';
  private static final JsonFactory JSON = new JsonFactory();

  /** Where a letter is, and when it was last tried, which tells it from one that replaced it. */
  private record Place(Source source, int index, int ordinal, long lastAttempt) {}

  /** A segment, written or only read. */
  private static final class Source {
    final Path file;
    final long order;
    @Nullable SegmentWriter segment;
    @Nullable SegmentReader reader;
    int live;
    int total;
    long bytes; // of all letters, those that are gone included
    boolean damaged;

    Source(Path file, long order, @Nullable SegmentWriter segment) {
      this.file = file;
      this.order = order;
      this.segment = segment;
    }

    @Nullable Block read(int index) throws IOException {
      SegmentWriter writing = segment;
      if (writing != null) {
        return writing.read(index);
      }
      SegmentReader open = reader;
      if (open == null) {
        open = SegmentReader.open(file);
        reader = open;
      }
      return open.read(index);
    }

    long liveBytes() {
      return total == 0 ? 0 : bytes * live / total;
    }

    void closeReader() throws IOException {
      SegmentReader open = reader;
      reader = null;
      if (open != null) {
        open.close();
      }
    }
  }

  private final Segments segments;
  private final Path damagedDirectory;
  private final Journal journal;
  private final ExecutorService executor;
  private final List<String> damaged = new CopyOnWriteArrayList<>();
  private final List<Source> sources = new ArrayList<>(); // oldest first; guarded by this
  private final Map<String, Place> places = new HashMap<>(); // guarded by this
  private volatile int count; // of places: whoever watches does not wait for the disk
  private @Nullable Source active; // guarded by this
  private long nextOrder; // guarded by this

  MapDbDeadLetters(
      Path directory,
      Path damagedDirectory,
      long maxBytes,
      long minFreeBytes,
      Consumer<Runnable> fsync)
      throws IOException {
    this.segments = new Segments(directory, SEGMENT_BYTES, maxBytes, minFreeBytes, fsync);
    this.damagedDirectory = damagedDirectory;
    this.journal = new Journal(segments, new Listener());
    for (Path file : segments.existing()) {
      load(file);
    }
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            1,
            1,
            10,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              Thread thread = new Thread(task, "eventstream-dead-letters");
              thread.setDaemon(true);
              return thread;
            });
    pool.allowCoreThreadTimeOut(true);
    this.executor = pool;
    giveBackRoom();
  }

  // Adding

  @Override
  public CompletionStage<Void> add(List<DeadLetter> letters) {
    List<DeadLetter> copy = List.copyOf(letters);
    try {
      return CompletableFuture.runAsync(
          () -> {
            try {
              addNow(copy);
            } catch (IOException e) {
              throw new DeadLettersUnavailableException(
                  "the dead letters cannot be kept: " + e.getMessage(), e);
            }
          },
          executor);
    } catch (RejectedExecutionException e) {
      return CompletableFuture.failedFuture(
          new DeadLettersUnavailableException("the dead letters are closed", e));
    }
  }

  private synchronized void addNow(List<DeadLetter> letters) throws IOException {
    long more =
        letters.stream()
            .map(MapDbDeadLetters::key)
            .filter(key -> !places.containsKey(key))
            .distinct()
            .count();
    if (places.size() + more > MAX_LETTERS) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "there are %,d of the %,d that there may be; purge them or try them again",
              places.size(),
              MAX_LETTERS));
    }
    Map<String, DeadLetter> unique = new LinkedHashMap<>();
    for (DeadLetter letter : letters) {
      unique.put(key(letter), withFirstAttempt(letter));
    }
    try {
      write(unique, false);
    } catch (IOException e) {
      abandonAfter(e);
      throw e;
    }
  }

  /** What was appended before a failure is not noted; nothing more is written behind it. */
  private void abandonAfter(IOException failure) throws IOException {
    if (!(failure instanceof Segments.NoRoomException)) {
      journal.abandon();
    }
  }

  /** A letter that is there keeps the time of its first attempt. */
  private DeadLetter withFirstAttempt(DeadLetter letter) throws IOException {
    Place place = places.get(key(letter));
    DeadLetter earlier = place == null ? null : read(place);
    return earlier == null
        ? letter
        : new DeadLetter(
            letter.document(), letter.reason(), earlier.firstAttempt(), letter.lastAttempt());
  }

  /** Writes letters in as few blocks as they fit into, commits, and then notes where they are. */
  private void write(Map<String, DeadLetter> letters, boolean beyondLimit) throws IOException {
    Map<String, Place> written = new LinkedHashMap<>();
    Map<String, Long> attempts = new LinkedHashMap<>(); // of the block that is being filled
    ByteArrayOutputStream payload = new ByteArrayOutputStream();
    long oldest = Long.MAX_VALUE;
    for (Map.Entry<String, DeadLetter> letter : letters.entrySet()) {
      byte[] bytes = encode(letter.getValue());
      if (payload.size() > 0 && payload.size() + bytes.length > Block.MAX_PAYLOAD) {
        put(Block.LETTERS, oldest, attempts, payload.toByteArray(), written, beyondLimit);
        payload.reset();
        attempts.clear();
        oldest = Long.MAX_VALUE;
      }
      payload.write(bytes);
      long attempt = letter.getValue().lastAttempt().toEpochMilli();
      attempts.put(letter.getKey(), attempt);
      oldest = Math.min(oldest, attempt);
    }
    put(Block.LETTERS, oldest, attempts, payload.toByteArray(), written, beyondLimit);
    journal.commit();
    written.forEach(this::note);
  }

  private void put(
      int kind,
      long time,
      Map<String, Long> attempts,
      byte[] payload,
      Map<String, Place> written,
      boolean beyondLimit)
      throws IOException {
    if (payload.length > journal.capacity()) {
      throw new Segments.NoRoomException(
          "a document of " + payload.length + " bytes is larger than what is kept", null);
    }
    journal.makeRoom(payload.length, beyondLimit);
    int index = journal.append(kind, time, attempts.size(), payload, 0, payload.length);
    Source source = active;
    if (source != null) {
      source.bytes += kind == Block.LETTERS ? payload.length : 0;
      int ordinal = 0;
      for (Map.Entry<String, Long> attempt : attempts.entrySet()) {
        written.put(attempt.getKey(), new Place(source, index, ordinal++, attempt.getValue()));
      }
    }
  }

  private void note(String key, Place place) {
    forget(key);
    places.put(key, place);
    count = places.size();
    place.source.live++;
    place.source.total++;
  }

  private boolean forget(String key) {
    Place place = places.remove(key);
    count = places.size();
    if (place != null) {
      place.source.live--;
    }
    return place != null;
  }

  // Reading

  @Override
  public void forEach(Predicate<? super DeadLetter> filter, Consumer<? super DeadLetter> consumer)
      throws IOException {
    for (String key : keysInOrder()) {
      DeadLetter letter;
      synchronized (this) {
        Place place = places.get(key); // it may have been moved meanwhile
        letter = place == null ? null : read(place);
      }
      if (letter != null && filter.test(letter)) {
        consumer.accept(letter);
      }
    }
  }

  private synchronized List<String> keysInOrder() {
    return places.entrySet().stream()
        .sorted(
            Map.Entry.comparingByValue(
                Comparator.comparingLong(Place::lastAttempt) // compaction moves the oldest
                    .thenComparingLong(place -> place.source.order)
                    .thenComparingInt(Place::index)
                    .thenComparingInt(Place::ordinal)))
        .map(Map.Entry::getKey)
        .toList();
  }

  // letters are mostly read in a row; guarded by this
  private @Nullable List<DeadLetter> lastRead;
  private @Nullable Source lastSource; // guarded by this
  private int lastIndex; // guarded by this

  private @Nullable DeadLetter read(Place place) throws IOException {
    List<DeadLetter> letters = lastRead;
    if (letters == null || lastSource != place.source || lastIndex != place.index) {
      Block block = place.source.read(place.index);
      letters = block == null ? null : decode(block.payload());
      lastRead = letters;
      lastSource = place.source;
      lastIndex = place.index;
    }
    if (letters == null) {
      noteDamage(place.source, "record " + place.index);
      return null;
    }
    return letters.get(place.ordinal);
  }

  private void noteDamage(Source source, String what) {
    if (!source.damaged) {
      source.damaged = true;
      damaged.add(source.file.toString());
      LOG.error("Of the dead letters {}, {} cannot be read; the file is kept", source.file, what);
    }
  }

  @Override
  public long export(Predicate<? super DeadLetter> filter, OutputStream out) throws IOException {
    long[] count = new long[1];
    JsonGenerator json =
        JSON.createGenerator(out).configure(JsonGenerator.Feature.AUTO_CLOSE_TARGET, false);
    json.setRootValueSeparator(null);
    try {
      forEach(
          filter,
          letter -> {
            try {
              writeLine(letter, json);
              count[0]++;
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    json.close();
    return count[0];
  }

  private static void writeLine(DeadLetter letter, JsonGenerator json) throws IOException {
    Document document = letter.document();
    json.writeStartObject();
    json.writeStringField("index", document.destination());
    json.writeStringField("id", document.id());
    if (document.eventId() != null) {
      json.writeStringField("eventId", document.eventId());
    }
    json.writeStringField("reason", letter.reason());
    json.writeStringField("firstAttempt", letter.firstAttempt().toString());
    json.writeStringField("lastAttempt", letter.lastAttempt().toString());
    json.writeFieldName("document");
    json.writeRawValue(new String(document.source(), UTF_8));
    json.writeEndObject();
    json.writeRaw('\n');
  }

  @Override
  public long count() {
    return count;
  }

  @Override
  public long diskBytes() {
    return segments.diskBytes();
  }

  /** Does not wait for the disk. */
  List<String> damaged() {
    return List.copyOf(damaged);
  }

  // Removing

  @Override
  public long purge(Predicate<? super DeadLetter> filter) throws IOException {
    Map<String, Long> attempts = new LinkedHashMap<>();
    forEach(filter, letter -> attempts.put(key(letter), letter.lastAttempt().toEpochMilli()));
    return removeUnlessReplaced(attempts);
  }

  @Override
  public void remove(List<DeadLetter> letters) throws IOException {
    Map<String, Long> attempts = new LinkedHashMap<>();
    letters.forEach(letter -> attempts.put(key(letter), letter.lastAttempt().toEpochMilli()));
    removeUnlessReplaced(attempts);
  }

  /** What was added anew meanwhile was tried later, and stays. */
  private synchronized long removeUnlessReplaced(Map<String, Long> attempts) throws IOException {
    List<String> present = new ArrayList<>();
    attempts.forEach(
        (key, attempt) -> {
          Place place = places.get(key);
          if (place != null && place.lastAttempt <= attempt) {
            present.add(key);
          }
        });
    int from = 0;
    while (from < present.size()) {
      ByteArrayOutputStream payload = new ByteArrayOutputStream();
      int to = from;
      while (to < present.size() && payload.size() < Block.MAX_PAYLOAD / 2) {
        byte[] key = present.get(to++).getBytes(UTF_8);
        new DataOutputStream(payload).writeInt(key.length);
        payload.write(key);
      }
      try {
        put(
            Block.REMOVALS,
            System.currentTimeMillis(),
            Map.of(),
            payload.toByteArray(),
            new HashMap<>(),
            true);
        journal.commit();
      } catch (IOException e) {
        abandonAfter(e);
        throw e;
      }
      present.subList(from, to).forEach(this::forget);
      from = to;
    }
    try {
      compact();
    } catch (IOException e) {
      LOG.warn("The space of removed dead letters is not given back yet", e);
      abandonAfter(e);
    }
    return present.size();
  }

  /**
   * As long as more than half of the letters are gone, or half of the closed segments is empty; no
   * segment twice.
   */
  private void compact() throws IOException {
    for (int i = sources.size(); i > 0; i--) {
      Source oldest = sources.isEmpty() ? null : sources.get(0);
      int live = sources.stream().mapToInt(source -> source.live).sum();
      int total = sources.stream().mapToInt(source -> source.total).sum();
      boolean worthIt = 2 * live <= total || isSparse();
      if (oldest == null || oldest == active || !worthIt) {
        return;
      }
      Map<String, DeadLetter> rest = new LinkedHashMap<>();
      for (String key : keysInOrder()) {
        Place place = places.get(key);
        if (place != null && place.source == oldest) {
          DeadLetter letter = read(place);
          if (letter == null) {
            forget(key); // it is in the file, which is kept
          } else {
            rest.put(key, letter);
          }
        }
      }
      if (!rest.isEmpty()) {
        write(rest, true);
      }
      sources.remove(oldest);
      lastRead = null;
      oldest.closeReader();
      if (oldest.damaged) {
        damaged.remove(oldest.file.toString());
        damaged.add(segments.moveTo(damagedDirectory, oldest.file).toString());
      } else {
        segments.delete(oldest.file);
      }
    }
  }

  /** Every process begins a segment of its own, and may leave next to nothing in it. */
  private boolean isSparse() {
    long closed = sources.stream().filter(source -> source != active).count();
    long bytes = sources.stream().mapToLong(Source::liveBytes).sum();
    return closed >= SPARSE_SEGMENTS && 2 * bytes <= closed * journal.capacity();
  }

  private synchronized void giveBackRoom() throws IOException {
    try {
      if (isSparse()) {
        compact();
      }
    } catch (IOException e) {
      LOG.warn("The dead letters take more room than they need", e);
      abandonAfter(e);
    }
  }

  // Opening

  /** Takes over segments of another directory on the same volume. */
  synchronized void adopt(List<Path> orphaned) throws IOException {
    if (!orphaned.isEmpty()) {
      journal.close(); // what is removed or replaced from now on is to come behind them
    }
    for (Path file : orphaned) {
      load(segments.adopt(file));
    }
    giveBackRoom();
  }

  private synchronized void load(Path file) throws IOException {
    SegmentReader reader;
    try {
      reader = SegmentReader.open(file);
    } catch (NewerFormatException e) {
      throw new IOException("the dead letters " + file + " have " + e.getMessage(), e);
    } catch (IOException e) {
      Path kept = segments.moveTo(damagedDirectory, file);
      damaged.add(kept.toString());
      LOG.error("{} cannot be read and is kept in {}", file, kept, e);
      return;
    }
    if (reader.end() == 0 && !reader.hasRemnants()) {
      reader.close();
      segments.delete(file);
      return;
    }
    Source source = new Source(file, nextOrder++, null);
    source.reader = reader;
    sources.add(source);
    if (reader.hasRemnants()) {
      noteDamage(source, "something between the records");
    }
    int index = 0;
    while (index < reader.end()) {
      Block block = reader.read(index);
      if (block == null) {
        if (reader.isDamage(index)) {
          noteDamage(source, "record " + index);
        }
        index++;
        continue;
      }
      if (block.kind() == Block.LETTERS) {
        source.bytes += block.payload().length;
        List<DeadLetter> letters = decode(block.payload());
        for (int i = 0; i < letters.size(); i++) {
          DeadLetter letter = letters.get(i);
          note(key(letter), new Place(source, index, i, letter.lastAttempt().toEpochMilli()));
        }
      } else if (block.kind() == Block.REMOVALS) {
        decodeKeys(block.payload()).forEach(this::forget);
      }
      index += block.parts();
    }
  }

  private final class Listener implements Journal.Listener {
    @Override
    public void opened(Path file, SegmentWriter writer) {
      Source source = new Source(file, nextOrder++, writer);
      active = source;
      sources.add(source);
    }

    @Override
    public void committed() {}

    @Override
    public void closed(Path file, int committed) {
      Source source = active;
      active = null;
      if (source != null) {
        source.segment = null;
      }
    }
  }

  void close() {
    executor.shutdown();
    boolean interrupted = false;
    while (true) {
      try {
        if (executor.awaitTermination(1, TimeUnit.SECONDS)) {
          break;
        }
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    synchronized (this) {
      try {
        journal.close();
        for (Source source : sources) {
          source.closeReader();
        }
      } catch (IOException e) {
        LOG.warn("The last segment of dead letters was not ended; the next start will do", e);
      }
      segments.close();
    }
  }

  // Format

  private static String key(DeadLetter letter) {
    return letter.document().destination() + SEPARATOR + letter.document().id();
  }

  private static byte[] encode(DeadLetter letter) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeLong(letter.firstAttempt().toEpochMilli());
    out.writeLong(letter.lastAttempt().toEpochMilli());
    byte[] reason = letter.reason().getBytes(UTF_8);
    out.writeInt(reason.length);
    out.write(reason);
    DocumentBatch document = DocumentBatch.of(letter.document());
    byte[] record = new byte[document.byteSize()];
    document.copyRecords(record, 0);
    out.writeInt(record.length);
    out.write(record);
    return bytes.toByteArray();
  }

  private static List<DeadLetter> decode(byte[] payload) throws IOException {
    List<DeadLetter> letters = new ArrayList<>();
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(payload));
    while (in.available() > 0) {
      Instant first = Instant.ofEpochMilli(in.readLong());
      Instant last = Instant.ofEpochMilli(in.readLong());
      String reason = new String(in.readNBytes(in.readInt()), UTF_8);
      DocumentBatch document = DocumentBatch.ofRecords(in.readNBytes(in.readInt()));
      letters.add(new DeadLetter(document.get(0), reason, first, last));
    }
    return letters;
  }

  private static List<String> decodeKeys(byte[] payload) throws IOException {
    List<String> keys = new ArrayList<>();
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(payload));
    while (in.available() > 0) {
      keys.add(new String(in.readNBytes(in.readInt()), UTF_8));
    }
    return keys;
  }
}
