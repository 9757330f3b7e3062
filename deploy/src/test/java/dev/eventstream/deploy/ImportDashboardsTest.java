package dev.eventstream.deploy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.BasicAuthenticator;
import com.sun.net.httpserver.HttpContext;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The script before a server that answers as the products do, which cannot be had here. */
class ImportDashboardsTest {
  private record Imported(String path, String xsrf, String contentType, String body) {}

  private final ConcurrentLinkedQueue<Imported> imported = new ConcurrentLinkedQueue<>();
  private HttpServer server;
  private HttpContext context;
  private String version = "6.5.4";
  private int status = 200;
  private String answer = "{\"saved_objects\": []}";

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    context = server.createContext("/base/api/", this::handle);
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private void handle(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    String path = exchange.getRequestURI().toString();
    int answerStatus = status;
    String text = answer;
    if (path.equals("/base/api/status")) {
      answerStatus = 200;
      text = "{\"name\":\"k\",\"uuid\":\"1\",\"version\":{\"number\":\"" + version + "\"}}";
    } else {
      String xsrf = version.startsWith("6") ? "kbn-xsrf" : "osd-xsrf";
      imported.add(
          new Imported(
              exchange.getRequestMethod() + " " + path,
              exchange.getRequestHeaders().getFirst(xsrf),
              exchange.getRequestHeaders().getFirst("Content-Type"),
              new String(body, UTF_8)));
    }
    byte[] bytes = text.getBytes(UTF_8);
    exchange.sendResponseHeaders(answerStatus, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/base";
  }

  private Script run(String... arguments) throws Exception {
    return Script.run(Map.of(), "import-dashboards", arguments);
  }

  /** As the products answer when all went well. */
  private void is(SavedObjects product) {
    if (product == SavedObjects.KIBANA) {
      version = "6.5.4";
      // It answers with the objects, which have a word or two about errors in them.
      answer =
          "{\"saved_objects\":[{\"id\":\"a\",\"type\":\"visualization\",\"version\":1,"
              + "\"attributes\":{\"visState\":\"{\\\"error\\\":{}}\"}}]}";
    } else {
      version = "2.19.6";
      answer = "{\"successCount\":11,\"success\":true,\"successResults\":[]}";
    }
  }

  @ParameterizedTest
  @EnumSource
  void importsAllObjectsIntoWhatItFinds(SavedObjects product) throws Exception {
    is(product);

    Script script = run(url() + "/").succeeded();

    assertThat(script.out()).contains(version + " has the dashboards: " + url() + "/app/");
    assertThat(imported).hasSize(1);
    Imported request = imported.element();
    assertThat(request.xsrf()).isEqualTo("true");
    if (product == SavedObjects.KIBANA) {
      assertThat(request.path())
          .isEqualTo("POST /base/api/saved_objects/_bulk_create?overwrite=true");
      assertThat(request.contentType()).isEqualTo("application/json");
      TreeSet<String> keys = new TreeSet<>();
      SavedObjects.parse(request.body()).forEach(object -> keys.add(SavedObjects.key(object)));
      assertThat(keys).isEqualTo(product.byKey().keySet());
    } else {
      assertThat(request.path()).isEqualTo("POST /base/api/saved_objects/_import?overwrite=true");
      assertThat(request.contentType()).startsWith("multipart/form-data; boundary=");
      assertThat(request.body()).contains("name=\"file\"; filename=\"eventstream.ndjson\"");
      assertThat(objectsIn(request.body())).isEqualTo(product.byKey().keySet());
    }
  }

  private static Set<String> objectsIn(String form) {
    TreeSet<String> keys = new TreeSet<>();
    form.lines()
        .filter(line -> line.startsWith("{"))
        .forEach(line -> keys.add(SavedObjects.key(SavedObjects.parse(line))));
    return keys;
  }

  @ParameterizedTest
  @EnumSource
  void looksForEventsInTheIndicesThatAreNamed(SavedObjects product) throws Exception {
    is(product);

    run("--events", "events-*,-events-test", url()).succeeded();

    List<String> titles = new ArrayList<>();
    for (String line : imported.element().body().lines().toList()) {
      if (line.contains("\"title\"") && line.contains("events-*")) {
        titles.add(line);
      }
    }
    assertThat(titles)
        .singleElement()
        .asString()
        .containsPattern("\"title\": ?\"events-\\*,-events-test\"");
    assertThat(imported.element().body()).doesNotContain("\"*,-.*,");
  }

  @Test
  void saysWhatKibanaDidNotTake() throws Exception {
    is(SavedObjects.KIBANA);
    answer =
        "{\"saved_objects\":[{\"id\":\"a\",\"type\":\"search\",\"error\":"
            + "{\"statusCode\":409,\"message\":\"version conflict\"}}]}";

    Script script = run(url());

    assertThat(script.exit()).isEqualTo(1);
    assertThat(script.out())
        .startsWith("import-dashboards: Kibana rejected some objects: ")
        .contains("version conflict");
  }

  @Test
  void saysWhatOpenSearchDashboardsDidNotTake() throws Exception {
    is(SavedObjects.OPENSEARCH_DASHBOARDS);
    answer =
        "{\"successCount\":10,\"success\":false,\"errors\":[{\"id\":\"a\",\"type\":\"search\","
            + "\"error\":{\"type\":\"missing_references\"}}]}";

    Script script = run(url());

    assertThat(script.exit()).isEqualTo(1);
    assertThat(script.out())
        .startsWith("import-dashboards: OpenSearch Dashboards rejected some objects: ")
        .contains("missing_references");
  }

  @ParameterizedTest
  @EnumSource
  void saysWhatWasAnsweredInsteadOfSuccess(SavedObjects product) throws Exception {
    is(product);
    status = 400;
    answer = "{\"message\":\"[request body]: cannot be\"}";

    Script script = run(url());

    assertThat(script.exit()).isEqualTo(1);
    assertThat(script.out())
        .isEqualTo(
            "import-dashboards: the import was answered with 400:"
                + " {\"message\":\"[request body]: cannot be\"}\n");
  }

  @Test
  void logsInWithoutShowingThePassword() throws Exception {
    is(SavedObjects.OPENSEARCH_DASHBOARDS);
    String password = "p\"a\\ss:word";
    context.setAuthenticator(
        new BasicAuthenticator("dashboards") {
          @Override
          public boolean checkCredentials(String user, String given) {
            return user.equals("me") && given.equals(password);
          }
        });
    Map<String, String> login =
        new HashMap<>(Map.of("DASHBOARDS_USER", "me", "DASHBOARDS_PASSWORD", password));

    Script.run(login, "import-dashboards", url()).succeeded();
    login.put("DASHBOARDS_PASSWORD", "another");
    Script refused = Script.run(login, "import-dashboards", url());

    assertThat(refused.exit()).isEqualTo(1);
    assertThat(refused.out())
        .isEqualTo(
            "import-dashboards: the version request to "
                + url()
                + " was answered with 401: provide the login of an authorized user, see --help\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"6.4.3", "7.17.29", "8.6.2", "5.6.16"})
  void turnsVersionsAwayForWhichTheObjectsAreNotMade(String other) throws Exception {
    version = other;

    Script script = run(url());

    assertThat(script.exit()).isEqualTo(1);
    assertThat(script.out())
        .isEqualTo(
            "import-dashboards: version "
                + other
                + " is neither Kibana 6.5 to 6.8 nor OpenSearch Dashboards 1 to 3\n");
    assertThat(imported).isEmpty();
  }

  @Test
  void saysThatNobodyAnswers() throws Exception {
    server.stop(0);

    Script script = run(url());

    assertThat(script.exit()).isEqualTo(1);
    assertThat(script.out()).contains("the version request to " + url() + " got no answer");
  }

  @Test
  void explainsItselfAndWhatIsWrongWithItsArguments() throws Exception {
    assertThat(run("--help").succeeded().out()).startsWith("Usage: import-dashboards ");
    for (List<String> wrong :
        List.of(
            List.<String>of(),
            List.of("--index", "a"),
            List.of("--events"),
            List.of("--events", "a\"b", url()),
            List.of("localhost:5601"),
            List.of("http://me:secret@localhost:5601"),
            List.of(url(), url()))) {
      Script script = run(wrong.toArray(new String[0]));
      assertThat(script.exit()).as(script.out()).isEqualTo(2);
      assertThat(script.out()).startsWith("import-dashboards: ").doesNotContain("secret");
    }
    assertThat(imported).isEmpty();
  }

  @Test
  void showsTheAnswerOfSomethingElse() throws Exception {
    version = "unknown";

    Script script = run(url());

    assertThat(script.exit()).isEqualTo(1);
    assertThat(script.out())
        .isEqualTo(
            "import-dashboards: "
                + url()
                + " is neither Kibana nor OpenSearch Dashboards:"
                + " {\"name\":\"k\",\"uuid\":\"1\",\"version\":{\"number\":\"unknown\"}}\n");
  }
}
