package dev.eventstream.spring;

import dev.eventstream.EventStream;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/** {@link StreamHealth} for the health API of Spring Boot 4. */
final class Boot4HealthIndicator extends AbstractHealthIndicator {
  private final EventStream stream;

  Boot4HealthIndicator(EventStream stream) {
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
