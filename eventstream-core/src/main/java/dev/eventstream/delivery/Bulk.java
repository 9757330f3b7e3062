package dev.eventstream.delivery;

import dev.eventstream.DocumentBatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The documents of one attempt, and whose they are.
 *
 * @param documents what the sink is to write
 * @param spans the same documents in the same order, as runs of publications
 * @param attempt how many attempts these documents have had before
 * @param replay whether they come from the spool
 */
record Bulk(DocumentBatch documents, List<Span> spans, int attempt, boolean replay) {

  /** Documents {@code first} to {@code first + count - 1} of a publication. */
  record Span(Publication publication, int first, int count) {
    DocumentBatch documents() {
      return publication.documents().slice(first, first + count);
    }
  }

  static Bulk first(List<Span> spans) {
    if (spans.size() == 1) {
      return new Bulk(spans.get(0).documents(), spans, 0, false);
    }
    List<DocumentBatch> parts = new ArrayList<>(spans.size());
    for (Span span : spans) {
      parts.add(span.documents());
    }
    return new Bulk(DocumentBatch.join(parts), spans, 0, false);
  }

  /** The documents of a publication that come from the spool. */
  static Bulk replay(Publication publication) {
    Span all = new Span(publication, 0, publication.size());
    return new Bulk(publication.documents(), List.of(all), 0, true);
  }

  int size() {
    return documents.size();
  }

  /** What the listener is to be reminded of, by publication. */
  List<Object> origins() {
    List<Object> origins = new ArrayList<>();
    Publication last = null;
    for (Span span : spans) {
      if (span.publication != last && span.publication.origin() != null) {
        origins.add(span.publication.origin());
      }
      last = span.publication;
    }
    return origins;
  }

  void allWritten() {
    for (Span span : spans) {
      if (attempt == 0 && !replay) {
        span.publication.written(span.first, span.count);
      } else {
        span.publication.settle(span.first, span.count, Fate.INDEXED);
      }
    }
  }

  void settleAll(Fate fate) {
    for (Span span : spans) {
      span.publication.settle(span.first, span.count, fate);
    }
  }

  /** The same documents once more. */
  Bulk again() {
    return new Bulk(documents, spans, attempt + 1, replay);
  }

  /** Those that are not settled yet; null when there are none. */
  @Nullable Bulk stillOpen() {
    int[] open = new int[size()];
    int count = 0;
    int position = 0;
    for (Span span : spans) {
      for (int i = span.first; i < span.first + span.count; i++) {
        if (span.publication.isOpen(i)) {
          open[count++] = position;
        }
        position++;
      }
    }
    if (count == size()) {
      return this;
    }
    return count == 0 ? null : select(open, count);
  }

  /** Some of them, at ascending positions. */
  Bulk select(int[] positions, int count) {
    int[] selected = Arrays.copyOf(positions, count);
    List<Span> kept = new ArrayList<>();
    int next = 0;
    int position = 0;
    for (Span span : spans) {
      int runStart = -1;
      int runLength = 0;
      for (int i = 0; i < span.count; i++, position++) {
        if (next < count && selected[next] == position) {
          next++;
          if (runLength == 0) {
            runStart = span.first + i;
          }
          runLength++;
        } else if (runLength > 0) {
          kept.add(new Span(span.publication, runStart, runLength));
          runLength = 0;
        }
      }
      if (runLength > 0) {
        kept.add(new Span(span.publication, runStart, runLength));
      }
    }
    return new Bulk(documents.select(selected), kept, attempt, replay);
  }

  /** Two bulks of half the documents each. */
  List<Bulk> halves() {
    int half = size() / 2;
    int[] positions = new int[size()];
    for (int i = 0; i < positions.length; i++) {
      positions[i] = i;
    }
    int[] upper = Arrays.copyOfRange(positions, half, positions.length);
    return List.of(select(positions, half), select(upper, upper.length));
  }
}
