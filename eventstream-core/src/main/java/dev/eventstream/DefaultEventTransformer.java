package dev.eventstream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import dev.eventstream.internal.json.EventLayout;
import dev.eventstream.internal.json.Fields;
import dev.eventstream.internal.json.OwnMember;
import dev.eventstream.internal.text.JsonStrings;
import dev.eventstream.spi.DocumentBatchBuilder;
import dev.eventstream.spi.IndexGenerations;
import dev.eventstream.spi.IndexPattern;
import dev.eventstream.spi.Rejection;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.jspecify.annotations.Nullable;

/**
 * The default transformer. A document consists of the members of the event and, in addition:
 *
 * <ul>
 *   <li>{@code eventId}: the ID that the resolver returns for type and value. It replaces an {@code
 *       eventId} of the event; if the resolver knows none, the event's own is kept.
 *   <li>{@code @timestamp}: the time of acceptance in UTC, ISO-8601 with milliseconds, the same for
 *       all events of a batch. The event's own is kept if it is an ISO-8601 date that every engine
 *       understands, and is replaced otherwise.
 *   <li>{@code clientTimestamp}: the event's own {@code @timestamp} if it was replaced, as text:
 *       {@code json:} followed by the original value, for example {@code json:1764230400000}. If
 *       the event already has a member of that name, one or more underscores are appended.
 * </ul>
 *
 * <p>The destination is derived from the event type. The document ID is the event's own ({@link
 * Event#withDocumentId}) or a new UUIDv7. Thread-safe.
 */
public final class DefaultEventTransformer implements EventTransformer {
  /** The default limit of an index. */
  private static final int DEFAULT_MAX_FIELDS = 1_000;

  /** The default limit of an index for nested objects. */
  private static final int DEFAULT_MAX_VALUES = 10_000;

  private static final byte[] EVENT_ID = ",\"eventId\":".getBytes(UTF_8);
  private static final int UUID_LENGTH = 36;
  private static final String CLIENT_TIMESTAMP = "clientTimestamp";

  /**
   * Turns every value into text that no engine detects as a date or a number. If an engine detected
   * one, it would reject the next value that is neither.
   */
  private static final String CLIENT_TIMESTAMP_PREFIX = "json:";

  /**
   * An event's own ID is reported in its outcome up to this size in bytes; the document always
   * contains it.
   */
  private static final int LONGEST_OWN_EVENT_ID = 512;

  private final IdResolver idResolver;
  private final boolean knowsIds;
  private final boolean rejectUnknownValues;
  private final EventTypes eventTypes;
  private final Destinations destinations; // by type
  private final @Nullable Function<? super Event, @Nullable String> route;
  private final Destinations routes; // by route
  private final int maxFields;
  private final int maxValues;
  private final ReservedMembers reservedMembers;
  private final long maxAgeMillis;
  private final long maxAheadMillis;
  private final Clock clock;
  private final Timestamps timestamps = new Timestamps();

  /** Each thread generates its own IDs. The seeds come from the system, so that replicas differ. */
  private final ThreadLocal<RandomGenerator> random =
      ThreadLocal.withInitial(
          () -> {
            byte[] seed = new byte[24];
            new SecureRandom().nextBytes(seed); // unlike generateSeed, never blocks for entropy
            return RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
          });

  private DefaultEventTransformer(Builder builder) {
    this.idResolver = builder.idResolver;
    this.knowsIds = idResolver != IdResolver.none();
    this.rejectUnknownValues = builder.rejectUnknownValues;
    IndexPattern pattern = IndexPattern.parse(builder.index);
    this.eventTypes = new EventTypes(builder.allowedEventTypes, builder.maxEventTypes);
    this.destinations = new Destinations(pattern, eventTypes, builder.generations);
    this.route = builder.route;
    this.routes =
        new Destinations(pattern, EventTypes.routes(builder.maxEventTypes), builder.generations);
    this.maxFields = builder.maxFields;
    this.maxValues = builder.maxValues;
    this.reservedMembers = builder.reservedMembers;
    this.maxAgeMillis = builder.maxAge.toMillis();
    this.maxAheadMillis = builder.maxAhead.toMillis();
    this.clock = builder.clock;
  }

  /** Returns a builder with the default settings. */
  public static Builder builder() {
    return new Builder();
  }

  @Override
  public boolean allowsEventReuse() {
    return route == null;
  }

