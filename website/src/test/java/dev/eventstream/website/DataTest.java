package dev.eventstream.website;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.io.StringReader;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.xml.sax.InputSource;

/** The JSON, YAML and XML of the documents can be read. */
class DataTest {
  private static void read(ObjectMapper mapper, String text) throws IOException {
    try (MappingIterator<JsonNode> values = mapper.readerFor(JsonNode.class).readValues(text)) {
      assertThat(values.readAll()).isNotEmpty();
    }
  }

  @Test
  void everyBlockOfJsonIsJson() {
    List<Documents.Placed> blocks = Documents.blocks("json").toList();

    assertThat(blocks).isNotEmpty();
    for (Documents.Placed block : blocks) {
      assertThatCode(() -> read(new ObjectMapper(), block.text()))
          .as(block.toString())
          .doesNotThrowAnyException();
    }
  }

  @Test
  void everyBlockOfYamlIsYaml() {
    List<Documents.Placed> blocks = Documents.blocks("yaml").toList();

    assertThat(blocks).isNotEmpty();
    for (Documents.Placed block : blocks) {
      assertThatCode(() -> read(new ObjectMapper(new YAMLFactory()), block.text()))
          .as(block.toString())
          .doesNotThrowAnyException();
    }
  }

  @Test
  void everyBlockOfXmlIsWellFormed() {
    List<Documents.Placed> blocks = Documents.blocks("xml").toList();

    assertThat(blocks).isNotEmpty();
    for (Documents.Placed block : blocks) {
      assertThatCode(
              () ->
                  DocumentBuilderFactory.newInstance()
                      .newDocumentBuilder()
                      .parse(new InputSource(new StringReader("<x>" + block.text() + "</x>"))))
          .as(block.toString())
          .doesNotThrowAnyException();
    }
  }
}
