package dev.eventstream.server.cloudevents;

import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.eventstream.server.fixture.RawClient;
import dev.eventstream.server.fixture.RawClient.Reply;
import dev.eventstream.server.fixture.TestServer;
import dev.eventstream.server.idempotency.DocumentIds;
import dev.eventstream.spi.Document;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.cloudevents.http.HttpMessageFactory;
import io.cloudevents.http.impl.HttpMessageWriter;
import io.cloudevents.jackson.JsonFormat;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.time.OffsetDateTime;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** CloudEvents over HTTP, sent by their own SDK and by hand. */
class CloudEventsTest {
  private static final String STRUCTURED = "application/cloudevents+json";
  private static final String BATCHED = "application/cloudevents-batch+json";

  @AutoClose private final TestServer server = TestServer.start();

  /** The SDK's ways of sending. */
  enum Sent {
    BINARY {
      @Override
      Reply send(TestServer server, String path, CloudEvent event) throws Exception {
        return write(server, path, event, false);
      }
    },
    STRUCTURED_ALONE {
      @Override
      Reply send(TestServer server, String path, CloudEvent event) throws Exception {
        return write(server, path, event, true);
      }
    },
    IN_A_BATCH {
      @Override
      Reply send(TestServer server, String path, CloudEvent event) throws Exception {
        byte[] json = new JsonFormat().serialize(event);
        return server.post(path, BATCHED, "[" + new String(json, UTF_8) + "]");
      }
    };

    abstract Reply send(TestServer server, String path, CloudEvent event) throws Exception;

    private static Reply write(TestServer server, String path, CloudEvent event, boolean structured)
        throws Exception {
      StringBuilder headers = new StringBuilder();
      ByteArrayOutputStream body = new ByteArrayOutputStream();
      HttpMessageWriter writer =
          HttpMessageFactory.createWriter(
              (name, value) -> headers.append(name).append(": ").append(value).append("\r\n"),
              bytes -> body.writeBytes(bytes == null ? new byte[0] : bytes));
      if (structured) {
        writer.writeStructured(event, new JsonFormat());
      } else {
        writer.writeBinary(event);
      }
      try (RawClient client = server.connect()) {
        headers.append("Content-Length: ").append(body.size()).append("\r\n");
        client.send(RawClient.head("POST", path, headers.toString())).send(body.toByteArray());
        return client.read();
      }
    }
  }

  private static CloudEventBuilder event() {
    return CloudEventBuilder.v1()
        .withId("A234-1234-1234")
        .withSource(URI.create("https://shop.example/carts"))
        .withType("pageview");
  }

  private static CloudEvent whole() {
    return event()
        .withSubject("not this")
        .withTime(OffsetDateTime.parse("2026-11-25T17:31:00.5Z"))
        .withExtension("tenant", "caf\u00e9 \"1\"")
        .withExtension("sampled", 7)
        .withData(
            "application/json",
            "{\"eventValue\":\"homepage\", \"price\":1.50, \"deep\":{\"a\":[1]}}".getBytes(UTF_8))
        .build();
  }

  private JsonNode document(int index) throws Exception {
    return RawClient.JSON.readTree(server.sink.written().get(index).source());
  }

  private static String structured(String members) {
    return "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"pageview\""
        + (members.isEmpty() ? "" : "," + members)
        + "}";
  }