  @Override
  public void transform(Event given, DocumentBatchBuilder documents) throws InvalidEventException {
    checkSize(given);
    Event event = given.layout.underscores ? ReservedNames.handle(given, reservedMembers) : given;
    long now = documents.acceptedAt(clock);
    long ownTime = ownTime(event, now);
    byte[] destination = destination(event, ownTime == Timestamps.NONE ? now : ownTime);
    String eventId = eventId(event, documents);
    documents.begin();
    documents.put(destination, 0, destination.length);
    documents.endDestination();
    putDocumentId(event, now, documents);
    documents.endId();
    documents.endEventId(eventId == null ? ownEventId(event) : eventId);
    putSource(event, eventId, now, ownTime == Timestamps.NONE, documents);
    documents.end();
  }

  /** Closes the resolver. */
  @Override
  public void close() {
    idResolver.close();
  }

  /**
   * Checks the number of fields and values. Fields are limited because an engine maps each one
   * under a cluster-wide lock before it detects that there are too many. Values are limited because
   * an engine's work grows with their number. Only an event with more members than the field limit
   * is scanned again to count distinct fields.
   */
  private void checkSize(Event event) throws InvalidEventException {
    EventLayout at = event.layout;
    int values = at.members + at.elements;
    if (values > maxValues) {
      throw new InvalidEventException(
          Rejection.TOO_MANY_VALUES,
          "the event has "
              + values
              + " values (members and elements of arrays, at all depths), and maxValues is "
              + maxValues
              + ": send several smaller events");
    }
    if (at.members + at.dots > maxFields && Fields.moreThan(maxFields, event.bytes, at.start)) {
      throw new InvalidEventException(
          Rejection.TOO_MANY_FIELDS,
          "the event has "
              + at.members
              + " members, of more distinct names than the "
              + maxFields
              + " that maxFields allows: put what varies into values instead of names, or send"
              + " several smaller events");
    }
  }

  /**
   * Returns the event's own time in milliseconds since 1970; {@link Timestamps#NONE} if it has none
   * that can be used. With a date in the index pattern, a wrong clock of a client must not create
   * indices.
   */
  private long ownTime(Event event, long now) {
    EventLayout at = event.layout;
    if (at.timestampStart < 0) {
      return Timestamps.NONE;
    }
    long time = Timestamps.read(event.bytes, at.timestampStart, at.timestampEnd);
    boolean isUsable =
        !destinations.areDated() || (time >= now - maxAgeMillis && time <= now + maxAheadMillis);
    return isUsable ? time : Timestamps.NONE;
  }

  private byte[] destination(Event event, long time) throws InvalidEventException {
    String name = route == null ? null : route.apply(event);
    if (name == null) {
      return destinations.of(event, time);
    }
    eventTypes.check(event.eventType());
    return routes.of(name, time);
  }

  private @Nullable String eventId(Event event, DocumentBatchBuilder documents)
      throws InvalidEventException {
    EventLayout at = event.layout;
    String eventId =
        at.escaped
            ? idResolver.resolve(event.eventType(), event.eventValue())
            : idResolver.resolve(event.bytes, at.typeStart, at.typeEnd, at.valueStart, at.valueEnd);
    if (eventId == null && knowsIds) {
      documents.countIdMiss();
    }
    if (eventId == null && rejectUnknownValues) {
      throw new InvalidEventException(
          Rejection.UNKNOWN_EVENT_VALUE,
          "no event ID is known for this eventValue of eventType \"" + event.eventType() + "\"");
    }
    return eventId;
  }

  private static @Nullable String ownEventId(Event event) {
    EventLayout at = event.layout;
    boolean isText = at.idStart >= 0 && event.bytes[at.idStart] == '"';
    boolean isShort = at.idEnd - at.idStart <= LONGEST_OWN_EVENT_ID;
    return isText && isShort
        ? JsonStrings.unescape(event.bytes, at.idStart + 1, at.idEnd - 1)
        : null;
  }

  private void putDocumentId(Event event, long now, DocumentBatchBuilder documents) {
    String own = event.documentId();
    if (own != null) {
      documents.putText(own);
      return;
    }
    RandomGenerator bits = random.get();
    int at = documents.reserve(UUID_LENGTH);
    UuidV7.write(now, bits.nextLong(), bits.nextLong(), documents.buffer(), at);
  }

