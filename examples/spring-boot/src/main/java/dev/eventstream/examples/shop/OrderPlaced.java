package dev.eventstream.examples.shop;

import dev.eventstream.spring.PublishEvent;
import java.math.BigDecimal;
import java.time.Instant;

/** An event of the application, which other beans may listen to as well. */
@PublishEvent(eventType = "order", eventValue = "placed")
public record OrderPlaced(String product, BigDecimal price, Instant at) {}
