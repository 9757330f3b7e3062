package dev.eventstream.es.bulk;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import dev.eventstream.spi.Document;
import dev.eventstream.spi.DocumentBatch;
import dev.eventstream.spi.FailureClass;
import dev.eventstream.spi.ItemResult;
import dev.eventstream.spi.SinkResult;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The documents of a request that contradict the mapping of their index, and the form in which they
 * are written instead: a few members that every mapping of events knows, and the rest as text. The
 * form has the same destination and id, so that the document exists once.
 */
public final class Misfits {
  private static final Set<String> KNOWN =
      Set.of("eventType", "eventValue", "eventId", "@timestamp");
  private static final String FAILURE = "_mapping_failure";

  /** The forms, in the order in which they are tried. */
  public enum Form {
    /** With the whole event in {@code event.original}, the name in the Elastic Common Schema. */
    NESTED,
    /**
     * For an index in which {@code event} is no object, or a known member has another type: the
     * whole event in {@code _event_original}, and without the members that the engine names.
     */
    FLAT
  }

  /** As much as a field of text with a keyword indexes by default ({@code ignore_above}). */
  private static final int LONGEST_FAILURE = 256;

  /** Documents were checked when they were accepted. */
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNumberLength(Integer.MAX_VALUE)
                  .maxStringLength(Integer.MAX_VALUE)
                  .maxNameLength(Integer.MAX_VALUE)
                  .build())
          .build();

  private final SinkResult result;
  private final int[] positions;

  private Misfits(SinkResult result, int[] positions) {
    this.result = result;
    this.positions = positions;
  }

  /** Finds the misfits in the result of a request. */
  public static Misfits in(SinkResult result) {
    if (result.allWritten() || result.requestFailed()) {
      return new Misfits(result, new int[0]);
    }
    return new Misfits(
        result,
        IntStream.range(0, result.size())
            .filter(i -> FailureTable.isOfMapping(result.get(i)))
            .toArray());
  }

  public boolean isEmpty() {
    return positions.length == 0;
  }

  /** Selects the misfits from the documents of the request. */
  public DocumentBatch of(DocumentBatch documents) {
    return documents.select(positions);
  }

  /**
   * Returns the misfits in another form.
   *
   * @param misfits as {@link #of} selects them
   */
  public DocumentBatch inForm(Form form, DocumentBatch misfits) {
    Document[] forms = new Document[positions.length];
    for (int i = 0; i < forms.length; i++) {
      Document document = misfits.get(i);
      byte[] source = source(form, document.source(), failed(i).reason());
      forms[i] = new Document(document.destination(), document.id(), document.eventId(), source);
    }
    return DocumentBatch.of(forms);
  }

  /**
   * Returns the result of the request with the results of the other form. If {@link Form#FLAT} does
   * not fit either, the failure stays as it was.
   *
   * @param ofForms one for each misfit
   */
  public SinkResult with(Form form, SinkResult ofForms) {
    List<ItemResult> results = new ArrayList<>(result.size());
    for (int i = 0; i < result.size(); i++) {
      results.add(result.get(i));
    }
    for (int i = 0; i < positions.length; i++) {
      ItemResult merged = merged(failed(i), ofForms.get(i), ofForms.requestFailed());
      boolean isFailure = form == Form.FLAT && FailureTable.isOfMapping(merged);
      results.set(positions[i], isFailure ? failed(i) : merged);
    }
    return SinkResult.of(results);
  }

  private ItemResult.Failed failed(int misfit) {
    return (ItemResult.Failed) result.get(positions[misfit]);
  }

  private static ItemResult merged(
      ItemResult.Failed failed, ItemResult ofForm, boolean requestFailed) {
    return switch (ofForm.kind()) {
      case WRITTEN, SHELTERED -> new ItemResult.Sheltered(failed.reason());
      case DUPLICATE, DROPPED -> ofForm;
      case FAILED -> {
        ItemResult.Failed again = (ItemResult.Failed) ofForm;
        if (again.failureClass() == FailureClass.NEVER) {
          yield new ItemResult.Failed(
              FailureClass.NEVER,
              failed.reason() + "; with its own members as text: " + again.reason());
        }
        yield requestFailed ? ofRequest(again) : again;
      }
    };
  }

  /** The failure of a request is not that of the document's destination. */
  private static ItemResult.Failed ofRequest(ItemResult.Failed failed) {
    return switch (failed.failureClass()) {
      case TOO_LARGE, UNCLEAR -> failed;
      case RETRY, UNAVAILABLE, BLOCKED, NEVER ->
          new ItemResult.Failed(FailureClass.RETRY, failed.reason());
    };
  }

  private static byte[] source(Form kind, byte[] source, String reason) {
    ByteArrayOutputStream form = new ByteArrayOutputStream(source.length + source.length / 4 + 512);
    try (JsonParser json = JSON.createParser(source);
        JsonGenerator to = JSON.createGenerator(form)) {
      to.writeStartObject();
      json.nextToken();
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String name = json.currentName();
        boolean isKnown =
            KNOWN.contains(name) && (kind == Form.NESTED || !reason.contains("[" + name + "]"));
        if (json.nextToken() == JsonToken.VALUE_STRING && isKnown) {
          to.writeStringField(name, json.getText());
        } else {
          json.skipChildren();
        }
      }
      String original = new String(source, UTF_8);
      if (kind == Form.FLAT) {
        to.writeStringField("_event_original", original);
      } else {
        to.writeObjectFieldStart("event");
        to.writeStringField("original", original);
        to.writeEndObject();
      }
      to.writeStringField(FAILURE, shortened(reason));
      to.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return form.toByteArray();
  }

  private static String shortened(String reason) {
    if (reason.length() <= LONGEST_FAILURE) {
      return reason;
    }
    int end = LONGEST_FAILURE - 1;
    return reason.substring(0, Character.isHighSurrogate(reason.charAt(end - 1)) ? end - 1 : end)
        + "…";
  }
}
