package dev.eventstream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import dev.eventstream.internal.json.MemberEdits;
import dev.eventstream.internal.json.MemberEdits.Edit;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The common {@link EventStep}s. They work on the bytes of an event: an event that they do not
 * change is not copied, and no tree is built.
 *
 * <p>A path names a member by the names on the way to it, separated by dots: {@code
 * user.address.city}. It leads through arrays to the members of all their elements, and also finds
 * names that contain the dots, because an engine makes no difference.
 */
public final class EventSteps {
  private static final byte[] NOTHING = {};

  private EventSteps() {}

  /**
   * Adds a member to each event, in place of the event's own of that name.
   *
   * @param name any but {@code eventType} and {@code eventValue}
   * @param value as for {@link Event#of(String, String, Map)}; written once
   * @throws IllegalArgumentException if the value has no JSON form
   */
  public static EventStep add(String name, Object value) {
    requireNonNull(name, "name");
    Addition addition = Addition.of(Map.of(name, requireNonNull(value, "value")));
    return reusing(addition::to);
  }

  /**
   * Adds members that depend on the event, in place of the event's own of these names.
   *
   * @param members returns names and values, as for {@link Event#of(String, String, Map)}; may be
   *     empty
   */
  public static EventStep add(Function<? super Event, ? extends Map<String, ?>> members) {
    requireNonNull(members, "members");
    return event -> {
      Map<String, ?> added = members.apply(event);
      return added.isEmpty() ? event : Addition.of(added).to(event);
    };
  }

  /**
   * Removes members.
   *
   * @param paths any but {@code eventType} and {@code eventValue}
   */
  public static EventStep remove(String... paths) {
    return edit(paths, new Edit.Remove());
  }

  /**
   * Renames a member within its object. An event that has a member of the new name there, too, is
   * rejected.
   *
   * @param path any but {@code eventType} and {@code eventValue}
   * @param name replaces the last name of the path
   */
  public static EventStep rename(String path, String name) {
    return edit(new String[] {path}, new Edit.Rename(requireNonNull(name, "name")));
  }

  /**
   * Replaces the values of members by {@code "***"}, whatever they are. To keep numbers and objects
   * out of an index that maps them as such, use {@link #remove}.
   */
  public static EventStep mask(String... paths) {
    return edit(paths, new Edit.Mask("***"));
  }

  /**
   * Replaces the value of a member by a text that depends on it, for example by its hash.
   *
   * @param text gets the content of a string, and the JSON of any other value; in an array, of each
   *     element. Must not return null
   */
  public static EventStep replace(String path, UnaryOperator<String> text) {
    return edit(new String[] {path}, new Edit.Replace(requireNonNull(text, "text")));
  }

  /** Drops the events for which a condition is true; their outcome is {@link Outcome.Dropped}. */
  public static EventStep drop(Predicate<? super Event> condition) {
    requireNonNull(condition, "condition");
    return event -> condition.test(event) ? null : event;
  }

  /** Applies a step only to the events for which a condition is true. */
  public static EventStep when(Predicate<? super Event> condition, EventStep step) {
    return new Conditional(requireNonNull(condition, "condition"), requireNonNull(step, "step"));
  }

  /**
   * Returns a condition: the event has one of these types. It compares them without creating
   * objects.
   */
  public static Predicate<Event> ofType(String... types) {
    return new OfType(
        Arrays.stream(types).map(type -> type.getBytes(UTF_8)).toArray(byte[][]::new));
  }

  private static EventStep edit(String[] paths, Edit edit) {
    Map<String, Edit> byPath = new HashMap<>();
    for (String path : paths) {
      if (edit instanceof Edit.Remove || edit instanceof Edit.Rename) {
        checkOptional(path);
      }
      byPath.put(requireNonNull(path, "path"), edit);
    }
    MemberEdits edits = new MemberEdits(byPath);
    return reusing(event -> changed(event, edits, NOTHING));
  }

  private static void checkOptional(String name) {
    if (name.equals("eventType") || name.equals("eventValue")) {
      throw new IllegalArgumentException(
          "every event must have the member \"" + name + "\"; choose another one");
    }
  }

  private static Event changed(Event event, MemberEdits edits, byte[] appended)
      throws InvalidEventException {
    byte[] json = edits.apply(event.bytes, event.layout.start, event.layout.end, appended);
    return json == null ? event : event.withJson(json);
  }

  /** A step that keeps no event. */
  private static EventStep reusing(EventStep step) {
    return new EventStep() {
      @Override
      public @Nullable Event apply(Event event) throws InvalidEventException {
        return step.apply(event);
      }

      @Override
      public boolean allowsEventReuse() {
        return true;
      }
    };
  }

  /**
   * Members to add.
   *
   * @param replaced removes the event's own members of these names
   * @param json the members, each with a comma before it
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Addition(MemberEdits replaced, byte[] json) {
    static Addition of(Map<String, ?> members) {
      Map<String, Edit> own = new HashMap<>();
      for (String name : members.keySet()) {
        checkOptional(name);
        own.put(name, new Edit.Remove());
      }
      byte[] object = MemberJson.write(members);
      byte[] json = Arrays.copyOf(object, object.length - 1); // without the closing brace
      json[0] = ',';
      return new Addition(new MemberEdits(own), json);
    }

    Event to(Event event) throws InvalidEventException {
      return changed(event, replaced, json);
    }
  }

  private record Conditional(Predicate<? super Event> condition, EventStep step)
      implements EventStep {
    @Override
    public @Nullable Event apply(Event event) throws InvalidEventException {
      return condition.test(event) ? step.apply(event) : event;
    }

    @Override
    public boolean allowsEventReuse() {
      return condition instanceof OfType && step.allowsEventReuse();
    }

    @Override
    public void close() {
      step.close();
    }
  }

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record OfType(byte[][] types) implements Predicate<Event> {
    @Override
    public boolean test(Event event) {
      int start = event.layout.typeStart;
      int end = event.layout.typeEnd;
      byte[] bytes = event.bytes;
      if (event.layout.escaped) {
        bytes = event.eventType().getBytes(UTF_8);
        start = 0;
        end = bytes.length;
      }
      for (byte[] type : types) {
        if (Arrays.equals(bytes, start, end, type, 0, type.length)) {
          return true;
        }
      }
      return false;
    }
  }
}
