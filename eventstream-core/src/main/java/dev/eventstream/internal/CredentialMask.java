package dev.eventstream.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Hides the user and the password in URLs that are shown: in logs, errors and the state.
 *
 * <p>A password that is not percent-encoded makes a URL ambiguous: it may hold every character that
 * ends a user, a host, a path or a URL. So a URL that is not unmistakably well-formed is hidden
 * from its beginning to its last {@code @}.
 */
public final class CredentialMask {
  private static final String MASK = "***";
  private static final Pattern SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*://");
  private static final Pattern WELL_FORMED =
      Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*://)([^@/?#\\s]*)(@[^@]*)");

  private CredentialMask() {}

  /**
   * Masks a text that is a URL, or was meant as one, or as several of one cluster with commas
   * between them.
   *
   * @param urls with or without a scheme
   * @return the same text where there is no {@code @} in it
   */
  public static String urls(String urls) {
    int end = urls.lastIndexOf('@');
    if (end < 0) {
      return urls;
    }
    List<String> masked = new ArrayList<>();
    String login = null;
    for (String url : urls.split(",", -1)) {
      Matcher parts = WELL_FORMED.matcher(url.strip());
      // Without the same login in all of them the comma may belong to a password.
      if (!parts.matches() || (login != null && !login.equals(parts.group(2)))) {
        Matcher scheme = SCHEME.matcher(urls);
        return (scheme.lookingAt() ? scheme.group() : "") + MASK + urls.substring(end);
      }
      login = parts.group(2);
      masked.add(parts.group(1) + MASK + parts.group(3));
    }
    return String.join(",", masked);
  }

  /**
   * Masks a message that may have a URL with a scheme in it: what stands between the scheme of its
   * first URL and its last {@code @}.
   *
   * @param message in plain text
   * @return the same text where there is no {@code @} behind a scheme
   */
  public static String message(String message) {
    int end = message.lastIndexOf('@');
    Matcher scheme = SCHEME.matcher(message);
    return end >= 0 && scheme.find() && scheme.end() <= end
        ? message.substring(0, scheme.end()) + MASK + message.substring(end)
        : message;
  }
}
