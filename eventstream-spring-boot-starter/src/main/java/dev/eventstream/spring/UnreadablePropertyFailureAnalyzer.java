package dev.eventstream.spring;

import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.convert.ConversionFailedException;
import org.springframework.util.unit.DataSize;

/**
 * Says what to write instead of a value that cannot be converted. Spring Boot's own analyzer, which
 * comes later, names property and value only.
 */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class UnreadablePropertyFailureAnalyzer extends AbstractFailureAnalyzer<BindException> {
  private static final ConfigurationPropertyName PREFIX =
      ConfigurationPropertyName.of("eventstream");

  @Override
  protected @Nullable FailureAnalysis analyze(Throwable rootFailure, BindException cause) {
    ConfigurationProperty property = cause.getProperty();
    if (property == null
        || !PREFIX.isAncestorOf(cause.getName())
        || findCause(cause, ConversionFailedException.class) == null) {
      return null;
    }
    String origin = property.getOrigin() == null ? "" : " (from " + property.getOrigin() + ")";
    Class<?> type = cause.getTarget().getType().toClass();
    return new FailureAnalysis(
        property.getName() + " is \"" + property.getValue() + "\"" + origin,
        "Write " + valid(type) + ".",
        cause);
  }

  private static String valid(Class<?> type) {
    if (type == DataSize.class) {
      return "a size such as 512MB or 20GB; 1GB is 1024MB";
    }
    if (type == Duration.class) {
      return "a time such as 500ms, 2s, 1m, 6h or 30d";
    }
    if (type == boolean.class) {
      return "true or false";
    }
    if (type == int.class || type == Integer.class) {
      return "a whole number";
    }
    if (type.isEnum()) {
      return Arrays.stream(type.getEnumConstants())
          .map(value -> value.toString().toLowerCase(Locale.ROOT).replace('_', '-'))
          .collect(Collectors.joining(" or "));
    }
    return "a value of the type " + type.getSimpleName();
  }
}
