package dev.eventstream.examples.shop;

import dev.eventstream.Event;
import dev.eventstream.EventStream;
import dev.eventstream.Outcome;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** The pages of the shop. */
@RestController
public class ShopController {
  private final EventStream stream;
  private final ApplicationEventPublisher events;

  ShopController(EventStream stream, ApplicationEventPublisher events) {
    this.stream = stream;
    this.events = events;
  }

  /** A page does not wait for its event. */
  @GetMapping("/products/{product}")
  String product(@PathVariable String product) {
    stream.publish(Event.of("product-view", product, Map.of("at", Instant.now())));
    return product;
  }

  /** The starter publishes the event, because its class says so. */
  @PostMapping("/orders/{product}")
  void order(@PathVariable String product, @RequestParam BigDecimal price) {
    events.publishEvent(new OrderPlaced(product, price, Instant.now()));
  }

  /** An answer that depends on whether the event is safe. */
  @PostMapping("/newsletter/{address}")
  CompletableFuture<ResponseEntity<String>> subscribe(@PathVariable String address) {
    return stream.publish(Event.of("newsletter", address)).thenApply(ShopController::answer);
  }

  private static ResponseEntity<String> answer(Outcome outcome) {
    if (outcome instanceof Outcome.Refused refused) {
      return ResponseEntity.status(HttpStatus.SERVICE_UNAVAILABLE)
          .header("Retry-After", Long.toString(Math.max(1, refused.retryAfter().toSeconds())))
          .body(refused.reason());
    }
    return outcome.accepted()
        ? ResponseEntity.accepted().body("subscribed")
        : ResponseEntity.badRequest().body(outcome.toString());
  }
}
