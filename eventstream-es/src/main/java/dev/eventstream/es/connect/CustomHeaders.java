package dev.eventstream.es.connect;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.message.BasicHeader;

/** Checks the headers that a user adds to every request. */
final class CustomHeaders {
  private static final Pattern NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");

  /** Headers that describe the request and its transmission; only the sink sets them. */
  private static final Set<String> RESERVED =
      Set.of(
          "accept",
          "accept-encoding",
          "connection",
          "content-encoding",
          "content-length",
          "content-type",
          "expect",
          "host",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade",
          "user-agent");

  private CustomHeaders() {}

  /**
   * Checks headers.
   *
   * @throws IllegalArgumentException if a header is invalid; the message names the header and never
   *     contains its value, which may be a secret
   */
  static List<Header> of(Map<String, String> headers) {
    List<Header> checked = new ArrayList<>();
    headers.forEach(
        (name, value) -> {
          check(name, value);
          checked.add(new BasicHeader(name, value));
        });
    return List.copyOf(checked);
  }

  private static void check(String name, String value) {
    if (!NAME.matcher(name).matches()) {
      throw invalid(name, "has a name that is invalid in HTTP; use letters, digits and -");
    }
    String lowerCase = name.toLowerCase(Locale.ROOT);
    if (lowerCase.equals("authorization")) {
      throw invalid(name, "is reserved; use credentials(…)");
    }
    if (lowerCase.equals("proxy-authorization")) {
      throw invalid(name, "is reserved; use proxyCredentials(…)");
    }
    if (RESERVED.contains(lowerCase)) {
      throw invalid(name, "is set by the sink; leave it out");
    }
    if (!value.equals(value.strip()) || !value.chars().allMatch(c -> c >= 0x20 && c < 0x7F)) {
      throw invalid(
          name,
          "has a value with a line break, another control character, a character outside ASCII, or"
              + " a space at its beginning or end, which HTTP cannot transmit; remove it");
    }
  }

  private static IllegalArgumentException invalid(String name, String fault) {
    return new IllegalArgumentException("the header \"" + name + "\" " + fault);
  }
}
