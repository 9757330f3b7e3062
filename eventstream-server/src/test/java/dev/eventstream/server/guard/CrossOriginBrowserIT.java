package dev.eventstream.server.guard;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.eventstream.server.Chromium;
import dev.eventstream.server.HttpOptions;
import dev.eventstream.server.fixture.TestServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openqa.selenium.chrome.ChromeDriver;

/** A real browser on pages of other origins: one that may send events, and one that may not. */
@Tag("slow")
class CrossOriginBrowserIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** Calls back with the status and the body, or with the name of the error. */
  private static final String FETCH =
      """
      const [url, type, keepalive, done] = arguments;
      const body = JSON.stringify({eventType: 'pageview', eventValue: 'homepage'});
      fetch(url, {method: 'POST', headers: {'Content-Type': type}, body, keepalive})
        .then(async answer => done({status: answer.status, body: await answer.text()}))
        .catch(error => done({error: error.name}));
      """;

  private static final String BEACON =
      """
      const [url, type] = arguments;
      const body = JSON.stringify({eventType: 'pageview', eventValue: 'homepage'});
      return navigator.sendBeacon(url, type ? new Blob([body], {type}) : body);
      """;

  @TempDir Path profile;

  private HttpServer allowed;
  private HttpServer other;
  private TestServer server;
  private ChromeDriver browser;

  @BeforeEach
  void start() throws Exception {
    Chromium.require();
    allowed = page();
    other = page();
    server = server(origin(allowed));
    browser = Chromium.open(profile);
  }

  private static TestServer server(String origin) throws Exception {
    ClientAddresses addresses =
        ClientAddresses.behind(List.of(), ClientAddresses.Header.X_FORWARDED_FOR);
    return TestServer.start(
        HttpOptions.open("127.0.0.1", 0).withAccess(null, Set.of(origin), 0, addresses));
  }

  @AfterEach
  void stop() throws Exception {
    if (browser != null) {
      browser.quit();
      server.close();
    }
    if (other != null) {
      allowed.stop(0);
      other.stop(0);
    }
  }

  private static HttpServer page() throws IOException {
    HttpServer page =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    page.createContext(
        "/",
        exchange -> {
          byte[] html = "<!DOCTYPE html><title>a page</title>".getBytes(UTF_8);
          exchange.getResponseHeaders().set("Content-Type", "text/html");
          exchange.sendResponseHeaders(200, html.length);
          exchange.getResponseBody().write(html);
          exchange.close();
        });
    page.start();
    return page;
  }

  /** Another port is another origin. */
  private static String origin(HttpServer page) {
    return "http://127.0.0.1:" + page.getAddress().getPort();
  }

  private String url(String path) {
    return "http://127.0.0.1:" + server.port() + path;
  }

  private Map<?, ?> fetch(String path, String type, boolean keepalive) {
    return (Map<?, ?>) browser.executeAsyncScript(FETCH, url(path), type, keepalive);
  }

  private boolean beacon(String path, String type) {
    return Boolean.TRUE.equals(browser.executeScript(BEACON, url(path), type));
  }

  private long preflights() {
    return server.observed.stream()
        .filter(request -> request.endpoint().equals("other") && request.status() == 200)
        .count();
  }

  private void awaitWritten(int events) {
    await().atMost(PATIENCE).until(() -> server.sink.written().size() >= events);
    assertThat(server.sink.written()).hasSize(events);
  }

  @Test
  void anAllowedPageSendsAndReadsTheAnswerAndTheBrowserAsksOnce() {
    browser.get(origin(allowed) + "/");

    for (boolean keepalive : new boolean[] {false, true, false}) {
      Map<?, ?> answer = fetch("/v1/events", "application/json", keepalive);
      assertThat(answer.get("status")).isEqualTo(200L);
      assertThat(answer.get("body").toString()).contains("\"outcome\":\"indexed\"");
    }

    assertThat(preflights()).as("remembered for two hours").isEqualTo(1);
    awaitWritten(3);
  }

  @Test
  void anAllowedPageMayLookAtARefusalToo() {
    browser.get(origin(allowed) + "/");

    Map<?, ?> answer = fetch("/v1/events", "image/png", false);

    assertThat(answer.get("status")).isEqualTo(415L);
    assertThat(answer.get("body").toString()).contains("image/png");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/v1/events"})
  void anAllowedPageSendsBeacons(String path) {
    browser.get(origin(allowed) + "/");

    assertThat(beacon(path, null)).isTrue(); // a string: text/plain, without a preflight
    awaitWritten(1);
    assertThat(preflights()).isZero();
    assertThat(beacon(path, "text/plain")).isTrue();
    awaitWritten(2);
    assertThat(preflights()).isZero();
    assertThat(beacon(path, "application/json")).isTrue();
    awaitWritten(3);
    assertThat(preflights()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/v1/events"})
  void whereEveryOriginIsAllowedEveryPageSendsBeaconsAndReadsAnswers(String path) throws Exception {
    server.close();
    server = server("*");
    browser.get(origin(other) + "/");

    assertThat(beacon(path, null)).isTrue();
    awaitWritten(1);
    assertThat(beacon(path, "application/json")).isTrue();
    awaitWritten(2);
    assertThat(fetch(path, "application/json", false).get("status")).isEqualTo(200L);
    awaitWritten(3);
  }

  @Test
  void aPageThatIsLeftHasItsLastEventsDelivered() {
    browser.get(origin(allowed) + "/");
    browser.executeScript(
        "addEventListener('pagehide', () => (function() {" + BEACON + "})(" + quoted() + ", ''))");

    browser.get("about:blank");

    awaitWritten(1);
  }

  private String quoted() {
    return "'" + url("/v1/events") + "'";
  }

  @Test
  void theBrowserRefusesWhatAnotherPageWouldSendAsJson() {
    browser.get(origin(other) + "/");

    assertThat(fetch("/v1/events", "application/json", false).get("error")).isEqualTo("TypeError");
    assertThat(fetch("/", "application/json", true).get("error")).isEqualTo("TypeError");
    beacon("/v1/events", "application/json");

    // What needs no preflight arrives, as from any client, but the page does not see the answer.
    assertThat(fetch("/v1/events", "text/plain", false).get("error")).isEqualTo("TypeError");
    awaitWritten(1);
    assertThat(preflights()).as("the browser asked").isPositive();
  }
}
