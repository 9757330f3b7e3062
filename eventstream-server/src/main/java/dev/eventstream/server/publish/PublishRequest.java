package dev.eventstream.server.publish;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.eventstream.server.body.ContentCoding;
import dev.eventstream.server.body.RequestBody;
import dev.eventstream.server.cloudevents.CloudEvents;
import dev.eventstream.server.guard.Authentication;
import dev.eventstream.server.http.RequestError;
import dev.eventstream.server.http.RequestErrorException;
import dev.eventstream.server.idempotency.IdempotencyKey;
import java.nio.charset.Charset;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.MimeTypes;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.jspecify.annotations.Nullable;

/**
 * The format of a request's events, and the requested form of the answer, from the headers.
 *
 * @param cloudEvents the content mode of CloudEvents; null: plain events
 * @param lines whether each line is an event
 * @param codings the content codings in the order in which they were applied
 * @param documentIds the events' document ids by position; null: generated, or those of CloudEvents
 * @param respondAsync whether the client prefers not to wait for the cluster (RFC 7240)
 * @param charset the charset that the content type names; null: UTF-8
 */
record PublishRequest(
    CloudEvents.@Nullable Mode cloudEvents,
    boolean lines,
    List<ContentCoding> codings,
    @Nullable IntFunction<String> documentIds,
    boolean respondAsync,
    @Nullable String charset) {
  static final String RESPOND_ASYNC = "respond-async";

  /**
   * Parses the headers.
   *
   * @param response gets a header that lists what is supported
   * @throws RequestErrorException if a header is not valid or not supported
   */
  static PublishRequest of(Request request, Response response, Dialect dialect)
      throws RequestErrorException {
    HttpFields headers = request.getHeaders();
    String mediaType = mediaType(headers);
    CloudEvents.Mode cloudEvents = CloudEvents.mode(mediaType, headers);
    if (cloudEvents == null && !dialect.takes(mediaType)) {
      throw unsupported(
          "content type "
              + mediaType
              + " is not supported; send application/json or application/x-ndjson");
    }
    List<String> encodings = headers.getCSV(HttpHeader.CONTENT_ENCODING, false);
    List<ContentCoding> codings = ContentCoding.of(encodings);
    if (codings == null) {
      String accepted = ContentCoding.accepted();
      response.getHeaders().put(HttpHeader.ACCEPT_ENCODING, accepted);
      throw unsupported(
          "content encoding "
              + String.join(", ", encodings)
              + " is not supported; send the body without encoding, or with one of "
              + accepted);
    }
    String transfer = headers.get(HttpHeader.TRANSFER_ENCODING);
    if (transfer != null && !transfer.equalsIgnoreCase("chunked")) {
      // A proxy may find another end of such a body, so the connection cannot be reused.
      response.getHeaders().put(HttpHeader.CONNECTION, "close");
      throw new RequestErrorException(
          RequestError.UNSUPPORTED_TYPE,
          HttpStatus.NOT_IMPLEMENTED_501,
          "transfer encoding " + transfer + " is not supported; send the body without it");
    }
    IdempotencyKey key = IdempotencyKey.of(headers.getValuesList(IdempotencyKey.HEADER));
    return new PublishRequest(
        cloudEvents,
        mediaType != null && mediaType.endsWith("ndjson"),
        codings,
        key == null ? null : key.documentIds(Authentication.keyName(request)),
        prefersAsync(headers),
        otherCharset(headers));
  }

  private static boolean prefersAsync(HttpFields headers) {
    return headers.getCSV("Prefer", true).stream()
        .anyMatch(preference -> withoutParameters(preference).equalsIgnoreCase(RESPOND_ASYNC));
  }

  /** The charset that the content type names; null: UTF-8 or its subset ASCII. */
  private static @Nullable String otherCharset(HttpFields headers) {
    String charset = MimeTypes.getCharsetFromContentType(headers.get(HttpHeader.CONTENT_TYPE));
    if (charset == null) {
      return null;
    }
    try {
      Charset known = Charset.forName(charset);
      return known.equals(UTF_8) || known.equals(US_ASCII) ? null : charset;
    } catch (IllegalArgumentException e) {
      return charset;
    }
  }

  /**
   * Checks the body against the charset. Another charset than UTF-8 is accepted if the whole body
   * is ASCII, because some clients always name one.
   *
   * @throws RequestErrorException if the body is in another charset
   */
  void check(RequestBody body) throws RequestErrorException {
    int at = charset == null ? -1 : body.firstBeyondAscii();
    if (at >= 0) {
      throw unsupported(
          "Content-Type says charset="
              + charset
              + ", and byte "
              + at
              + " of the body is not ASCII; send the body in UTF-8, with charset=utf-8 or without");
    }
  }

  private static @Nullable String mediaType(HttpFields headers) {
    String contentType = headers.get(HttpHeader.CONTENT_TYPE);
    return contentType == null || contentType.isBlank()
        ? null
        : withoutParameters(contentType).toLowerCase(Locale.ROOT);
  }

  private static String withoutParameters(String value) {
    int parameters = value.indexOf(';');
    return (parameters < 0 ? value : value.substring(0, parameters)).strip();
  }

  private static RequestErrorException unsupported(String detail) {
    return new RequestErrorException(RequestError.UNSUPPORTED_TYPE, detail);
  }
}
