package dev.eventstream.es.connect;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.apache.hc.core5.concurrent.FutureCallback;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentTooLongException;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.EntityDetails;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.message.BasicClassicHttpResponse;
import org.apache.hc.core5.http.nio.AsyncResponseConsumer;
import org.apache.hc.core5.http.nio.CapacityChannel;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.jspecify.annotations.Nullable;

/**
 * Collects an answer in one buffer of the announced length. The client's own consumer starts with a
 * few KiB, doubles its buffer until the answer fits, and copies it at the end: garbage of several
 * times the answer's size. Used by the I/O thread only.
 */
final class AnswerConsumer implements AsyncResponseConsumer<ClassicHttpResponse> {
  /** The limit of the client's own consumer. */
  static final int MAX_LENGTH = 100 << 20;

  /** How much is allocated for an announcement alone. */
  static final int MAX_INITIAL_LENGTH = 4 << 20;

  private static final int DEFAULT_LENGTH = 8 << 10;

  private @Nullable ClassicHttpResponse answer;
  private @Nullable EntityDetails entity;
  private @Nullable FutureCallback<ClassicHttpResponse> callback;
  private byte[] buffer = new byte[0];
  private int length;

  @Override
  public void consumeResponse(
      HttpResponse response,
      @Nullable EntityDetails details,
      HttpContext context,
      FutureCallback<ClassicHttpResponse> result)
      throws ContentTooLongException {
    BasicClassicHttpResponse head =
        new BasicClassicHttpResponse(response.getCode(), response.getReasonPhrase());
    head.setVersion(response.getVersion());
    head.setHeaders(response.getHeaders());
    if (details == null) {
      result.completed(head);
      return;
    }
    long announced = details.getContentLength(); // negative if unknown
    checkLength(announced);
    buffer = new byte[announced < 0 ? DEFAULT_LENGTH : initialLength(announced)];
    answer = head;
    entity = details;
    callback = result;
  }

  private static int initialLength(long announced) {
    return (int) Math.min(announced, MAX_INITIAL_LENGTH);
  }

  private static void checkLength(long length) throws ContentTooLongException {
    if (length > MAX_LENGTH) {
      throw new ContentTooLongException("the answer is longer than " + MAX_LENGTH + " bytes");
    }
  }

  @Override
  public void informationResponse(HttpResponse response, HttpContext context) {}

  @Override
  public void updateCapacity(CapacityChannel channel) throws IOException {
    channel.update(Integer.MAX_VALUE);
  }

  @Override
  public void consume(ByteBuffer data) throws ContentTooLongException {
    int count = data.remaining();
    long needed = (long) length + count;
    checkLength(needed);
    if (needed > buffer.length) {
      buffer = Arrays.copyOf(buffer, (int) Math.max(needed, Math.min(2L * length, MAX_LENGTH)));
    }
    data.get(buffer, length, count);
    length += count;
  }

  @Override
  public void streamEnd(@Nullable List<? extends Header> trailers) {
    if (answer != null && entity != null && callback != null) {
      ContentType type = ContentType.parseLenient(entity.getContentType());
      answer.setEntity(new ByteArrayEntity(buffer, 0, length, type, entity.getContentEncoding()));
      callback.completed(answer);
    }
  }

  @Override
  public void failed(Exception cause) {
    if (callback != null) {
      callback.failed(cause);
    }
  }

  @Override
  public void releaseResources() {
    callback = null;
  }
}