  /** Copies the event, replaces the members that the stream sets, and appends the missing ones. */
  private void putSource(
      Event event,
      @Nullable String eventId,
      long now,
      boolean withTimeOfAcceptance,
      DocumentBatchBuilder documents) {
    EventLayout at = event.layout;
    boolean replaceId = at.idStart >= 0 && eventId != null;
    boolean replaceTimestamp = at.timestampStart >= 0 && withTimeOfAcceptance;
    boolean idFirst = at.idStart < at.timestampStart;
    int from = at.start;
    if (replaceId && idFirst) {
      from = replaceId(event, from, eventId, documents);
    }
    if (replaceTimestamp) {
      copy(event, from, at.timestampStart, documents);
      byte[] member = timestamps.lastMember(now);
      int valueEnd = member.length - 1;
      documents.put(member, Timestamps.VALUE_START, valueEnd - Timestamps.VALUE_START);
      from = at.timestampEnd;
    }
    if (replaceId && !idFirst) {
      from = replaceId(event, from, eventId, documents);
    }
    copy(event, from, at.end - 1, documents);
    if (at.idStart < 0 && eventId != null) {
      documents.put(EVENT_ID, 0, EVENT_ID.length);
      documents.putJsonString(eventId);
    }
    if (replaceTimestamp) {
      putClientTimestamp(event, documents);
    }
    if (at.timestampStart < 0) {
      byte[] member = timestamps.lastMember(now);
      documents.put(member, 0, member.length);
    } else {
      documents.put((byte) '}');
    }
  }

  /** Preserves the event's own time, which would otherwise be lost. */
  private static void putClientTimestamp(Event event, DocumentBatchBuilder documents) {
    EventLayout at = event.layout;
    Set<String> names = new HashSet<>();
    OwnMember.all(event.bytes, at.start).forEach(member -> names.add(member.name()));
    documents.put((byte) ',');
    documents.putJsonString(OwnMember.free(CLIENT_TIMESTAMP, names));
    documents.put((byte) ':');
    int length = at.timestampEnd - at.timestampStart;
    String value = new String(event.bytes, at.timestampStart, length, UTF_8);
    documents.putJsonString(CLIENT_TIMESTAMP_PREFIX + value);
  }

  private static int replaceId(
      Event event, int from, @Nullable String eventId, DocumentBatchBuilder documents) {
    copy(event, from, event.layout.idStart, documents);
    documents.putJsonString(requireNonNull(eventId));
    return event.layout.idEnd;
  }

  private static void copy(Event event, int from, int to, DocumentBatchBuilder documents) {
    if (event.layout.lineBreaks) {
      documents.putOnOneLine(event.bytes, from, to - from);
    } else {
      documents.put(event.bytes, from, to - from);
    }
  }

  /** Builds a {@link DefaultEventTransformer}. Not thread-safe. */
  public static final class Builder {
    private static final Duration WIDEST_WINDOW = Duration.ofDays(36_500);
    private static final IndexGenerations ONE_GENERATION =
        new IndexGenerations() {
          @Override
          public String current(String index) {
            return index;
          }

          @Override
          public long version() {
            return 0;
          }
        };

    private IdResolver idResolver = IdResolver.none();
    private boolean rejectUnknownValues;
    private String index = "{eventType}";
    private @Nullable Function<? super Event, @Nullable String> route;
    private IndexGenerations generations = ONE_GENERATION;
    private Set<String> allowedEventTypes = Set.of();
    private int maxEventTypes = EventTypes.DEFAULT_MAX_TYPES;
    private int maxFields = DEFAULT_MAX_FIELDS;
    private int maxValues = DEFAULT_MAX_VALUES;
    private ReservedMembers reservedMembers = ReservedMembers.REJECT;
    private Duration maxAge = Duration.ofDays(30);
    private Duration maxAhead = Duration.ofHours(1);
    private Clock clock = Clock.systemUTC();

    private Builder() {}

    /**
     * Sets the source of event IDs; no IDs are known by default.
     *
     * @param resolver closed with the transformer
     */
    public Builder idResolver(IdResolver resolver) {
      this.idResolver = requireNonNull(resolver, "idResolver");
      return this;
    }

    /**
     * Sets how to handle an event for which the resolver knows no ID.
     *
     * @param reject true to reject the event; false, the default, to index it without an ID
     */
    public Builder rejectUnknownValues(boolean reject) {
      this.rejectUnknownValues = reject;
      return this;
    }

