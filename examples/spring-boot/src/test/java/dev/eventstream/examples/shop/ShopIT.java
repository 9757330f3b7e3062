package dev.eventstream.examples.shop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.eventstream.spring.test.EventStreamTest;
import dev.eventstream.testkit.EngineClient;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;

@EventStreamTest(webEnvironment = WebEnvironment.RANDOM_PORT)
class ShopIT {
  @Autowired EngineClient engine;

  @Value("${local.server.port}")
  int port;

  private HttpResponse<String> send(String method, String path) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://localhost:" + port + path))
            .method(method, BodyPublishers.noBody())
            .build();
    return HttpClient.newHttpClient().send(request, BodyHandlers.ofString());
  }

  @Test
  void aViewOfAPageIsIndexed() throws Exception {
    assertThat(send("GET", "/products/book").statusCode()).isEqualTo(200);

    await().until(() -> engine.count("product-view") == 1);
  }

  @Test
  void anOrderIsIndexedWithItsMembers() throws Exception {
    assertThat(send("POST", "/orders/book?price=12.50").statusCode()).isEqualTo(200);

    await().until(() -> engine.count("order") == 1);
    assertThat(engine.request("GET", "/order/_search?q=price:12.50").body())
        .contains("\"product\":\"book\"", "\"eventValue\":\"placed\"");
  }

  @Test
  void aSubscriptionIsAnsweredWhenItIsSafe() throws Exception {
    HttpResponse<String> answer = send("POST", "/newsletter/anna@example.org");

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
    assertThat(engine.count("newsletter")).isEqualTo(1);
  }

  @Test
  void theHealthShowsTheStream() throws Exception {
    assertThat(send("GET", "/actuator/health").body()).contains("\"eventStream\"", "\"UP\"");
  }
}
