package dev.eventstream.internal.delivery;

import dev.eventstream.spi.DocumentBatch;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The documents of one attempt and their publications.
 *
 * @param documents the documents to write
 * @param spans the same documents in the same order, as ranges of publications
 * @param attempt the number of earlier attempts with these documents
 * @param replay whether the documents come from the spool
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

  /** Creates a bulk of the documents of a publication that come from the spool. */
  static Bulk replay(Publication publication) {
    Span all = new Span(publication, 0, publication.size());
    return new Bulk(publication.documents(), List.of(all), 0, true);
  }

  int size() {
    return documents.size();
  }

  /** Returns the listener's origin objects, one per publication. */
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

  /** Returns the same documents for the next attempt. */
  Bulk again() {
    return new Bulk(documents, spans, attempt + 1, replay);
  }

  /** Returns the documents that are not settled yet; null if there are none. */
  @Nullable Bulk stillOpen() {
    Selection open = new Selection(size());
    int position = 0;
    for (Span span : spans) {
      for (int i = span.first; i < span.first + span.count; i++) {
        if (span.publication.isOpen(i)) {
          open.add(position);
        }
        position++;
      }
    }
    return open.isEmpty() ? null : select(open);
  }

  Bulk select(Selection selection) {
    return selection.isAll() ? this : select(selection.positions());
  }

  /** Returns the documents at the given ascending positions. */
  Bulk select(int... positions) {
    return new Bulk(documents.select(positions), spansOf(positions), attempt, replay);
  }

  /** Returns all documents except those at the given ascending positions; null if none is left. */
  @Nullable Bulk without(int[] positions) {
    Selection rest = new Selection(size());
    for (int i = 0, next = 0; i < size(); i++) {
      if (next < positions.length && positions[next] == i) {
        next++;
      } else {
        rest.add(i);
      }
    }
    return rest.isEmpty() ? null : select(rest);
  }

  /** Returns the spans of the documents at the given ascending positions. */
  List<Span> spansOf(int[] selected) {
    int count = selected.length;
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
    return kept;
  }

  /** Splits the bulk into one per destination. */
  List<Bulk> byDestination() {
    Map<String, Selection> destinations = new LinkedHashMap<>();
    DocumentBatch.Cursor cursor = documents.cursor();
    for (int i = 0; cursor.next(); i++) {
      destinations
          .computeIfAbsent(cursor.destination(), destination -> new Selection(size()))
          .add(i);
    }
    return destinations.values().stream().map(this::select).toList();
  }

  /**
   * Splits the selected documents into two bulks; returns one bulk if there is only one document.
   */
  List<Bulk> parts(Selection selection) {
    return switch (selection.count()) {
      case 0 -> List.of();
      case 1 -> List.of(select(selection));
      default -> select(selection).halves();
    };
  }

  /** Splits the bulk into two halves. */
  List<Bulk> halves() {
    int half = size() / 2;
    return List.of(
        select(IntStream.range(0, half).toArray()),
        select(IntStream.range(half, size()).toArray()));
  }
}
