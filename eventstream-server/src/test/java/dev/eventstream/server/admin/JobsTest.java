package dev.eventstream.server.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.eventstream.server.fixture.RawClient.Reply;
import dev.eventstream.spi.Document;
import dev.eventstream.spi.FailureClass;
import dev.eventstream.spi.ItemResult;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Dead letters over the admin API. */
class JobsTest {
  private static final String REDRIVE = "/v1/dead-letters/redrive";
  private static final String PURGE = "/v1/dead-letters/purge";
  private static final String ALL = "{\"filter\":{}}";

  @TempDir Path root;

  private static JsonNode ended(AdminServer admin, Reply started) {
    assertThat(started.status()).as(started.all()).isEqualTo(202);
    JsonNode[] job = new JsonNode[1];
    await()
        .until(
            () -> {
              job[0] = admin.get(started.header("Location")).json();
              return job[0].has("endedAt");
            });
    return job[0];
  }

  private static List<String> ids(AdminServer admin) throws IOException {
    List<String> ids = new ArrayList<>();
    admin.server.stream()
        .deadLetters()
        .forEach(letter -> true, letter -> ids.add(letter.document().id()));
    return ids;
  }

  @Test
  void listsLettersWithFilters() throws Exception {
    try (AdminServer admin = new AdminServer(root)) {
      admin.addLetters(5);

      assertThat(admin.get("/v1/dead-letters").body().lines()).hasSize(5);
      assertThat(admin.get("/v1/dead-letters").body())
          .startsWith("{\"index\":\"click\",\"id\":\"d0\",\"type\":\"click\",\"reason\":\"mapping")
          .doesNotContain("document");
      assertThat(admin.get("/v1/dead-letters?documents=true&id=d3").body())
          .contains("\"document\":{\"eventType\":\"view\",\"n\":3}")
          .hasLineCount(1);
      assertThat(admin.get("/v1/dead-letters?type=view").body().lines()).hasSize(2);
      assertThat(admin.get("/v1/dead-letters?reason=MAPPING+of+n4").body().lines()).hasSize(1);
      assertThat(admin.get("/v1/dead-letters?limit=3").body().lines()).hasSize(3);
      assertThat(
              admin
                  .get(
                      "/v1/dead-letters?since=2026-05-04T10:01:00Z&until=2026-05-04T12:03:00%2B02:00")
                  .body()
                  .lines())
          .hasSize(2);
      assertThat(admin.get("/v1/dead-letters?since=1s").body()).isEmpty();
      assertThat(admin.send("HEAD", "/v1/dead-letters", "Connection: close\r\n", "").status())
          .isEqualTo(200);
    }
  }

  @Test
  void listsThatNobodyReadsDoNotOccupyThePort() throws Exception {
    try (AdminServer admin = new AdminServer(root);
        Socket one = silent(admin);
        Socket other = silent(admin)) {
      admin.addLetters(20_000);
      String list = "GET /v1/dead-letters HTTP/1.1\r\nHost: localhost\r\n\r\n";
      one.getOutputStream().write(list.getBytes(StandardCharsets.UTF_8));
      other.getOutputStream().write(list.getBytes(StandardCharsets.UTF_8));

      await().until(() -> admin.get("/v1/dead-letters?limit=1").status() == 503);
      assertThat(admin.get("/v1/status").status()).isEqualTo(200);
    }
  }

