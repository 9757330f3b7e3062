package dev.eventstream.server.body;

import static dev.eventstream.server.body.RequestBodyTest.isOneOf;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.github.luben.zstd.ZstdOutputStream;
import dev.eventstream.server.body.BodyException.Kind;
import dev.eventstream.server.fixture.Encoding;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.zip.Deflater;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;
import org.eclipse.jetty.io.content.AsyncContent;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Bodies in gzip, deflate and zstd, in pieces of any size. */
class ContentDecoderTest {
  private static final int MAX = 1 << 20;
  private static final Pace ANY_PACE = new Pace(Duration.ofHours(1), System::nanoTime);

  private final RequestMemory memory = new RequestMemory(100L * MAX);
  private final RequestMemory.Share share = memory.share(-1);

  /** Sends a body in pieces of random sizes. */
  private CompletableFuture<RequestBody> read(
      byte[] encoded, List<ContentCoding> codings, Random pieces) {
    AsyncContent content = new AsyncContent();
    CompletableFuture<RequestBody> body =
        RequestBody.read(content, -1, codings, MAX, share, ANY_PACE);
    int most = 1 << pieces.nextInt(16);
    int at = 0;
    while (at < encoded.length && !body.isDone()) {
      int length = Math.min(encoded.length - at, 1 + pieces.nextInt(most));
      ByteBuffer piece =
          pieces.nextBoolean() ? ByteBuffer.allocate(length) : ByteBuffer.allocateDirect(length);
      piece.put(encoded, at, length).flip();
      content.write(false, piece, Callback.NOOP);
      at += length;
    }
    content.close();
    assertThat(body).isDone();
    return body;
  }

  private CompletableFuture<RequestBody> read(byte[] encoded, ContentCoding... codings) {
    return read(encoded, List.of(codings), new Random(1));
  }

  private static byte[] bytes(CompletableFuture<RequestBody> body) {
    RequestBody read = body.join();
    return Arrays.copyOf(read.bytes(), read.length());
  }

  private static Throwable failure(CompletableFuture<RequestBody> body) {
    try {
      body.join();
    } catch (CompletionException e) {
      return e.getCause();
    }
    throw new AssertionError("it was read");
  }

  private static byte[] concat(byte[] one, byte[] two) {
    byte[] both = Arrays.copyOf(one, one.length + two.length);
    System.arraycopy(two, 0, both, one.length, two.length);
    return both;
  }

  /** Bytes that can be compressed, and such that cannot. */
  @Provide
  Arbitrary<byte[]> bodies() {
    return Combinators.combine(
            Arbitraries.integers().between(0, 300_000),
            Arbitraries.integers().between(1, 256),
            Arbitraries.randoms())
        .as(
            (length, different, random) -> {
              byte[] body = new byte[length];
              for (int i = 0; i < length; i++) {
                body[i] = (byte) random.nextInt(different);
              }
              return body;
            });
  }

  @Property(tries = 300)
  void whatWasEncodedIsReadInPiecesOfAnySize(
      @ForAll("bodies") byte[] body,
      @ForAll @Size(max = 3) List<Encoding> encodings,
      @ForAll Random pieces) {
    byte[] encoded = body;
    for (Encoding encoding : encodings) {
      encoded = encoding.encode(encoded);
    }

    byte[] read = bytes(read(encoded, encodings.stream().map(e -> e.coding).toList(), pieces));

    assertThat(Arrays.equals(read, body)).isTrue();
  }

  @Property(tries = 300)
  void whatIsCutOffIsNotTakenForTheWhole(
      @ForAll("bodies") byte[] body, @ForAll Encoding encoding, @ForAll Random random) {
    byte[] encoded = encoding.encode(body);
    byte[] cut = Arrays.copyOf(encoded, random.nextInt(encoded.length));

    assertThat(failure(read(cut, List.of(encoding.coding), random)))
        .isInstanceOfSatisfying(BodyException.class, isOneOf(Kind.CORRUPT))
        .hasMessageContaining("the compressed data is incomplete");
  }

