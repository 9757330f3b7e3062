package dev.eventstream.es;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.message.BasicHeader;

/** Headers that the user wants to have in every request. */
final class CustomHeaders {
  private static final Pattern NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");

  /** Those that say what the request is and how it is sent, which is the sink's to say. */
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
   * Checks them.
   *
   * @throws IllegalArgumentException when one cannot be sent; it names the header, but never shows
   *     its value, which may be a secret
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
      throw invalid(name, "has a name that HTTP does not allow; use letters, digits and -");
    }
    String lowerCase = name.toLowerCase(Locale.ROOT);
    if (lowerCase.equals("authorization")) {
      throw invalid(name, "is not set here; use credentials(…)");
    }
    if (lowerCase.equals("proxy-authorization")) {
      throw invalid(name, "is not set here; use proxyCredentials(…)");
    }
    if (RESERVED.contains(lowerCase)) {
      throw invalid(name, "is set by the sink itself; leave it out");
    }
    if (!value.equals(value.strip()) || !value.chars().allMatch(c -> c >= 0x20 && c < 0x7F)) {
      throw invalid(
          name,
          "has a value that HTTP cannot carry: a line break, another control character, one beyond"
              + " ASCII, or a space at its beginning or end; remove it");
    }
  }

  private static IllegalArgumentException invalid(String name, String fault) {
    return new IllegalArgumentException("the header \"" + name + "\" " + fault);
  }
}