  /** A client with a small buffer that does not read. */
  private static Socket silent(AdminServer admin) throws IOException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(4_096);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), admin.port()));
    return socket;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "colour=red|parameter \"colour\" does not exist; use type, reason, id",
        "type=|type is empty",
        "type=a&type=b|parameter type is given several times",
        "limit=0|limit is \"0\"; write a whole number from 1",
        "limit=-1|limit is \"-1\"",
        "documents=yes|documents is \"yes\"; write true or false",
        "since=yesterday|since is \"yesterday\"; write a time such as 2026-",
        "since=1h&until=2h|until is \"2h\", which is not after since, \"1h\"",
      })
  void namesWhatIsWrongWithAQuery(String query, String detail) throws Exception {
    try (AdminServer admin = new AdminServer(root)) {
      Reply reply = admin.get("/v1/dead-letters?" + query);

      assertThat(reply.status()).isEqualTo(400);
      assertThat(reply.json().path("detail").asText()).contains(detail);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{|the body is not valid JSON",
        "[]|the body is not a JSON object",
        "{}|filter is missing; write an object, {} for all dead letters",
        "{\"filter\":null}|filter is null",
        "{\"filter\":{},\"limits\":1}|member \"limits\" does not exist; use filter, limit, dryRun",
        "{\"filter\":{\"colour\":\"red\"}}|member \"filter.colour\" does not exist; use type",
        "{\"filter\":{\"id\":7}}|filter.id is 7; write it as a string",
        "{\"filter\":{\"since\":\"soon\"}}|since is \"soon\"",
        "{\"filter\":{},\"limit\":0}|limit is 0; write a whole number from 1",
        "{\"filter\":{},\"limit\":1.5}|limit is 1.5",
        "{\"filter\":{},\"dryRun\":\"yes\"}|dryRun is \"yes\"; write true or false",
        "{\"filter\":{},\"filter\":{}}|Duplicate field",
        "{\"filter\":{}} {}|not valid JSON",
      })
  void namesWhatIsWrongWithABodyAndStartsNothing(String body, String detail) throws Exception {
    try (AdminServer admin = new AdminServer(root)) {
      admin.addLetters(1);
      Reply reply = admin.post(PURGE, body);

      assertThat(reply.status()).isEqualTo(400);
      assertThat(reply.json().path("detail").asText()).contains(detail);
      assertThat(admin.get("/v1/jobs").json().path("jobs")).isEmpty();
      assertThat(ids(admin)).hasSize(1);
    }
  }

  @Test
  void refusesABodyThatIsTooLarge() throws Exception {
    try (AdminServer admin = new AdminServer(root)) {
      assertThat(admin.post(PURGE, " ".repeat(70_000)).status()).isEqualTo(413);
    }
  }

  @Test
  void aRedriveRemovesWhatArrivesAndKeepsTheRest() throws Exception {
    try (AdminServer admin = new AdminServer(root)) {
      admin.addLetters(10);
      admin.server.sink.answer(
          document ->
              document.id().equals("d3")
                  ? new ItemResult.Failed(FailureClass.NEVER, "mapping")
                  : ItemResult.WRITTEN);

      JsonNode job = ended(admin, admin.post(REDRIVE, ALL));

      assertThat(job.path("state").asText()).isEqualTo("done");
      assertThat(job.path("kind").asText()).isEqualTo("redrive");
      assertThat(job.path("total").asInt()).isEqualTo(10);
      assertThat(job.path("tried").asInt()).isEqualTo(10);
      assertThat(job.path("indexed").asInt()).isEqualTo(9);
      assertThat(job.path("kept").asInt()).isEqualTo(1);
      assertThat(ids(admin)).containsExactly("d3");
      assertThat(admin.server.sink.written()).extracting(Document::id).doesNotHaveDuplicates();
    }
  }

  @Test
  void aRedriveTakesWhatItsFilterAndLimitSelect() throws Exception {
    try (AdminServer admin = new AdminServer(root)) {
      admin.addLetters(10);

      JsonNode job =
          ended(admin, admin.post(REDRIVE, "{\"filter\":{\"type\":\"view\"},\"limit\":2}"));

      assertThat(job.path("tried").asInt()).isEqualTo(2);
      assertThat(job.path("limit").asInt()).isEqualTo(2);
      assertThat(job.path("filter").path("type").asText()).isEqualTo("view");
      assertThat(ids(admin)).hasSize(8).doesNotContain("d1", "d3");
    }
  }

  @Test
  void aDryRunCountsAndChangesNothing() throws Exception {
    try (AdminServer admin = new AdminServer(root)) {
      admin.addLetters(10);

      JsonNode job =
          ended(admin, admin.post(PURGE, "{\"filter\":{\"type\":\"view\"},\"dryRun\":true}"));

      assertThat(job.path("total").asInt()).isEqualTo(5);
      assertThat(job.path("removed").asInt()).isZero();
      assertThat(ids(admin)).hasSize(10);
      JsonNode few =
          ended(admin, admin.post(REDRIVE, "{\"filter\":{},\"limit\":3,\"dryRun\":true}"));
      assertThat(few.path("total").asInt()).isEqualTo(3);
      assertThat(admin.server.sink.written()).isEmpty();
    }
  }

  @Test
  void aPurgeRemovesWhatItsFilterAndLimitSelect() throws Exception {
    try (AdminServer admin = new AdminServer(root)) {
      admin.addLetters(10);

      JsonNode job =
          ended(admin, admin.post(PURGE, "{\"filter\":{\"type\":\"click\"},\"limit\":4}"));

      assertThat(job.path("removed").asInt()).isEqualTo(4);
      assertThat(ids(admin)).containsExactly("d1", "d3", "d5", "d7", "d8", "d9");
    }
  }

  @Test
  void oneJobOfAKindRunsAtATimeAndCanBeCancelled() throws Exception {
    try (AdminServer admin = new AdminServer(root)) {
      admin.addLetters(1_200);
      admin.server.sink.hold();
      Reply first = admin.post(REDRIVE, ALL);
      await().until(() -> admin.server.sink.held() == 500);

      Reply second = admin.post(REDRIVE, ALL);
      assertThat(second.status()).isEqualTo(409);
      assertThat(second.json().path("detail").asText())
          .contains(first.json().path("id").asText(), "DELETE /v1/jobs/");
      ended(admin, admin.post(PURGE, "{\"filter\":{\"id\":\"d1199\"}}")); // of another kind

      Reply cancel = admin.send("DELETE", first.header("Location"), "", "");
      assertThat(cancel.status()).isEqualTo(202);
      assertThat(cancel.json().path("state").asText()).isEqualTo("cancelling");
      admin.server.sink.release();
      JsonNode job = ended(admin, first);

      assertThat(job.path("state").asText()).isEqualTo("cancelled");
      assertThat(job.path("indexed").asInt()).isEqualTo(500);
      assertThat(ids(admin)).hasSize(699);
      assertThat(admin.send("DELETE", first.header("Location"), "", "").status()).isEqualTo(200);
      assertThat(admin.get("/v1/jobs").json().path("jobs")).hasSize(2);
      JsonNode again = ended(admin, admin.post(REDRIVE, ALL));
      assertThat(again.path("indexed").asInt()).isEqualTo(699);
      assertThat(admin.server.sink.written()).extracting(Document::id).doesNotHaveDuplicates();
    }
  }

  @Test
  void aJobThatIsNotKnownIsNotFound() throws Exception {
    try (AdminServer admin = new AdminServer(root)) {
      assertThat(admin.get("/v1/jobs/redrive-0").status()).isEqualTo(404);
      assertThat(admin.send("DELETE", "/v1/jobs/redrive-0", "", "").status()).isEqualTo(404);
      assertThat(admin.send("POST", "/v1/jobs", "", "{}").status()).isEqualTo(405);
      assertThat(admin.get("/v1/nothing").status()).isEqualTo(404);
    }
  }

  @Test
  void aJobThatARestartEndsIsKnownAsInterrupted() throws Exception {
    String location;
    try (AdminServer admin = new AdminServer(root)) {
      admin.addLetters(1_200);
      admin.server.sink.hold();
      Reply started = admin.post(REDRIVE, ALL);
      location = started.header("Location");
      await().until(() -> admin.server.sink.held() == 500);
      Path file = admin.directory.resolve("jobs.json");
      Path kept = root.resolveSibling("jobs-" + System.nanoTime());
      Files.copy(file, kept); // as a crash would leave it
      admin.server.sink.release();
      ended(admin, started);
      admin.close();
      Files.move(kept, file, StandardCopyOption.REPLACE_EXISTING);
    }
    try (AdminServer admin = new AdminServer(root)) {
      JsonNode job = admin.get(location).json();

      assertThat(job.path("state").asText()).isEqualTo("interrupted");
      assertThat(job.path("error").asText()).contains("start it again");
      assertThat(job.path("total").asInt(-1)).isIn(-1, 1_200);
    }
  }

  @Test
  void aStopInterruptsAJobAfterItsPortion() throws Exception {
    String location;
    try (AdminServer admin = new AdminServer(root)) {
      admin.addLetters(1_200);
      admin.server.sink.hold();
      location = admin.post(REDRIVE, ALL).header("Location");
      await().until(() -> admin.server.sink.held() == 500);
    } // releases the sink
    try (AdminServer admin = new AdminServer(root)) {
      JsonNode job = admin.get(location).json();

      assertThat(job.path("state").asText()).isEqualTo("interrupted");
      assertThat(job.path("indexed").asInt() + ids(admin).size()).isEqualTo(1_200);
    }
  }

  @Test
  void aFileOfJobsThatCannotBeReadDoesNotPreventTheStart() throws Exception {
    Path directory;
    try (AdminServer admin = new AdminServer(root)) {
      directory = admin.directory;
    }
    Files.writeString(directory.resolve("jobs.json"), "{\"jobs\":[{\"id\":");
    try (AdminServer admin = new AdminServer(root)) {
      assertThat(admin.directory).isEqualTo(directory);
      assertThat(admin.get("/v1/jobs").json().path("jobs")).isEmpty();
    }
  }
}