  @Property(tries = 1_000)
  void whatIsDamagedIsToldFromWhatIsWholeOrIsTooLargeAndNothingElseHappens(
      @ForAll("bodies") byte[] body, @ForAll Encoding encoding, @ForAll Random random) {
    byte[] damaged = encoding.encode(body);
    for (int i = random.nextInt(3); i >= 0; i--) {
      damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
    }

    CompletableFuture<RequestBody> read = read(damaged, List.of(encoding.coding), random);

    if (read.isCompletedExceptionally()) {
      assertThat(failure(read))
          .isInstanceOfSatisfying(BodyException.class, isOneOf(Kind.CORRUPT, Kind.TOO_LARGE));
    } else if (encoding == Encoding.GZIP || encoding == Encoding.DEFLATE) {
      // The header is damaged, and not all of its bytes are checked.
      assertThat(Arrays.equals(bytes(read), body)).isTrue();
    }
  }

  @Property(tries = 1_000)
  void anyBytesAreDecodedOrNot(
      @ForAll byte[] bytes, @ForAll ContentCoding coding, @ForAll Random pieces) {
    CompletableFuture<RequestBody> read = read(bytes, List.of(coding), pieces);

    if (read.isCompletedExceptionally()) {
      assertThat(failure(read))
          .isInstanceOfSatisfying(BodyException.class, isOneOf(Kind.CORRUPT, Kind.TOO_LARGE));
    }
  }

  @ParameterizedTest
  @EnumSource
  void takesExactlyTheLimitAndNotAByteMore(Encoding encoding) {
    byte[] most = encoding.encode(new byte[MAX]);
    byte[] more = encoding.encode(new byte[MAX + 1]);

    assertThat(bytes(read(most, encoding.coding))).hasSize(MAX);
    assertThat(failure(read(more, encoding.coding)))
        .isInstanceOfSatisfying(BodyException.class, isOneOf(Kind.TOO_LARGE));
  }

  @ParameterizedTest
  @EnumSource
  void stopsABombAfterTheLimitNotAfterAllOfIt(Encoding encoding) {
    byte[] once = encoding.encode(new byte[200 * MAX]);

    assertThat(failure(read(once, encoding.coding)))
        .isInstanceOfSatisfying(BodyException.class, isOneOf(Kind.TOO_LARGE));
    assertThat(memory.taken()).isLessThan(4L * MAX);
  }

  @ParameterizedTest
  @EnumSource
  void stopsABombWithinWhichThereIsNothing(Encoding encoding) {
    byte[] empty = Encoding.GZIP.encode(new byte[0]);
    byte[] many = new byte[empty.length * (2 * MAX / empty.length)];
    for (int i = 0; i < many.length; i++) {
      many[i] = empty[i % empty.length];
    }
    byte[] bomb = encoding.encode(many);

    assertThat(failure(read(bomb, ContentCoding.GZIP, encoding.coding)))
        .isInstanceOfSatisfying(BodyException.class, isOneOf(Kind.TOO_LARGE));
  }

  @Test
  void countsWhatIsReceivedAsWell() {
    byte[] incompressible = new byte[MAX + 1];
    new Random(1).nextBytes(incompressible);

    assertThat(failure(read(Encoding.GZIP.encode(incompressible), ContentCoding.GZIP)))
        .isInstanceOfSatisfying(BodyException.class, isOneOf(Kind.TOO_LARGE));
  }

  @ParameterizedTest
  @EnumSource
  void takesNoMoreMemoryThanTheBodyWhenThatIsThere(Encoding encoding) {
    byte[] body = new byte[MAX / 2];
    new Random(1).nextBytes(body);

    RequestBody read =
        read(encoding.encode(encoding.encode(body)), encoding.coding, encoding.coding).join();

    assertThat(memory.taken()).isEqualTo(read.bytes().length);
    share.giveBack();
    assertThat(memory.taken()).isZero();
  }

