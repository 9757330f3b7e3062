package dev.eventstream;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonStreamContext;
import com.fasterxml.jackson.core.util.JsonGeneratorDelegate;
import com.fasterxml.jackson.databind.BeanDescription;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.SerializationConfig;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.exc.InvalidDefinitionException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.BeanSerializerModifier;
import com.fasterxml.jackson.databind.ser.std.BeanSerializerBase;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import dev.eventstream.internal.text.JsonStrings;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.TemporalAccessor;
import java.time.temporal.TemporalAmount;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Writes members as JSON: as Jackson does, with times as ISO-8601, and with optional values as
 * their content or null. Fails with the path of a value that has no JSON form, instead of writing
 * what happens to be visible of it: the getters of a connection, {@code "NaN"}.
 */
final class MemberJson {
  /** The length of a path in a message; an endless structure has an endless path. */
  private static final int LONGEST_PATH = 200;

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
          .addModule(
              new SimpleModule("eventstream")
                  .addSerializer(new Text<>(TemporalAccessor.class))
                  .addSerializer(new Text<>(TemporalAmount.class))
                  .addSerializer(new Text<>(ZoneId.class))
                  .addSerializer(new Content<>(Optional.class, v -> ((Optional<?>) v).orElse(null)))
                  .addSerializer(
                      new Content<>(OptionalInt.class, v -> v.isPresent() ? v.getAsInt() : null))
                  .addSerializer(
                      new Content<>(OptionalLong.class, v -> v.isPresent() ? v.getAsLong() : null))
                  .addSerializer(
                      new Content<>(
                          OptionalDouble.class, v -> v.isPresent() ? v.getAsDouble() : null))
                  .setSerializerModifier(new OnlyData()))
          .build();

  private MemberJson() {}

