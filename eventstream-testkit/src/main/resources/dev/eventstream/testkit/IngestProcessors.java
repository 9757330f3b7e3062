package dev.eventstream.testkit.plugins;

import java.util.Map;
import java.util.function.Consumer;
import org.elasticsearch.ingest.AbstractProcessor;
import org.elasticsearch.ingest.ConfigurationUtils;
import org.elasticsearch.ingest.DropProcessor;
import org.elasticsearch.ingest.IngestDocument;
import org.elasticsearch.ingest.Processor;
import org.elasticsearch.plugins.IngestPlugin;
import org.elasticsearch.plugins.Plugin;

/** The processors {@code drop}, {@code set} and {@code fail} for Elasticsearch 7 and later, whose own module is not on Maven Central. The testkit compiles this file against the engine's jars when an engine needs it; it is not compiled with the testkit. */
public final class IngestProcessors extends Plugin implements IngestPlugin {

  @Override
  public Map<String, Processor.Factory> getProcessors(Processor.Parameters parameters) {
    return Map.of("drop", new DropProcessor.Factory(), "set", set(), "fail", fail());
  }

  private static Processor.Factory set() {
    return (all, tag, description, config) -> {
      String field = ConfigurationUtils.readStringProperty("set", tag, config, "field");
      Object value = ConfigurationUtils.readObject("set", tag, config, "value");
      return new Step("set", tag, description, document -> document.setFieldValue(field, value));
    };
  }

  private static Processor.Factory fail() {
    return (all, tag, description, config) -> {
      String message = ConfigurationUtils.readStringProperty("fail", tag, config, "message");
      return new Step(
          "fail",
          tag,
          description,
          document -> {
            throw new FailProcessorException(message);
          });
    };
  }

  /** Named like the exception of the engine's own module, because bulk answers contain the name. */
  private static final class FailProcessorException extends RuntimeException {
    FailProcessorException(String message) {
      super(message);
    }
  }

  private static final class Step extends AbstractProcessor {
    private final String type;
    private final Consumer<IngestDocument> action;

    Step(String type, String tag, String description, Consumer<IngestDocument> action) {
      super(tag, description);
      this.type = type;
      this.action = action;
    }

    @Override
    public IngestDocument execute(IngestDocument document) {
      action.accept(document);
      return document;
    }

    @Override
    public String getType() {
      return type;
    }
  }
}
