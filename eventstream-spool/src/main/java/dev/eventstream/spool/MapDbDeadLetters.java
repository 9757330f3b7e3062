package dev.eventstream.spool;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.eventstream.DeadLetter;
import dev.eventstream.DeadLetters;
import dev.eventstream.Document;
import dev.eventstream.DocumentBatch;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
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
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
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
  private static final int MAX_LETTERS = 100_000; // bounds the memory of the index
  private static final char SEPARATOR = '\0';
  private static final JsonFactory JSON = new JsonFactory();

  /** Where a letter is. */
  private record Place(Source source, int index, int ordinal) {}

  /** A segment, written or only read. */
  private static final class Source {
    final Path file;
    final long order;
    @Nullable SegmentWriter segment;
    @Nullable SegmentReader reader;
    int live;
    int total;
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
  private final List<String> damaged = new ArrayList<>(); // guarded by this
  private final List<Source> sources = new ArrayList<>(); // oldest first; guarded by this
  private final Map<String, Place> places = new HashMap<>(); // guarded by this
  private @Nullable Source active; // guarded by this
  private int appended; // records in the active segment; guarded by this
  private long nextOrder; // guarded by this

  MapDbDeadLetters(Path directory, Path damagedDirectory, long maxBytes, long minFreeBytes)
      throws IOException {
    this.segments = new Segments(directory, SEGMENT_BYTES, maxBytes, minFreeBytes);
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
    if (places.size() + letters.size() > MAX_LETTERS) {
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
    } catch (Segments.NoRoomException e) {
      throw e;
    } catch (IOException e) {
      journal.abandon();
      throw e;
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
    List<String> keys = new ArrayList<>();
    ByteArrayOutputStream payload = new ByteArrayOutputStream();
    long oldest = Long.MAX_VALUE;
    for (Map.Entry<String, DeadLetter> letter : letters.entrySet()) {
      byte[] bytes = encode(letter.getValue());
      if (payload.size() > 0 && payload.size() + bytes.length > Block.MAX_PAYLOAD) {
        put(Block.LETTERS, oldest, keys, payload.toByteArray(), written, beyondLimit);
        payload.reset();
        keys.clear();
        oldest = Long.MAX_VALUE;
      }
      payload.write(bytes);
      keys.add(letter.getKey());
      oldest = Math.min(oldest, letter.getValue().lastAttempt().toEpochMilli());
    }
    put(Block.LETTERS, oldest, keys, payload.toByteArray(), written, beyondLimit);
    journal.commit();
    written.forEach(this::note);
  }

  private void put(
      int kind,
      long time,
      List<String> keys,
      byte[] payload,
      Map<String, Place> written,
      boolean beyondLimit)
      throws IOException {
    if (payload.length > journal.capacity()) {
      throw new Segments.NoRoomException(
          "a document of " + payload.length + " bytes is larger than what is kept", null);
    }
    journal.makeRoom(payload.length, beyondLimit);
    journal.append(kind, time, keys.size(), payload, 0, payload.length);
    Source source = active;
    if (source != null) {
      for (int i = 0; i < keys.size(); i++) {
        written.put(keys.get(i), new Place(source, appended, i));
      }
    }
    appended += Math.max(1, (payload.length + Block.MAX_PAYLOAD - 1) / Block.MAX_PAYLOAD);
  }

  private void note(String key, Place place) {
    forget(key);
    places.put(key, place);
    place.source.live++;
    place.source.total++;
  }

  private boolean forget(String key) {
    Place place = places.remove(key);
    if (place != null) {
      place.source.live--;
    }
    return place != null;
  }

  // Reading

  @Override
  public void forEach(Predicate<? super DeadLetter> filter, Consumer<? super DeadLetter> consumer)
      throws IOException {
    List<Place> all;
    synchronized (this) {
      all = new ArrayList<>(places.values());
    }
    all.sort(
        Comparator.comparingLong((Place place) -> place.source.order)
            .thenComparingInt(Place::index)
            .thenComparingInt(Place::ordinal));
    for (Place place : all) {
      DeadLetter letter;
      synchronized (this) {
        letter = isStillThere(place) ? read(place) : null;
      }
      if (letter != null && filter.test(letter)) {
        consumer.accept(letter);
      }
    }
  }

  private boolean isStillThere(Place place) {
    return sources.contains(place.source);
  }

  private @Nullable Block lastRead; // letters are mostly read in a row; guarded by this
  private @Nullable Source lastSource; // guarded by this
  private int lastIndex; // guarded by this

  private @Nullable DeadLetter read(Place place) throws IOException {
    Block block = lastRead;
    if (block == null || lastSource != place.source || lastIndex != place.index) {
      block = place.source.read(place.index);
      lastRead = block;
      lastSource = place.source;
      lastIndex = place.index;
    }
    if (block == null) {
      noteDamage(place.source, place.index);
      return null;
    }
    return decode(block.payload()).get(place.ordinal);
  }

  private void noteDamage(Source source, int index) {
    if (!source.damaged) {
      source.damaged = true;
      damaged.add(source.file.toString());
      LOG.error("Record {} of the dead letters {} cannot be read", index, source.file);
    }
  }

  @Override
  public long export(Predicate<? super DeadLetter> filter, OutputStream out) throws IOException {
    long[] count = new long[1];
    AtomicReference<@Nullable IOException> failure = new AtomicReference<>();
    JsonGenerator json =
        JSON.createGenerator(out).configure(JsonGenerator.Feature.AUTO_CLOSE_TARGET, false);
    json.setRootValueSeparator(null);
    forEach(
        filter,
        letter -> {
          if (failure.get() != null) {
            return;
          }
          try {
            writeLine(letter, json);
            count[0]++;
          } catch (IOException e) {
            failure.set(e);
          }
        });
    IOException failed = failure.get();
    if (failed != null) {
      throw failed;
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
  public synchronized long count() {
    return places.size();
  }

  @Override
  public long diskBytes() {
    return segments.diskBytes();
  }

  synchronized List<String> damaged() {
    return List.copyOf(damaged);
  }

  // Removing

  @Override
  public long purge(Predicate<? super DeadLetter> filter) throws IOException {
    List<String> keys = new ArrayList<>();
    forEach(filter, letter -> keys.add(key(letter)));
    return removeKeys(keys);
  }

  @Override
  public void remove(List<DeadLetter> letters) throws IOException {
    removeKeys(letters.stream().map(MapDbDeadLetters::key).toList());
  }

  private synchronized long removeKeys(List<String> keys) throws IOException {
    List<String> present = keys.stream().distinct().filter(places::containsKey).toList();
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
            List.of(),
            payload.toByteArray(),
            new HashMap<>(),
            true);
        journal.commit();
      } catch (Segments.NoRoomException e) {
        throw e;
      } catch (IOException e) {
        journal.abandon();
        throw e;
      }
      present.subList(from, to).forEach(this::forget);
      from = to;
    }
    compact();
    return present.size();
  }

  /** As long as more than half of what is in closed segments is gone. */
  private void compact() throws IOException {
    while (true) {
      Source oldest = sources.isEmpty() ? null : sources.get(0);
      int live = sources.stream().mapToInt(source -> source.live).sum();
      int total = sources.stream().mapToInt(source -> source.total).sum();
      if (oldest == null || oldest == active || oldest.damaged || 2 * live > total) {
        return;
      }
      Map<String, DeadLetter> rest = new LinkedHashMap<>();
      for (Map.Entry<String, Place> entry : List.copyOf(places.entrySet())) {
        if (entry.getValue().source == oldest) {
          DeadLetter letter = read(entry.getValue());
          if (letter == null) {
            return; // damaged: it stays
          }
          rest.put(entry.getKey(), letter);
        }
      }
      if (!rest.isEmpty()) {
        write(rest, true);
      }
      sources.remove(oldest);
      lastRead = null;
      oldest.closeReader();
      segments.delete(oldest.file);
    }
  }

  // Opening

  /** Takes over the letters of another directory on the same volume. */
  synchronized void adopt(Path orphaned) throws IOException {
    for (Path file : segments.adopt(orphaned)) {
      load(file);
    }
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
    int index = 0;
    while (index < reader.end()) {
      Block block = reader.read(index);
      if (block == null) {
        if (reader.wasCommitted(index)) {
          noteDamage(source, index);
        }
        index++;
        continue;
      }
      if (block.kind() == Block.LETTERS) {
        List<DeadLetter> letters = decode(block.payload());
        for (int i = 0; i < letters.size(); i++) {
          note(key(letters.get(i)), new Place(source, index, i));
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
      appended = 0;
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
