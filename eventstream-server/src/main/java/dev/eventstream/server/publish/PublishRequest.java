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
 * What the headers of a request say of its events, and of how it is to be answered.
 *
 * @param cloudEvents how the request carries CloudEvents; null: it carries events as they are
 * @param lines whether there is one event a line
 * @param codings what was done to the body, in order
 * @param documentIds the ids of the events by position; null: new ones, or those of CloudEvents
 * @param respondAsync whether the client would rather not wait for the cluster (RFC 7240)
 * @param charset that of the body, where the content type names another one than UTF-8
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
   * Reads the headers.
   *
   * @param response gets headers that say what would be read
   * @throws RequestErrorException when they ask for what is not possible
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
              + " is not read; send application/json or application/x-ndjson");
    }
    List<String> encodings = headers.getCSV(HttpHeader.CONTENT_ENCODING, false);
    List<ContentCoding> codings = ContentCoding.of(encodings);
    if (codings == null) {
      String accepted = ContentCoding.accepted();
      response.getHeaders().put(HttpHeader.ACCEPT_ENCODING, accepted);
      throw unsupported(
          "content encoding "
              + String.join(", ", encodings)
              + " is not read; send the body as it is, or one of "
              + accepted);
    }
    String transfer = headers.get(HttpHeader.TRANSFER_ENCODING);
    if (transfer != null && !transfer.equalsIgnoreCase("chunked")) {
      // Where such a body ends, a proxy before us may see otherwise than we do.
      response.getHeaders().put(HttpHeader.CONNECTION, "close");
      throw new RequestErrorException(
          RequestError.UNSUPPORTED_TYPE,
          HttpStatus.NOT_IMPLEMENTED_501,
          "transfer encoding " + transfer + " is not read; send the body as it is");
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

  /** The charset that the content type names; null where that is UTF-8 or a part of it. */
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
   * Checks what only the body shows. A charset other than UTF-8 does no harm where all is ASCII:
   * some clients name one whatever they send.
   *
   * @throws RequestErrorException when the body is written in another charset
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
