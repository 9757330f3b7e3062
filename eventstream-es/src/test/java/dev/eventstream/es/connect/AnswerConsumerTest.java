package dev.eventstream.es.connect;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.hc.core5.concurrent.CallbackContribution;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentTooLongException;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.EntityDetails;
import org.apache.hc.core5.http.impl.BasicEntityDetails;
import org.apache.hc.core5.http.message.BasicHttpResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AnswerConsumerTest {
  private AnswerConsumer consumer = new AnswerConsumer();
  private ClassicHttpResponse answer;

  private void begin(long announced) throws Exception {
    begin(new BasicEntityDetails(announced, ContentType.APPLICATION_JSON));
  }

  private void begin(EntityDetails entity) throws Exception {
    BasicHttpResponse head = new BasicHttpResponse(200, "OK");
    head.setHeader("X-Some", "header");
    consumer.consumeResponse(
        head,
        entity,
        null,
        new CallbackContribution<ClassicHttpResponse>(null) {
          @Override
          public void completed(ClassicHttpResponse result) {
            answer = result;
          }
        });
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, 0, 5, 100_000, 1_000_000})
  void collectsAnAnswerWhateverLengthIsAnnounced(long announced) throws Exception {
    String text = "0123456789".repeat(10_000);
    begin(announced);
    for (int i = 0; i < text.length(); i += 1_000) {
      consumer.consume(ByteBuffer.wrap(text.substring(i, i + 1_000).getBytes(UTF_8)));
    }
    assertThat(answer).isNull();

    consumer.streamEnd(null);

    assertThat(answer.getCode()).isEqualTo(200);
    assertThat(answer.getHeader("X-Some").getValue()).isEqualTo("header");
    assertThat(answer.getEntity().getContentType()).startsWith("application/json");
    assertThat(answer.getEntity().getContentLength()).isEqualTo(text.length());
    assertThat(answer.getEntity().getContent().readAllBytes()).isEqualTo(text.getBytes(UTF_8));
  }

  @Test
  void anAnswerWithoutABodyIsCompleteAtOnce() throws Exception {
    begin((EntityDetails) null);

    assertThat(answer.getEntity()).isNull();
  }

  @Test
  void refusesAnAnswerThatIsTooLong() throws Exception {
    assertThatExceptionOfType(ContentTooLongException.class)
        .isThrownBy(() -> begin(AnswerConsumer.MAX_LENGTH + 1L));

    begin(-1);
    ByteBuffer part = ByteBuffer.allocate(AnswerConsumer.MAX_LENGTH / 4);
    for (int i = 0; i < 4; i++) {
      consumer.consume(part.duplicate());
    }
    assertThatExceptionOfType(ContentTooLongException.class)
        .isThrownBy(() -> consumer.consume(ByteBuffer.allocate(1)));
  }

  /** A wrong announcement costs a few MiB at most. */
  @Test
  void doesNotAllocateWhateverIsAnnounced() throws Exception {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();

    begin(AnswerConsumer.MAX_LENGTH);

    assertThat(threads.getCurrentThreadAllocatedBytes() - before)
        .isLessThan(2L * AnswerConsumer.MAX_INITIAL_LENGTH);
  }

  @Test
  void allocatesTheAnnouncedLengthOnce() throws Exception {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    ByteBuffer part = ByteBuffer.allocate(10_000);
    long allocated = 0;
    for (int round = 0; round < 3; round++) { // the first ones load classes
      long before = threads.getCurrentThreadAllocatedBytes();
      consumer = new AnswerConsumer();
      begin(1_000_000);
      for (int i = 0; i < 100; i++) {
        consumer.consume(part.clear());
      }
      consumer.streamEnd(List.of());
      allocated = threads.getCurrentThreadAllocatedBytes() - before;
    }

    assertThat(allocated).isLessThan(1_100_000);
  }
}
