package dev.eventstream.server.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.eventstream.server.fixture.RawClient;
import dev.eventstream.server.fixture.RawClient.Reply;
import dev.eventstream.server.fixture.TestServer;
import dev.eventstream.server.guard.AdminKey;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may use the admin API. */
class AdminAccessTest {
  private static final String SECRET = "the-secret-of-the-operators";
  private static final String ALL = "{\"filter\":{}}";

  @TempDir Path root;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Origin: https://evil.example\r\n",
        "Origin: null\r\n",
        "Sec-Fetch-Site: cross-site\r\n"
      })
  void aPageInABrowserCannotUseIt(String header) throws Exception {
    try (AdminServer admin = new AdminServer(root)) {
      admin.addLetters(1);
      String json = "Content-Type: application/json\r\n";

      assertThat(admin.send("GET", "/v1/status", header, "").status()).isEqualTo(403);
      assertThat(admin.send("POST", "/v1/dead-letters/purge", json + header, ALL).status())
          .isEqualTo(403);
      assertThat(admin.send("DELETE", "/v1/jobs/one", header, "").status()).isEqualTo(403);
      assertThat(admin.server.stream().deadLetters().count()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"evil.example", "evil.example:8081", "127.0.0.1.evil.example", "10.0.0.1"})
  void aNameThatPointsToThisMachineIsNotEnough(String host) throws Exception {
    try (AdminServer admin = new AdminServer(root);
        RawClient client = admin.connect()) {
      Reply reply = client.send("GET /v1/status HTTP/1.1\r\nHost: " + host + "\r\n\r\n").read();

      assertThat(reply.status()).isEqualTo(403);
      assertThat(reply.json().path("detail").asText()).contains("http://127.0.0.1");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost", "LOCALHOST:8081", "127.0.0.1:1", "[::1]:8081"})
  void aProgramOnThisMachineNeedsNoKey(String host) throws Exception {
    try (AdminServer admin = new AdminServer(root);
        RawClient client = admin.connect()) {
      String request = "GET /v1/status HTTP/1.1\r\nHost: " + host + "\r\n\r\n";

      assertThat(client.send(request).read().status()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"text/plain", "application/x-www-form-urlencoded", "multipart/form-data"})
  void aFormCannotStartAJob(String type) throws Exception {
    try (AdminServer admin = new AdminServer(root)) {
      admin.addLetters(1);
      String header = "Content-Type: " + type + "\r\n";

      assertThat(admin.send("POST", "/v1/dead-letters/purge", header, ALL).status()).isEqualTo(415);
      assertThat(admin.get("/v1/jobs").json().path("jobs")).isEmpty();
    }
  }

  @Test
  void withoutAKeyNoOtherMachineGetsMoreThanHealth() throws Exception {
    try (AdminServer admin = new AdminServer(root, null, "0.0.0.0", TestServer.limits())) {
      for (String path : List.of("/v1/status", "/v1/dead-letters", "/v1/jobs", "/v1/tail")) {
        Reply reply = admin.get(path);

        assertThat(reply.status()).isEqualTo(403);
        assertThat(reply.json().path("detail").asText())
            .contains("EVENTSTREAM_ADMIN_HOST is \"0.0.0.0\"", "EVENTSTREAM_ADMIN_KEY_FILE");
      }
      assertThat(admin.post("/v1/dead-letters/purge", ALL).status()).isEqualTo(403);
      try (RawClient client = new RawClient(admin.port())) {
        assertThat(client.send(RawClient.head("GET", "/livez", "")).read().status()).isEqualTo(200);
      }
      assertThat(admin.get("/openapi.json").status()).isEqualTo(200);
    }
  }

  @Test
  void aKeyIsNeededOnTheLoopbackAddressToo() throws Exception {
    try (AdminServer admin = AdminServer.withKey(root, SECRET)) {
      Reply without = admin.get("/v1/status");
      assertThat(without.status()).isEqualTo(401);
      assertThat(without.header("WWW-Authenticate")).startsWith("Bearer");

      Reply wrong =
          admin.send("GET", "/v1/status", "Authorization: Bearer " + SECRET + "x\r\n", "");
      assertThat(wrong.status()).isEqualTo(401);
      assertThat(wrong.all()).doesNotContain(SECRET);

      for (String scheme : List.of("Bearer ", "bearer ")) {
        String header = "Authorization: " + scheme + SECRET + "\r\n";
        assertThat(admin.send("GET", "/v1/status", header, "").status()).isEqualTo(200);
      }
    }
  }

  @Test
  void aNewKeyReplacesTheOldOne() throws Exception {
    AtomicReference<AdminKey> key = new AtomicReference<>(AdminKey.of(SECRET));
    try (AdminServer admin = new AdminServer(root, key::get, "0.0.0.0", TestServer.limits())) {
      String header = "Authorization: Bearer " + SECRET + "\r\n";
      assertThat(admin.send("GET", "/v1/status", header, "").status()).isEqualTo(200);

      key.set(AdminKey.of(SECRET + "-2"));

      assertThat(admin.send("GET", "/v1/status", header, "").status()).isEqualTo(401);
    }
  }

  @Test
  void whoGuessesKeysIsSlowedDown() throws Exception {
    try (AdminServer admin = AdminServer.withKey(root, SECRET)) {
      List<Integer> statuses = new ArrayList<>();
      for (int i = 0; i < 30; i++) {
        String header = "Authorization: Bearer a-guess-of-20-characters" + i + "\r\n";
        statuses.add(admin.send("GET", "/v1/status", header, "").status());
      }

      assertThat(statuses.subList(0, 10)).containsOnly(401);
      assertThat(statuses.subList(10, 30)).contains(429);
    }
  }

  @Test
  void aHeadThatNeverEndsIsCutOff() throws Exception {
    try (AdminServer admin =
            new AdminServer(
                root, null, "127.0.0.1", TestServer.withIdleTimeout(Duration.ofMillis(200)));
        RawClient slow = admin.connect()) {
      slow.send("GET /v1/status HTTP/1.1\r\nHost: localhost\r\nX-Slow: ");

      await().pollInterval(Duration.ofMillis(50)).until(() -> !takesAByte(slow)); // never silent
    }
  }

  private static boolean takesAByte(RawClient client) {
    try {
      client.send("a");
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void connectionsBeyondTheLimitDoNotKeepOthersOut() throws Exception {
    var few = TestServer.limits().withRoom(5, 1 << 20);
    List<RawClient> idle = new ArrayList<>();
    try (AdminServer admin = new AdminServer(root, null, "127.0.0.1", few)) {
      for (int i = 0; i < 20; i++) {
        idle.add(admin.connect());
      }

      assertThat(admin.get("/v1/status").status()).isEqualTo(200); // idle ones are closed
      assertThat(admin.connections()).isLessThanOrEqualTo(6);
    } finally {
      for (RawClient client : idle) {
        client.close();
      }
    }
  }
}
