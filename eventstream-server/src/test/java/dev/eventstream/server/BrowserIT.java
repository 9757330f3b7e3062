package dev.eventstream.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.eventstream.testkit.EngineExtension;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.logging.Level;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;

/**
 * The demo page in a real browser, from a press of a button to the document in the index, and the
 * reference of the API.
 */
@Tag("slow")
class BrowserIT {

  @RegisterExtension static final EngineExtension engine = EngineExtension.shared("opensearch");

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final By ROWS = By.cssSelector("li.result");

  private static final Map<String, Map<String, String>> IDS =
      Map.of(
          "pageview", Map.of("homepage", "h", "about", "a", "checkout", "c"),
          "engagement", Map.of("click", "c", "scroll", "s", "hover", "h"));

  @TempDir static Path ids;
  @TempDir static Path spool;

  private static EventServer server;

  @TempDir Path profile;

  private ChromeDriver browser;

  @BeforeAll
  static void start() throws Exception {
    Chromium.require();
    for (Map.Entry<String, Map<String, String>> table : IDS.entrySet()) {
      JSON.writeValue(ids.resolve(table.getKey() + ".json").toFile(), table.getValue());
    }
    server = LocalServer.start(engine.get().url(), ids, spool);
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  @BeforeEach
  void openThePage() {
    browser = Chromium.open(profile);
    browser.get(server.url() + "/");
  }

  @AfterEach
  void theBrowserHasNothingToComplainAbout() {
    if (browser == null) {
      return;
    }
    try {
      List<LogEntry> complaints =
          browser.manage().logs().get(LogType.BROWSER).getAll().stream()
              .filter(BrowserIT::isComplaint)
              .toList();
      assertThat(complaints).as("CSP violations and JavaScript errors").isEmpty();
    } finally {
      browser.quit();
    }
  }

  @Test
  void everyButtonPublishesAndItsRowsNameDocumentsThatAreStoredWithTheRightIds() throws Exception {
    List<WebElement> keys = browser.findElements(By.cssSelector("button[data-type][data-value]"));
    List<WebElement> all = browser.findElements(By.cssSelector("button[data-publish-all]"));
    assertThat(keys).hasSize(6);
    assertThat(all).hasSize(2);

    browser.executeScript("arguments[0].focus()", keys.get(0));
    browser.switchTo().activeElement().sendKeys(Keys.ENTER);
    keys.stream().skip(1).forEach(WebElement::click);
    all.forEach(WebElement::click);

    await().atMost(PATIENCE).untilAsserted(() -> assertThat(outcomes()).hasSize(12));
    await().atMost(PATIENCE).untilAsserted(() -> assertThat(outcomes()).containsOnly("indexed"));
    for (WebElement row : browser.findElements(ROWS)) {
      String type = row.getDomAttribute("data-type");
      String value = row.getDomAttribute("data-value");
      JsonNode document = stored(row);
      assertThat(row.getDomAttribute("data-index")).isEqualTo(type);
      assertThat(row.getDomAttribute("data-event-id")).isEqualTo(IDS.get(type).get(value));
      assertThat(document.path("eventId").asText()).isEqualTo(IDS.get(type).get(value));
      assertThat(document.path("eventType").asText()).isEqualTo(type);
      assertThat(document.path("eventValue").asText()).isEqualTo(value);
      assertThat(document.path("@timestamp").asText()).isNotBlank();
    }
    List<String> pressed =
        browser.findElements(ROWS).stream()
            .map(row -> row.getDomAttribute("data-type") + " " + row.getDomAttribute("data-value"))
            .toList();
    for (Map.Entry<String, Map<String, String>> table : IDS.entrySet()) {
      for (String value : table.getValue().keySet()) {
        String name = table.getKey() + " " + value;
        assertThat(pressed).filteredOn(name::equals).as(name).hasSize(2);
      }
    }
    assertThat(browser.findElements(ROWS).stream().map(row -> row.getDomAttribute("data-id")))
        .doesNotHaveDuplicates();
  }

  @Test
  void aBrokenEventInTheUsersOwnJsonIsRejectedAndTheGoodOneBesideItIsIndexed() throws Exception {
    WebElement composer = browser.findElement(By.id("composer-json"));
    composer.clear();
    composer.sendKeys(
        "[{\"eventType\": \"pageview\", \"eventValue\": \"about\", \"note\": \"own\"},"
            + " {\"eventValue\": \"no type\"}]");
    browser.findElement(By.id("composer-publish")).click();

    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(outcomes()).containsExactly("indexed", "rejected"));
    WebElement indexed = browser.findElements(ROWS).get(0);
    WebElement rejected = browser.findElements(ROWS).get(1);
    JsonNode document = stored(indexed);
    assertThat(document.path("note").asText()).isEqualTo("own");
    assertThat(document.path("eventId").asText()).isEqualTo("a");
    assertThat(rejected.getText()).contains("missing_member").contains("eventType");
  }

