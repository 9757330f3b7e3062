package dev.eventstream.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.server.fixture.RawClient;
import dev.eventstream.server.fixture.RawClient.Reply;
import dev.eventstream.server.fixture.TestServer;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PageTest {
  @AutoClose private static final TestServer server = TestServer.start();

  @ParameterizedTest
  @CsvSource({
    "/, text/html, <!doctype html>",
    "/page.js, text/javascript, use strict",
    "/page.css, text/css, :root",
    "/favicon.svg, image/svg+xml, <svg",
    "/reference, text/html, <!doctype html>",
    "/reference.js, text/javascript, use strict",
    "/reference.css, text/css, .reference",
    "/openapi.json, application/json, 3.1"
  })
  void servesThePageAndItsParts(String path, String type, String content) throws Exception {
    Reply reply = server.get(path);

    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.header("Content-Type")).startsWith(type);
    assertThat(reply.body()).contains(content);
    assertThat(reply.header("Cache-Control")).isEqualTo("no-cache");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/page.js",
        "/page.css",
        "/favicon.svg",
        "/reference",
        "/reference.js",
        "/reference.css",
        "/openapi.json"
      })
  void letsThePageDoNothingButWhatItDoes(String path) throws Exception {
    Reply reply = server.get(path);

    assertThat(reply.header("Content-Security-Policy").split("; "))
        .containsExactlyInAnyOrder(
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self'",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'");
    assertThat(reply.header("X-Content-Type-Options")).isEqualTo("nosniff");
    assertThat(reply.header("Referrer-Policy")).isEqualTo("no-referrer");
    assertThat(reply.header("Cross-Origin-Opener-Policy")).isEqualTo("same-origin");
    assertThat(reply.headers()).doesNotContainKeys("server", "x-powered-by", "set-cookie");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/reference"})
  void loadsNothingFromElsewhere(String path) throws Exception {
    String page = server.get(path).body();

    assertThat(page).doesNotContainPattern("(src|href)=\"(https?:)?//");
    assertThat(page).doesNotContainPattern("<script>|<style>| style=| on[a-z]+=");
    Pattern.compile("(?:src|href)=\"([^\"#]+)\"")
        .matcher(page)
        .results()
        .map(found -> "/" + found.group(1).replace("./", ""))
        .forEach(part -> assertThat(Page.PATHS).contains(part));
  }

  @Test
  void sendsNothingAgainThatTheBrowserHas() throws Exception {
    String etag = server.get("/page.js").header("ETag");
    assertThat(etag).isNotBlank();
    try (RawClient client = server.connect()) {
      client.send(RawClient.head("GET", "/page.js", "If-None-Match: " + etag + "\r\n"));

      Reply known = client.read(true);
      assertThat(known.status()).isEqualTo(304);
      assertThat(known.header("Cache-Control")).doesNotContain("no-store");
    }
  }
}
