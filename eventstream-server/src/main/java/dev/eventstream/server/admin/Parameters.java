package dev.eventstream.server.admin;

import dev.eventstream.server.http.RequestError;
import dev.eventstream.server.http.RequestErrorException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Fields;
import org.jspecify.annotations.Nullable;

/** The parameters of a query, of which each name is known and occurs once. Immutable. */
final class Parameters {
  private static final int MAX_LIMIT = 1_000_000_000;

  private final Map<String, String> values;

  private Parameters(Map<String, String> values) {
    this.values = values;
  }

  static Parameters of(Request request, List<String> known) throws RequestErrorException {
    Map<String, String> values = new HashMap<>();
    Fields query;
    try {
      query = Request.extractQueryParameters(request);
    } catch (IllegalArgumentException e) {
      throw bad("the query of the URL is not valid; write UTF-8, and % and two hexadecimal digits");
    }
    for (Fields.Field field : query) {
      String name = field.getName();
      if (!known.contains(name)) {
        throw bad("parameter \"" + name + "\" does not exist; use " + String.join(", ", known));
      }
      if (field.getValues().size() > 1) {
        throw bad("parameter " + name + " is given several times; write it once");
      }
      values.put(name, field.getValue());
    }
    return new Parameters(values);
  }

  @Nullable String get(String name) {
    return values.get(name);
  }

  boolean flag(String name) throws RequestErrorException {
    String value = values.getOrDefault(name, "false");
    return switch (value) {
      case "true" -> true;
      case "false" -> false;
      default -> throw bad(name + " is \"" + value + "\"; write true or false");
    };
  }

  /** A number of letters; without one there is no limit. */
  long limit(String name) throws RequestErrorException {
    String value = values.get(name);
    if (value == null) {
      return Long.MAX_VALUE;
    }
    if (!value.matches("[1-9][0-9]{0,8}")) {
      throw bad(name + " is \"" + value + "\"; write a whole number from 1 to " + (MAX_LIMIT - 1));
    }
    return Long.parseLong(value);
  }

  /**
   * A fault of a request.
   *
   * @param detail names the field, the value and the remedy
   */
  static RequestErrorException bad(String detail) {
    return new RequestErrorException(RequestError.BAD_REQUEST, detail);
  }
}
