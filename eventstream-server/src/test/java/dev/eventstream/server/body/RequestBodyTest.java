package dev.eventstream.server.body;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.server.body.BodyException.Kind;
import java.io.EOFException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.eclipse.jetty.io.QuietException;
import org.eclipse.jetty.io.content.AsyncContent;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.Test;

class RequestBodyTest {

  /** Asserts that reading failed for one of these reasons. */
  static Consumer<BodyException> isOneOf(Kind... kinds) {
    return failure -> assertThat(failure.kind()).isIn((Object[]) kinds);
  }

  private static final int MAX = 1_000_000;

  private final AsyncContent content = new AsyncContent();
  private final RequestMemory memory = new RequestMemory(10L * MAX);
  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5); // it may overflow
  private final Pace pace = new Pace(Duration.ofSeconds(30), now::get);

  @Test
  void collectsABodyThatComesInPieces() {
    CompletableFuture<RequestBody> body = read(-1);
    String text = "abcdefghij".repeat(5_000);

    for (int i = 0; i < text.length(); i += 100) {
      send(text.substring(i, i + 100));
    }
    assertThat(body).isNotDone();
    content.close();

    assertThat(text(body)).isEqualTo(text);
  }

  @Test
  void believesTheAnnouncedLengthOnlyUpToAPoint() {
    assertThat(read(MAX)).isNotDone();

    assertThat(memory.taken()).isEqualTo(64 * 1024);
  }

  @Test
  void takesABodyThatIsLongerThanAnnounced() {
    CompletableFuture<RequestBody> body = read(3);

    send("longer than three");
    content.close();

    assertThat(text(body)).isEqualTo("longer than three");
  }

  @Test
  void collectsAnEmptyBody() {
    CompletableFuture<RequestBody> body = read(0);

    content.close();

    assertThat(text(body)).isEmpty();
  }

  @Test
  void takesABodyOfExactlyTheLimitAndNoByteMore() {
    CompletableFuture<RequestBody> body = read(-1);

    send("x".repeat(MAX));
    assertThat(body).isNotCompletedExceptionally();
    send("x");

    assertThat(body)
        .failsWithin(Duration.ZERO)
        .withThrowableThat()
        .havingCause()
        .isInstanceOfSatisfying(BodyException.class, isOneOf(Kind.TOO_LARGE));
  }

  @Test
  void readsNothingOfABodyThatIsAnnouncedAsTooLarge() {
    send("x");

    assertThat(read(MAX + 1L))
        .failsWithin(Duration.ZERO)
        .withThrowableThat()
        .havingCause()
        .isInstanceOfSatisfying(BodyException.class, isOneOf(Kind.TOO_LARGE));
    assertThat(content.read().remaining()).isEqualTo(1);
  }

  @Test
  void failsWithWhatTheConnectionFailedWith() {
    CompletableFuture<RequestBody> body = read(-1);
    send("x");

    content.fail(new EOFException("gone"));

    assertThat(body)
        .failsWithin(Duration.ZERO)
        .withThrowableThat()
        .havingCause()
        .isInstanceOf(EOFException.class);
  }

  @Test
  void takesContentThatJettyGaveUpForAQuietEndOfTheConnection() {
    CompletableFuture<RequestBody> body = read(-1);
    send("x");

    content.fail(HttpStream.CONTENT_NOT_CONSUMED);

    assertThat(body)
        .failsWithin(Duration.ZERO)
        .withThrowableThat()
        .havingCause()
        .isInstanceOf(QuietException.class);
  }

  @Test
  void failsWhenABodyEndsBeforeItsLength() {
    CompletableFuture<RequestBody> body = read(3);
    send("xy");

    content.close();

    assertThat(body)
        .failsWithin(Duration.ZERO)
        .withThrowableThat()
        .havingCause()
        .isInstanceOfSatisfying(BodyException.class, isOneOf(Kind.CUT_SHORT))
        .withMessageContainingAll("2 bytes", "Content-Length is 3", "send the whole body");
  }

  @Test
  void stopsWhenOthersHaveTheMemory() {
    memory.share(-1).take(10L * MAX - 2_048);
    CompletableFuture<RequestBody> body = read(-1);
    send("x".repeat(2_048));
    assertThat(body).isNotDone();

    send("x");

    assertThat(body)
        .failsWithin(Duration.ZERO)
        .withThrowableThat()
        .havingCause()
        .isInstanceOfSatisfying(BodyException.class, isOneOf(Kind.NO_MEMORY));
  }

  @Test
  void doesNotStartWithoutMemory() {
    memory.share(-1).take(10L * MAX);

    assertThat(read(100))
        .failsWithin(Duration.ZERO)
        .withThrowableThat()
        .havingCause()
        .isInstanceOfSatisfying(BodyException.class, isOneOf(Kind.NO_MEMORY));
  }

  @Test
  void bearsWithASlowBodyForAWhile() {
    CompletableFuture<RequestBody> body = read(-1);
    send("x");

    now.addAndGet(Duration.ofSeconds(30).toNanos());
    send("x");

    assertThat(body).isNotDone();
  }

  @Test
  void givesUpOnABodyThatTrickles() {
    CompletableFuture<RequestBody> body = read(-1);
    send("x".repeat(100_000));

    now.addAndGet(Duration.ofSeconds(30).toNanos() + 1);
    send("x");

    assertThat(body)
        .failsWithin(Duration.ZERO)
        .withThrowableThat()
        .havingCause()
        .isInstanceOfSatisfying(BodyException.class, isOneOf(Kind.TOO_SLOW));
  }

  @Test
  void bearsWithALongBodyThatComesFastEnough() {
    CompletableFuture<RequestBody> body = read(-1);

    for (int second = 1; second <= 60; second++) {
      now.addAndGet(Duration.ofSeconds(1).toNanos());
      send("x".repeat(Pace.SLOWEST_BYTES_PER_SECOND));
    }
    content.close();

    assertThat(body).succeedsWithin(Duration.ZERO);
  }

  @Test
  void doesNotLoseABodyWhoseLastPieceCameLate() {
    CompletableFuture<RequestBody> body = read(-1);

    now.addAndGet(Duration.ofMinutes(5).toNanos());
    content.write(true, ByteBuffer.wrap("late".getBytes(UTF_8)), Callback.NOOP);

    assertThat(text(body)).isEqualTo("late");
  }

  private CompletableFuture<RequestBody> read(long announced) {
    return RequestBody.read(content, announced, List.of(), MAX, memory.share(-1), pace);
  }

  private void send(String text) {
    content.write(false, ByteBuffer.wrap(text.getBytes(UTF_8)), Callback.NOOP);
  }

  private static String text(CompletableFuture<RequestBody> body) {
    assertThat(body).isCompleted();
    RequestBody read = body.join();
    return new String(Arrays.copyOf(read.bytes(), read.length()), UTF_8);
  }
}
