package dev.eventstream.spi;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;

/** A batch is fully described by its records. */
final class DocumentBatchRecordsTest {
  @Provide
  Arbitrary<DocumentBatch> batches() {
    return Arbitraries.randomValue(
        random -> {
          DocumentBatch batch =
              DocumentBatch.of(
                  IntStream.range(0, random.nextInt(20))
                      .mapToObj(i -> document(random))
                      .toArray(Document[]::new));
          int from = random.nextInt(batch.size() + 1);
          return random.nextBoolean() ? batch : batch.slice(from, batch.size());
        });
  }

  private static Document document(Random random) {
    return new Document(
        "d".repeat(1 + random.nextInt(255)),
        "\u00e9".repeat(1 + random.nextInt(256)),
        random.nextInt(3) == 0 ? null : "e".repeat(random.nextInt(300)),
        "s".repeat(random.nextInt(3) == 0 ? 0 : random.nextInt(3_000)).getBytes(UTF_8));
  }

  private static List<String> shown(DocumentBatch batch) {
    return IntStream.range(0, batch.size())
        .mapToObj(batch::get)
        .map(d -> d + " " + d.eventId() + " " + new String(d.source(), UTF_8))
        .toList();
  }

  private static byte[] records(DocumentBatch batch) {
    byte[] records = new byte[batch.byteSize()];
    batch.copyRecords(records, 0);
    return records;
  }

  @Property(tries = 300, shrinking = ShrinkingMode.OFF)
  void aBatchOfCopiedRecordsIsTheSameBatch(
      @ForAll("batches") DocumentBatch batch, @ForAll Random random) {
    int position = random.nextInt(50);
    byte[] target = new byte[position + batch.byteSize() + random.nextInt(50)];
    Arrays.fill(target, (byte) 7);
    batch.copyRecords(target, position);
    byte[] records = Arrays.copyOfRange(target, position, position + batch.byteSize());

    DocumentBatch copy = DocumentBatch.ofRecords(records);

    assertThat(copy.size()).isEqualTo(batch.size());
    assertThat(copy.byteSize()).isEqualTo(batch.byteSize());
    assertThat(shown(copy)).isEqualTo(shown(batch));
    assertThat(records(copy)).isEqualTo(records);
    int from = random.nextInt(batch.size() + 1);
    assertThat(shown(copy.slice(from, batch.size())))
        .isEqualTo(shown(batch.slice(from, batch.size())));
    for (int i = 0; i < target.length; i++) { // other bytes are unchanged
      if (i < position || i >= position + batch.byteSize()) {
        assertThat(target[i]).isEqualTo((byte) 7);
      }
    }
  }

  @Property(tries = 300, shrinking = ShrinkingMode.OFF)
  void endWithinReturnsTheLongestRunThatFits(
      @ForAll("batches") DocumentBatch batch, @ForAll Random random) {
    int from = random.nextInt(batch.size() + 1);
    int rest = batch.slice(from, batch.size()).byteSize();
    for (int maxBytes :
        new int[] {0, random.nextInt(rest + 10), Math.max(0, rest - 1), rest, Integer.MAX_VALUE}) {
      int end = batch.endWithin(from, maxBytes);

      assertThat(end).isBetween(from, batch.size());
      assertThat(batch.slice(from, end).byteSize()).isLessThanOrEqualTo(maxBytes);
      if (end < batch.size()) {
        assertThat((long) batch.slice(from, end + 1).byteSize()).isGreaterThan(maxBytes);
      }
    }
  }

  @Property(tries = 300, shrinking = ShrinkingMode.OFF)
  void rejectsIncompleteRecords(@ForAll("batches") DocumentBatch batch, @ForAll Random random) {
    byte[] records = records(batch);
    if (records.length == 0) {
      assertThat(DocumentBatch.ofRecords(records).size()).isZero();
      return;
    }
    int last = records.length - batch.slice(batch.size() - 1, batch.size()).byteSize();
    int cut = last + 1 + random.nextInt(records.length - last - 1);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DocumentBatch.ofRecords(Arrays.copyOf(records, cut)))
        .withMessage("there is no complete document at byte " + last + " of " + cut);
  }

  @Property(tries = 300, shrinking = ShrinkingMode.OFF)
  void anyBytesAreABatchOrRejected(@ForAll("batches") DocumentBatch batch, @ForAll Random random) {
    byte[] bytes = records(batch);
    for (int i = 0; i < 3 && bytes.length > 0; i++) {
      bytes[random.nextInt(Math.min(bytes.length, 40))] = (byte) random.nextInt();
    }
    try {
      DocumentBatch read = DocumentBatch.ofRecords(bytes);
      assertThat(read.byteSize()).isEqualTo(bytes.length);
      assertThat(shown(read)).hasSize(read.size());
    } catch (IllegalArgumentException e) {
      assertThat(e).hasMessageStartingWith("there is no complete document at byte ");
    }
  }

  @Example
  void rejectsALengthBeyondAnInt() {
    byte[] record = records(DocumentBatch.of(new Document("d", "i", null, new byte[5])));
    Arrays.fill(record, 6, 10, (byte) 0xFF);
    assertThatIllegalArgumentException().isThrownBy(() -> DocumentBatch.ofRecords(record));
    record[6] = 0x7F;
    assertThatIllegalArgumentException().isThrownBy(() -> DocumentBatch.ofRecords(record));
  }
}