  @Test
  void stopsWhenOthersHaveTheMemory() {
    RequestMemory narrow = new RequestMemory(400_000);
    narrow.share(-1).take(1);
    AsyncContent content = new AsyncContent();

    CompletableFuture<RequestBody> body =
        RequestBody.read(content, -1, List.of(ContentCoding.ZSTD), MAX, narrow.share(-1), ANY_PACE);
    content.write(true, ByteBuffer.wrap(Encoding.ZSTD.encode(new byte[150_000])), Callback.NOOP);

    assertThat(failure(body)).isInstanceOfSatisfying(BodyException.class, isOneOf(Kind.NO_MEMORY));
  }

  @Test
  void readsSeveralMembersOrFramesOneAfterAnother() {
    for (Encoding encoding : List.of(Encoding.GZIP, Encoding.ZSTD, Encoding.ZSTD_WITH_CHECKSUM)) {
      byte[] both =
          concat(encoding.encode("ab".getBytes(UTF_8)), encoding.encode("c".getBytes(UTF_8)));

      assertThat(bytes(read(both, encoding.coding))).asString(UTF_8).isEqualTo("abc");
    }
  }

  @Test
  void readsAGzipHeaderThatHasAllThatThereMayBe() {
    byte[] plain = Encoding.GZIP.encode("text".getBytes(UTF_8));
    byte[] header =
        HexFormat.of()
            .parseHex("1f8b081f0000000000ff" + "0300" + "aabbcc" + "6e00" + "6300" + "1234");

    byte[] full = concat(header, Arrays.copyOfRange(plain, 10, plain.length));

    assertThat(bytes(read(full, ContentCoding.GZIP))).asString(UTF_8).isEqualTo("text");
  }

  @ParameterizedTest
  @EnumSource
  void saysThatThereIsSomethingBehindTheEnd(Encoding encoding) {
    byte[] more = concat(encoding.encode("text".getBytes(UTF_8)), "more".getBytes(UTF_8));

    assertThat(failure(read(more, encoding.coding)))
        .isInstanceOfSatisfying(BodyException.class, isOneOf(Kind.CORRUPT))
        .hasMessageStartingWith("the body cannot be decoded as " + encoding.coding.wireName());
  }

  @Test
  void doesNotReadWhatNeedsADictionaryOrALargeWindow() throws Exception {
    Deflater deflater = new Deflater();
    deflater.setDictionary("text".getBytes(UTF_8));
    deflater.setInput("text".getBytes(UTF_8));
    deflater.finish();
    byte[] encoded = new byte[100];
    int length = deflater.deflate(encoded);
    deflater.end();
    assertThat(failure(read(Arrays.copyOf(encoded, length), ContentCoding.DEFLATE)))
        .hasMessageContaining("dictionary");

    ByteArrayOutputStream wide = new ByteArrayOutputStream();
    try (ZstdOutputStream out = new ZstdOutputStream(wide).setLong(24)) {
      out.write(1);
    }
    assertThat(failure(read(wide.toByteArray(), ContentCoding.ZSTD)))
        .isInstanceOfSatisfying(BodyException.class, isOneOf(Kind.CORRUPT))
        .hasMessageContaining("memory");
  }

  @Test
  void knowsTheNamesOfCodings() {
    assumeTrue(ContentCoding.ZSTD.isAvailable());
    assertThat(ContentCoding.of(List.of())).isEmpty();
    assertThat(ContentCoding.of(List.of("identity", "Identity"))).isEmpty();
    assertThat(ContentCoding.of(List.of("X-GZIP", "zstd", "Deflate")))
        .containsExactly(ContentCoding.GZIP, ContentCoding.ZSTD, ContentCoding.DEFLATE);
    assertThat(ContentCoding.of(List.of("gzip", "br"))).isNull();
    assertThat(ContentCoding.of(List.of("gzip", "gzip", "gzip", "gzip"))).isNull();
  }
}