  @Test
  void jsonThatEndsTooEarlyStillHasItsGoodEventIndexed() {
    WebElement composer = browser.findElement(By.id("composer-json"));
    composer.clear();
    composer.sendKeys(
        "[{\"eventType\": \"pageview\", \"eventValue\": \"about\"}, {\"eventType\": \"pagev");
    browser.findElement(By.id("composer-publish")).click();

    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> assertThat(outcomes()).containsExactlyInAnyOrder("indexed", "rejected"));
  }

  @Test
  void aPhoneNeedNotScrollSideways() {
    browser.executeCdpCommand(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", 360, "height", 740, "deviceScaleFactor", 2, "mobile", true));
    browser.navigate().refresh();
    assertFits();

    browser.findElements(By.cssSelector("button[data-publish-all]")).forEach(WebElement::click);
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(outcomes()).hasSize(6).containsOnly("indexed"));

    assertFits();
  }

  @Test
  void theReferenceShowsEveryOperationAtAPlaceThatCanBeLinkedTo() throws Exception {
    browser.findElement(By.linkText("The HTTP API")).click();
    awaitReference();
    List<String> described = new ArrayList<>();
    for (Map.Entry<String, JsonNode> path : description().get("paths").properties()) {
      JsonNode item = path.getValue();
      if (item.has("get") || item.has("$ref")) { // what is described elsewhere are files
        described.add("GET " + path.getKey());
      }
      if (item.has("post")) {
        described.add("POST " + path.getKey());
      }
    }

    List<WebElement> operations = browser.findElements(By.cssSelector("section.operation"));
    assertThat(operations.stream().map(BrowserIT::heading))
        .containsExactlyInAnyOrderElementsOf(described);
    for (WebElement operation : operations) {
      assertThat(operation.findElement(By.cssSelector("pre")).getText())
          .startsWith("curl -i 'http");
      assertThat(operation.findElements(By.cssSelector("details.response"))).isNotEmpty();
    }
    List<Object> nowhere =
        evaluate(
            "return [...document.querySelectorAll('a[href^=\"#\"]')].map(a => a.hash.slice(1))"
                + ".filter(id => !document.getElementById(id))");
    assertThat(nowhere).as("links that lead nowhere").isEmpty();
    List<Object> twice =
        evaluate(
            "const ids = [...document.querySelectorAll('[id]')].map(e => e.id);"
                + "return ids.filter((id, i) => ids.indexOf(id) !== i)");
    assertThat(twice).as("ids that are there twice").isEmpty();
    List<Object> levels =
        evaluate(
            "return [...document.querySelectorAll('h1,h2,h3,h4')].map(h => +h.tagName[1])"
                + ".filter((level, i, all) => i && level > all[i - 1] + 1)");
    assertThat(levels).as("headings that skip a level").isEmpty();
    assertThat(browser.findElement(By.tagName("body")).getText())
        .contains("eventType")
        .doesNotContain("[object", "undefined");
  }

  @Test
  void aLinkToAnOperationShowsIt() {
    browser.get(server.url() + "/reference#get-healthz");
    awaitReference();

    await()
        .atMost(PATIENCE)
        .until(
            () ->
                Boolean.TRUE.equals(
                    browser.executeScript(
                        "const top = document.getElementById('get-healthz')"
                            + ".getBoundingClientRect().top;"
                            + "return top >= 0 && top < innerHeight")));
  }

  @Test
  void theReferenceFitsOnAPhoneWithAllOfItOpen() {
    browser.executeCdpCommand(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", 360, "height", 740, "deviceScaleFactor", 2, "mobile", true));
    browser.get(server.url() + "/reference");
    awaitReference();

    browser.executeScript("document.querySelectorAll('details').forEach(d => d.open = true)");

    assertFits();
  }

  private void awaitReference() {
    await()
        .atMost(PATIENCE)
        .until(() -> !browser.findElements(By.cssSelector("main[aria-busy=false]")).isEmpty());
  }

  private static String heading(WebElement operation) {
    String heading = operation.findElement(By.tagName("h3")).getText();
    return heading.substring(0, heading.lastIndexOf('#')).strip();
  }

  @SuppressWarnings("unchecked") // what scripts give, which are ours
  private List<Object> evaluate(String script) {
    return (List<Object>) Objects.requireNonNull(browser.executeScript(script));
  }

  private static JsonNode description() throws IOException {
    try (InputStream json = URI.create(server.url() + "/openapi.json").toURL().openStream()) {
      return JSON.readTree(json);
    }
  }

  private void assertFits() {
    assertThat(browser.executeScript("return document.documentElement.clientWidth"))
        .isEqualTo(360L);
    assertThat(
            browser.executeScript(
                "return document.documentElement.scrollWidth"
                    + " - document.documentElement.clientWidth"))
        .isEqualTo(0L);
  }

  private List<String> outcomes() {
    return browser.findElements(ROWS).stream()
        .map(row -> row.getDomAttribute("data-outcome"))
        .toList();
  }

  private static JsonNode stored(WebElement row) throws IOException {
    String index = row.getDomAttribute("data-index");
    String id = row.getDomAttribute("data-id");
    return JSON.readTree(engine.get().client().source(index, id).orElseThrow());
  }

  private static boolean isComplaint(LogEntry entry) {
    return entry.getLevel().intValue() >= Level.WARNING.intValue()
        || entry.getMessage().contains("Content Security Policy");
  }
}
