package dev.eventstream.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Masks secrets in text that is shown: in logs, errors and the state. All modules use this class.
 *
 * <p>A password that is not percent-encoded makes a URL ambiguous: it may contain every character
 * that ends a user, a host, a path or a URL. Therefore a URL that is not clearly well-formed is
 * masked from its beginning to its last {@code @}.
 */
public final class CredentialMask {
  /** Replaces a secret. */
  public static final String MASK = "***";

  private static final Pattern SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*://");
  private static final Pattern WELL_FORMED =
      Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*://)([^@/?#\\s]*)(@[^@]*)");

  private CredentialMask() {}

  /**
   * Masks a text that is or should be a URL, or several URLs of one cluster separated by commas.
   * Returns a text without {@code @} unchanged.
   *
   * @param urls with or without a scheme
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
      // If the logins differ, the comma may belong to a password.
      if (!parts.matches() || (login != null && !login.equals(parts.group(2)))) {
        Matcher scheme = SCHEME.matcher(urls);
        return (scheme.lookingAt() ? scheme.group() : "") + MASK + urls.substring(end);
      }
      login = parts.group(2);
      masked.add(parts.group(1) + MASK + parts.group(3));
    }
    return String.join(",", masked);
  }

  /** Removes the user and the password from a URL. Masks a URL that is not well-formed. */
  public static String withoutLogin(String url) {
    Matcher parts = WELL_FORMED.matcher(url);
    return parts.matches() ? parts.group(1) + parts.group(3).substring(1) : urls(url);
  }

  /**
   * Masks the part of a message between the scheme of its first URL and its last {@code @}. Returns
   * a message without {@code @} after a scheme unchanged.
   */
  public static String message(String message) {
    int end = message.lastIndexOf('@');
    Matcher scheme = SCHEME.matcher(message);
    return end >= 0 && scheme.find() && scheme.end() <= end
        ? message.substring(0, scheme.end()) + MASK + message.substring(end)
        : message;
  }
}