  @ParameterizedTest
  @EnumSource
  void becomesTheSameDocumentHoweverItIsSent(Sent sent) throws Exception {
    Reply reply = sent.send(server, "/v1/events", whole());

    assertThat(reply.status()).isEqualTo(200);
    JsonNode result = reply.json().at("/results/0");
    assertThat(result.get("outcome").asText()).isEqualTo("indexed");
    assertThat(result.get("index").asText()).isEqualTo("pageview");
    assertThat(result.get("eventId").asText()).isEqualTo("h");
    assertThat(result.get("id").asText())
        .isEqualTo(DocumentIds.of("CloudEvents", "https://shop.example/carts", "A234-1234-1234"))
        .matches("[0-9a-f]{32}");
    assertThat(document(0))
        .isEqualTo(
            RawClient.JSON.readTree(
                """
                {"eventType": "pageview", "eventValue": "homepage", "eventId": "h",
                 "@timestamp": "2026-11-25T17:31:00.5Z",
                 "price": 1.50, "deep": {"a": [1]},
                 "cloudEvent": {
                   "specversion": "1.0", "id": "A234-1234-1234", "type": "pageview",
                   "source": "https://shop.example/carts", "subject": "not this",
                   "time": "2026-11-25T17:31:00.5Z", "datacontenttype": "application/json",
                   "tenant": "caf\u00e9 \\"1\\"", "sampled": "7"}}
                """));
  }

  @ParameterizedTest
  @EnumSource
  void isTakenAtTheOldEndpointAsWell(Sent sent) throws Exception {
    Reply reply = sent.send(server, "/", whole());

    assertThat(reply.status()).isEqualTo(200);
    JsonNode answer = sent == Sent.IN_A_BATCH ? reply.json().get(0) : reply.json();
    assertThat(answer.get("_index").asText()).isEqualTo("pageview");
    assertThat(answer.get("result").asText()).isEqualTo("created");
  }