  /**
   * Writes members as one object in UTF-8.
   *
   * @throws IllegalArgumentException if a value has no JSON form, with its path
   */
  static byte[] write(Map<String, ?> members) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(256);
    try (JsonGenerator raw = MAPPER.createGenerator(out)) {
      JsonGenerator json = new OnlyValid(raw);
      try {
        MAPPER.writeValue(json, members);
      } catch (IOException e) {
        throw failed(e, json.getOutputContext());
      }
    } catch (IOException e) {
      throw new IllegalArgumentException("the members cannot be written as JSON", e);
    }
    return out.toByteArray();
  }

  private static IllegalArgumentException failed(IOException e, JsonStreamContext context) {
    String path = "$";
    String reason = e instanceof JsonProcessingException p ? p.getOriginalMessage() : e.toString();
    if (e instanceof JsonMappingException mapping) {
      path += path(mapping.getPath());
    } else {
      path += path(context);
    }
    if (e instanceof InvalidDefinitionException unknown && unknown.getType() != null) {
      reason =
          name(unknown.getType().getRawClass())
              + " has no JSON form; convert it to text, a number, a map or a record, or write the"
              + " members with a JsonWriter of your own";
    }
    String shown = path.length() > LONGEST_PATH ? path.substring(0, LONGEST_PATH) + "…" : path;
    return new IllegalArgumentException("cannot write " + shown + ": " + reason, e);
  }

  private static String path(List<JsonMappingException.Reference> references) {
    StringBuilder path = new StringBuilder();
    for (JsonMappingException.Reference reference : references) {
      if (reference.getFieldName() == null) {
        path.append('[').append(reference.getIndex()).append(']');
      } else {
        path.append('.').append(reference.getFieldName());
      }
    }
    return path.toString();
  }

  private static String path(@Nullable JsonStreamContext context) {
    if (context == null || context.inRoot()) {
      return "";
    }
    String own =
        context.inArray()
            ? "[" + context.getCurrentIndex() + "]"
            : context.hasCurrentName() ? "." + context.getCurrentName() : "";
    return path(context.getParent()) + own;
  }

  /** A generated class has no name that says anything. */
  private static String name(Class<?> type) {
    boolean speaks = !Proxy.isProxyClass(type) || type.getInterfaces().length == 0;
    return (speaks ? type : type.getInterfaces()[0]).getTypeName();
  }

  /** Writes a value as text; times as ISO-8601 with seconds, without the name of a zone. */
  private static final class Text<T> extends StdSerializer<T> {
    Text(Class<T> type) {
      super(type);
    }

    @Override
    public void serialize(T value, JsonGenerator json, SerializerProvider provider)
        throws IOException {
      json.writeString(text(value));
    }

    private static String text(Object value) {
      if (value instanceof OffsetDateTime || value instanceof ZonedDateTime) {
        return DateTimeFormatter.ISO_OFFSET_DATE_TIME.format((TemporalAccessor) value);
      }
      if (value instanceof LocalDateTime time) {
        return DateTimeFormatter.ISO_LOCAL_DATE_TIME.format(time);
      }
      if (value instanceof LocalTime time) {
        return DateTimeFormatter.ISO_LOCAL_TIME.format(time);
      }
      if (value instanceof OffsetTime time) {
        return DateTimeFormatter.ISO_OFFSET_TIME.format(time);
      }
      return value.toString();
    }
  }

  /** Writes the content of a value, or null if it has none. */
  private static final class Content<T> extends StdSerializer<T> {
    private final transient Function<T, @Nullable Object> content;

    Content(Class<T> type, Function<T, @Nullable Object> content) {
      super(type);
      this.content = content;
    }

    @Override
    public void serialize(T value, JsonGenerator json, SerializerProvider provider)
        throws IOException {
      Object inner = content.apply(value);
      if (inner == null) {
        json.writeNull();
      } else {
        provider.findValueSerializer(inner.getClass()).serialize(inner, json, provider);
      }
    }
  }

  /**
   * Refuses classes of which Jackson would write whatever their getters return: resources,
   * exceptions, and classes of the JDK that have no serializer of their own.
   */
  private static final class OnlyData extends BeanSerializerModifier {
    @Override
    public JsonSerializer<?> modifySerializer(
        SerializationConfig config, BeanDescription description, JsonSerializer<?> serializer) {
      Class<?> type = description.getBeanClass();
      String module = String.valueOf(type.getModule().getName());
      boolean isData =
          !(serializer instanceof BeanSerializerBase)
              || !(AutoCloseable.class.isAssignableFrom(type)
                  || Throwable.class.isAssignableFrom(type)
                  || module.startsWith("java.")
                  || module.startsWith("jdk."));
      return isData ? serializer : new Refused(type);
    }
  }

  private static final class Refused extends StdSerializer<Object> {
    private final Class<?> type;

    Refused(Class<?> type) {
      super(Object.class);
      this.type = type;
    }

    @Override
    public void serialize(Object value, JsonGenerator json, SerializerProvider provider)
        throws IOException {
      provider.reportBadDefinition(type, "no data");
    }
  }

  /**
   * Refuses numbers that JSON does not have, which Jackson would write as text, and text that has
   * no UTF-8.
   */
  private static final class OnlyValid extends JsonGeneratorDelegate {
    OnlyValid(JsonGenerator json) {
      super(json, false);
    }

    @Override
    public void writeNumber(double value) throws IOException {
      check(value);
      super.writeNumber(value);
    }

    @Override
    public void writeNumber(float value) throws IOException {
      check(value);
      super.writeNumber(value);
    }

    @Override
    public void writeArray(double[] array, int offset, int length) throws IOException {
      for (int i = offset; i < offset + length; i++) {
        try {
          check(array[i]);
        } catch (JsonMappingException e) {
          e.prependPath(array, i);
          throw e;
        }
      }
      super.writeArray(array, offset, length);
    }

    @Override
    public void writeString(String text) throws IOException {
      check(text);
      super.writeString(text);
    }

    @Override
    public void writeFieldName(String name) throws IOException {
      check(name);
      super.writeFieldName(name);
    }

    private void check(String text) throws JsonMappingException {
      if (JsonStrings.hasLoneSurrogate(text)) {
        throw JsonMappingException.from(this, "the text contains an unpaired surrogate");
      }
    }

    private void check(double value) throws JsonMappingException {
      if (!Double.isFinite(value)) {
        throw JsonMappingException.from(
            this, "JSON has no number " + value + "; leave the member out, or write null or text");
      }
    }
  }
}
