package dev.eventstream.spring;

import dev.eventstream.EventStream;
import org.springframework.boot.actuate.health.AbstractHealthIndicator;
import org.springframework.boot.actuate.health.Health;

/** {@link StreamHealth} for the health API of Spring Boot 3. */
final class Boot3HealthIndicator extends AbstractHealthIndicator {
  private final EventStream stream;

  Boot3HealthIndicator(EventStream stream) {
    this.stream = stream;
  }

  @Override
  protected void doHealthCheck(Health.Builder builder) {
    StreamHealth health = StreamHealth.of(stream);
    builder.withDetails(health.details());
    if (health.takesEvents()) {
      builder.up();
    } else {
      builder.down();
    }
  }
}