  @Test
  void hasADocumentIdOfItsSourceAndId() throws Exception {
    String path = "/v1/events";
    Sent.BINARY.send(server, path, whole());
    Sent.IN_A_BATCH.send(server, path, event().withSubject("x").build());
    Sent.BINARY.send(server, path, event().withSubject("x").withId("2").build());
    Sent.BINARY.send(server, path, event().withSubject("x").withSource(URI.create("/s")).build());

    List<String> ids = server.sink.written().stream().map(Document::id).toList();
    assertThat(ids.get(1)).isEqualTo(ids.get(0));
    assertThat(ids.subList(1, 4)).doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @CsvSource({
    "pageview, pageview",
    "page_view-2, page_view-2",
    "com.github.pull_request.opened, com-github-pull_request-opened",
    "Microsoft.Storage.BlobCreated, microsoft-storage-blobcreated",
    "urn:a/b c, urn-a-b-c"
  })
  void hasAnEventTypeMadeOfItsType(String type, String eventType) throws Exception {
    Sent.STRUCTURED_ALONE.send(
        server, "/v1/events", event().withType(type).withSubject("x").build());

    assertThat(server.sink.written().get(0).destination()).isEqualTo(eventType);
    assertThat(document(0).get("eventType").asText()).isEqualTo(eventType);
    assertThat(document(0).at("/cloudEvent/type").asText()).isEqualTo(type);
  }

  @Test
  void hasItsSubjectForAValueWhereItsDataHasNone() throws Exception {
    for (Sent sent : Sent.values()) {
      sent.send(server, "/v1/events", event().withSubject("about").build());
    }

    for (int i = 0; i < 3; i++) {
      assertThat(document(i).get("eventValue").asText()).isEqualTo("about");
      assertThat(document(i).get("eventId").asText()).isEqualTo("a");
    }
  }

  static Stream<Arguments> data() {
    return Stream.of(
        Arguments.of("\"data\":[1,{\"a\":2}]", "\"data\":[1,{\"a\":2}]"),
        Arguments.of("\"data\":\"text\"", "\"data\":\"text\""),
        Arguments.of("\"data\":7", "\"data\":7"),
        Arguments.of("\"data\" : false ", "\"data\":false"),
        Arguments.of("\"data\":null", ""),
        Arguments.of("\"data\":{}", ""),
        Arguments.of("\"data\": {\n \"a\" : 1.0E400 , \"b\":-0 } ", "\"a\" : 1.0E400,\"b\":-0"),
        Arguments.of("\"data\":{\"a\":\"\\u00e9\\n\"}", "\"a\":\"\\u00e9\\n\""),
        Arguments.of("\"data\":{\"data\":{\"data\":1}}", "\"data\":{\"data\":1}"),
        Arguments.of(
            "\"data\":{\"eventType\":\"other\",\"a\":1,\"cloudEvent\":{\"b\":2}}", "\"a\":1"),
        Arguments.of("\"data_base64\":\"" + base64("{\"a\":[1]}") + "\"", "\"a\":[1]"),
        Arguments.of("\"data_base64\":\"" + base64("[1]") + "\"", "\"data\":[1]"),
        Arguments.of(
            "\"data_base64\":\"AAE=\",\"datacontenttype\":\"image/png\"",
            "\"data_base64\":\"AAE=\""));
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
  }

  @ParameterizedTest
  @MethodSource("data")
  void keepsItsDataAsItIs(String data, String members) throws Exception {
    String subject = "\"subject\":\"x\",\"time\":\"2026-11-25\"";

    server.post("/v1/events", STRUCTURED, structured(subject + "," + data));

    String document = new String(server.sink.written().get(0).source(), UTF_8);
    assertThat(document)
        .startsWith(
            "{\"eventType\":\"pageview\",\"eventValue\":\"x\",\"@timestamp\":\"2026-11-25\","
                + members
                + (members.isEmpty() ? "" : ",")
                + "\"cloudEvent\":{\"specversion\":\"1.0\",\"id\":\"1\"");
  }

  @Test
  void hasTheTimestampOfItsDataWhereItHasNoTime() throws Exception {
    String data = "\"data\":{\"@timestamp\":\"2020-01-01\",\"eventValue\":\"x\"}";

    server.post("/v1/events", STRUCTURED, structured(data));
    server.post("/v1/events", STRUCTURED, structured(data + ",\"time\":\"2026-11-25T10:00:00Z\""));
    server.post("/v1/events", STRUCTURED, structured(data + ",\"time\":\"noon\""));

    assertThat(document(0).get("@timestamp").asText()).isEqualTo("2020-01-01");
    assertThat(document(1).get("@timestamp").asText()).isEqualTo("2026-11-25T10:00:00Z");
    assertThat(document(2).get("@timestamp").asText()).matches("20\\d\\d-.*T.*\\.\\d{3}Z");
    assertThat(document(2).at("/cloudEvent/time").asText()).isEqualTo("noon");
  }

  @Test
  void isReadBehindAByteOrderMarkAndOverSeveralLines() throws Exception {
    String event = structured("\n\"data\"\n:\n{ \"eventValue\" :\r\n\"about\" ,\n\"n\":1 }\n");

    Reply reply = server.post("/v1/events", STRUCTURED, "\uFEFF\n" + event + "\n");

    assertThat(reply.status()).isEqualTo(200);
    assertThat(document(0).get("n").asInt()).isEqualTo(1);
    assertThat(document(0).get("eventValue").asText()).isEqualTo("about");
  }

  static Stream<Arguments> faults() {
    String subject = "\"subject\":\"x\"";
    return Stream.of(
        Arguments.of("{}", "invalid_cloud_event", "needs \"type\""),
        Arguments.of(
            structured(subject).replace("\"id\":\"1\",", ""), "invalid_cloud_event", "\"id\""),
        Arguments.of(
            structured(subject).replace("\"id\":\"1\"", "\"id\":\"\""),
            "invalid_cloud_event",
            "\"id\""),
        Arguments.of(
            structured(subject).replace("\"/s\"", "null"), "invalid_cloud_event", "\"source\""),
        Arguments.of(structured(subject).replace("1.0", "0.3"), "invalid_cloud_event", "send 1.0"),
        Arguments.of(
            structured(subject + ",\"x\":{\"a\":1}"),
            "invalid_cloud_event",
            "\"x\" is not a string"),
        Arguments.of(
            structured("\"subject\":\"a\\u0000\""), "invalid_cloud_event", "control character"),
        Arguments.of(
            structured("\"subject\":\"\\ud800\""), "invalid_cloud_event", "unpaired surrogate"),
        Arguments.of(
            structured(subject + ",\"data\":1,\"data\":2"), "invalid_cloud_event", "twice"),
        Arguments.of(
            structured(subject + ",\"data\":1,\"data_base64\":\"MQ==\""),
            "invalid_cloud_event",
            "twice"),
        Arguments.of(
            structured(subject + ",\"data_base64\":\"?\""), "invalid_cloud_event", "Base64"),
        Arguments.of(
            structured(subject + ",\"data_base64\":\"" + base64("{") + "\""),
            "malformed_json",
            "data_base64"),
        Arguments.of(
            structured(subject + ",\"data_base64\":\"" + base64("1 2") + "\""),
            "malformed_json",
            "unexpected data after"),
        Arguments.of(structured(""), "missing_member", "a subject"),
        Arguments.of(structured("\"data\":{\"eventValue\":7}"), "not_a_string", "eventValue"),
        Arguments.of(
            structured("\"data\":{\"eventValue\":\"a\",\"eventValue\":\"b\"}"),
            "duplicate_member",
            "with the same name"),
        Arguments.of(
            structured(subject + ",\"data\":{\"a\":1,\"a\":2}"), "duplicate_member", "same name"),
        Arguments.of(structured(subject + ",\"id\":\"2\""), "duplicate_member", "same name"),
        Arguments.of(
            structured(subject + ",\"data\":" + "[".repeat(70) + "]".repeat(70)), "too_deep", "64"),
        Arguments.of(structured(subject + ",\"data\":" + "[".repeat(70_000)), "malformed_json", ""),
        Arguments.of(structured(subject).replace("pageview", ".x"), "invalid_event_type", "-x"),
        Arguments.of("7", "not_an_object", "CloudEvent"),
        Arguments.of("{\"id\":", "malformed_json", ""),
        Arguments.of("nonsense", "malformed_json", ""));
  }

  @ParameterizedTest
  @MethodSource("faults")
  void saysWhatIsWrongWithOneThatIsNone(String body, String type, String reason) throws Exception {
    Reply reply = server.post("/v1/events", STRUCTURED, body);

    assertThat(reply.status()).isEqualTo(400);
    JsonNode result = reply.json().at("/results/0");
    assertThat(result.get("outcome").asText()).isEqualTo("rejected");
    assertThat(result.at("/error/type").asText()).isEqualTo(type);
    assertThat(result.at("/error/reason").asText()).contains(reason);
    assertThat(server.sink.written()).isEmpty();
  }

  @Test
  void isOneThingOfItsBatch() throws Exception {
    String good = structured("\"subject\":\"x\"");
    String batch = "[" + good + ",7,{}, " + good + ",{\"id\":}," + good + "]";

    Reply reply = server.post("/v1/events", BATCHED, batch);

    assertThat(reply.status()).isEqualTo(207);
    assertThat(reply.json().get("results"))
        .extracting(result -> result.at("/outcome").asText() + result.at("/error/type").asText())
        .as("what follows a fault in the JSON cannot be told apart")
        .containsExactly(
            "indexed",
            "rejectednot_an_object",
            "rejectedinvalid_cloud_event",
            "indexed",
            "rejectedmalformed_json");
    assertThat(reply.json().at("/results/2/offset").asInt()).isEqualTo(batch.indexOf("{}"));
    assertThat(reply.json().at("/results/2/position").asInt()).isEqualTo(2);
  }

  @Test
  void mayBeNoneAtAllInABatchAndManyButNotTooMany() throws Exception {
    String good = structured("\"subject\":\"x\"");
    assertThat(server.post("/v1/events", BATCHED, " [] ").body()).isEqualTo("{\"results\":[]}");
    for (String none : List.of("", " ", "{}")) {
      assertThat(server.post("/v1/events", BATCHED, none).status()).isEqualTo(400);
    }
    assertThat(server.post("/v1/events", STRUCTURED, " ").status()).isEqualTo(400);

    String most = "[" + String.join(",", Collections.nCopies(10_000, good)) + "]";
    assertThat(server.post("/v1/events", BATCHED, most).status()).isEqualTo(200);
    assertThat(server.post("/v1/events", BATCHED, most.replace("]", ",1]")).status())
        .isEqualTo(413);
    assertThat(server.sink.written()).hasSize(10_000);
  }

  @Test
  void isReadAsUtf8Only() throws Exception {
    byte[] wide = structured("\"subject\":\"x\"").getBytes(UTF_16LE);
    byte[] broken = structured("\"subject\":\"x\",\"data\":{\"a\":\"#\"}").getBytes(UTF_8);
    for (int i = 0; i < broken.length; i++) {
      broken[i] = broken[i] == '#' ? (byte) 0xC0 : broken[i];
    }

    for (byte[] body : List.of(wide, broken)) {
      Reply reply = RawClient.exchange(server.port(), "POST", "/v1/events", STRUCTURED, body);
      assertThat(reply.status()).isEqualTo(400);
      assertThat(reply.json().at("/results/0/error/type").asText())
          .isIn("invalid_unicode", "malformed_json");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/cloudevents",
        "application/cloudevents+avro",
        "application/cloudevents-batch+protobuf"
      })
  void isNotReadInOtherFormats(String contentType) throws Exception {
    for (String path : List.of("/", "/v1/events")) {
      Reply reply = server.post(path, contentType, structured("\"subject\":\"x\""));

      assertThat(reply.status()).isEqualTo(415);
      assertThat(reply.json().get("detail").asText()).contains(contentType, STRUCTURED);
    }
  }

  private Reply binary(String headers, String contentType, String body) throws Exception {
    try (RawClient client = server.connect()) {
      String all =
          "ce-specversion: 1.0\r\nCE-ID: 1\r\nce-source: /s\r\nce-type: pageview\r\n"
              + headers
              + (contentType.isEmpty() ? "" : "Content-Type: " + contentType + "\r\n")
              + "Content-Length: "
              + body.length()
              + "\r\n";
      return client.send(RawClient.head("POST", "/v1/events", all) + body).read();
    }
  }

  @Test
  void hasHeadersThatAreDecoded() throws Exception {
    binary("ce-subject: Euro%20%E2%82%AC%20%F0%9F%98%80 100% %4\r\n", "", "");
    binary("ce-subject: \"a \\\"b\\\" %25\"\r\n", "application/vnd.x+json; charset=utf-8", "{}");

    assertThat(document(0).get("eventValue").asText())
        .isEqualTo("Euro \u20ac \uD83D\uDE00 100% %4");
    assertThat(document(1).get("eventValue").asText()).isEqualTo("a \"b\" %");
    assertThat(document(1).at("/cloudEvent/datacontenttype").asText())
        .isEqualTo("application/vnd.x+json; charset=utf-8");
  }

  @Test
  void hasDataThatIsJsonOrNone() throws Exception {
    String subject = "ce-subject: x\r\n";

    assertThat(binary(subject, "text/xml", "<a/>").status()).isEqualTo(415);
    assertThat(binary(subject, "application/x-ndjson", "{}\n{}").status()).isEqualTo(415);
    assertThat(binary(subject, "", "{").status()).isEqualTo(400);
    assertThat(binary(subject + "ce-id: 2\r\n", "", "{}").status()).isEqualTo(400);
    assertThat(binary(subject, "application/json", "{\"a\":1}").status()).isEqualTo(200);
    assertThat(document(0).get("a").asInt()).isEqualTo(1);
  }
}
