package dev.eventstream.server.publish;

import dev.eventstream.Outcome;
import dev.eventstream.server.http.Answer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What differs between the publishing endpoints: the content types, and the form of the answer. */
interface Dialect {
  /** Whether bodies of this type are accepted; null: the request names no type. */
  boolean takes(@Nullable String mediaType);

  /**
   * The answer to a request whose events all have their outcomes.
   *
   * @param array whether the request held an array, or several events
   */
  Answer answer(boolean array, List<Outcome> outcomes);
}