    /**
     * Sets the index of an event.
     *
     * @param pattern an index name in which {@code {eventType}} stands for the event's type, and
     *     one of {@code {yyyy.MM.dd}}, {@code {xxxx.ww}} (ISO week), {@code {yyyy.MM}}, {@code
     *     {yyyy}} for the event's {@code @timestamp} in UTC, or for the time of acceptance if it
     *     has none ({@code -} instead of {@code .} is possible); {@code {eventType}} by default
     */
    public Builder index(String pattern) {
      this.index = requireNonNull(pattern, "index");
      return this;
    }

    /**
     * Sets what chooses the index of an event instead of its type. The type itself remains subject
     * to {@link #allowedEventTypes}.
     *
     * @param newRoute returns the name that stands for {@code {eventType}} in the index pattern, or
     *     null for the event's type. The rules for event types apply to it, and there may be {@link
     *     #maxEventTypes} distinct ones. Called by many threads concurrently
     */
    public Builder route(Function<? super Event, @Nullable String> newRoute) {
      this.route = requireNonNull(newRoute, "route");
      return this;
    }

    /**
     * Sets what says in which index new documents continue when one has become too large or too
     * old; by default they always go to the index that the pattern names.
     */
    public Builder generations(IndexGenerations generations) {
      this.generations = requireNonNull(generations, "generations");
      return this;
    }

    /**
     * Restricts events to the given types.
     *
     * @param types event types; empty, the default, means all valid types
     */
    public Builder allowedEventTypes(Set<String> types) {
      this.allowedEventTypes = Set.copyOf(types);
      return this;
    }

    /**
     * Limits how many distinct event types this transformer accepts if there is no allow-list.
     * Prevents clients from flooding the cluster with indices.
     *
     * @param max at least 1; 1,000 by default
     */
    public Builder maxEventTypes(int max) {
      if (max < 1) {
        throw new IllegalArgumentException("maxEventTypes is " + max + "; it must be at least 1");
      }
      this.maxEventTypes = max;
      return this;
    }

    /**
     * Limits the number of distinct fields of an event, that is, of paths of member names, objects
     * included. Elements of an array share their fields. Dots in names separate fields as objects
     * do.
     *
     * @param max at least 2; 1,000 by default, as {@code index.mapping.total_fields.limit} of an
     *     index
     */
    public Builder maxFields(int max) {
      if (max < 2) {
        throw new IllegalArgumentException(
            "maxFields is " + max + "; it must be at least 2: eventType and eventValue");
      }
      this.maxFields = max;
      return this;
    }

    /**
     * Limits the number of values of an event: members and array elements at all depths.
     *
     * @param max at least 2; 10,000 by default
     */
    public Builder maxValues(int max) {
      if (max < 2) {
        throw new IllegalArgumentException(
            "maxValues is " + max + "; it must be at least 2: eventType and eventValue");
      }
      this.maxValues = max;
      return this;
    }

    /**
     * Sets how to handle an event with a member name that engines reserve, such as {@code
     * _routing}.
     *
     * @param handling {@link ReservedMembers#REJECT} by default
     */
    public Builder reservedMembers(ReservedMembers handling) {
      this.reservedMembers = requireNonNull(handling, "reservedMembers");
      return this;
    }

    /**
     * Limits how far an event's own {@code @timestamp} may be from the time of acceptance if the
     * index pattern contains a date, so that wrong clocks do not create indices. Beyond it, index
     * and {@code @timestamp} are those of the time of acceptance, and the event's own is kept in
     * {@code clientTimestamp}.
     *
     * @param age into the past; 0 to 36,500 days; 30 days by default
     * @param ahead into the future; 0 to 36,500 days; 1 hour by default
     */
    public Builder timestampWindow(Duration age, Duration ahead) {
      this.maxAge = checkWindow("age", age);
      this.maxAhead = checkWindow("ahead", ahead);
      return this;
    }

    private static Duration checkWindow(String name, Duration value) {
      if (value.isNegative() || value.compareTo(WIDEST_WINDOW) > 0) {
        throw new IllegalArgumentException(
            name + " is " + value + "; it must be 0 to " + WIDEST_WINDOW.toDays() + " days");
      }
      return value;
    }

    /** Sets the clock for the time of acceptance; the system clock by default. */
    public Builder clock(Clock clock) {
      this.clock = requireNonNull(clock, "clock");
      return this;
    }

    /**
     * Builds the transformer.
     *
     * @throws IllegalArgumentException if the index pattern or the allowed event types are invalid,
     *     with the value and the remedy
     */
    public DefaultEventTransformer build() {
      return new DefaultEventTransformer(this);
    }
  }
}
