package dev.eventstream.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.eventstream.EventStream;
import dev.eventstream.testkit.Logged;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

class PublishEventTest {
  private final StandInSink sink = new StandInSink();

  private final ApplicationContextRunner application =
      new ApplicationContextRunner()
          .withConfiguration(
              AutoConfigurations.of(
                  EventStreamAutoConfiguration.class,
                  EventStreamIntegrationAutoConfiguration.class))
          .withBean(StandInSink.class, () -> sink)
          .withPropertyValues("eventstream.spool.enabled=false");

  @PublishEvent(eventType = "order", eventValue = "placed")
  private record OrderPlaced(String id, int items, String coupon) {}

  /** A bean. */
  public static class Shipped {
    public String getOrder() {
      return "4711";
    }

    public boolean isExpress() {
      return true;
    }
  }

  @PublishEvent(eventType = "order", eventValue = "shipped")
  static final class AnnotatedShipped extends Shipped {}

  @PublishEvent(eventType = "order", eventValue = "odd")
  private record Odd(Object eventType) {}

  @Test
  void aRecordBecomesAnEventWithItsComponents() {
    application.run(context -> context.publishEvent(new OrderPlaced("4711", 3, null)));

    assertThat(sink.documents)
        .singleElement()
        .asString()
        .startsWith(
            "{\"eventType\":\"order\",\"eventValue\":\"placed\",\"id\":\"4711\",\"items\":3,")
        .doesNotContain("coupon");
  }

  @Test
  void aBeanBecomesAnEventWithItsProperties() {
    application.run(context -> context.publishEvent(new AnnotatedShipped()));

    assertThat(sink.documents)
        .singleElement()
        .asString()
        .contains("\"eventValue\":\"shipped\"", "\"express\":true", "\"order\":\"4711\"")
        .doesNotContain("class");
  }

  @Test
  void anEventOfAnotherClassIsNotPublished() {
    application.run(context -> context.publishEvent(new Shipped()));

    assertThat(sink.documents).isEmpty();
  }

  @Test
  void anObjectThatCannotBeWrittenIsAnExceptionForThePublisher() {
    application.run(
        context ->
            assertThatIllegalArgumentException()
                .isThrownBy(() -> context.publishEvent(new Odd("again")))
                .withMessageContaining("eventType"));
  }

  @Test
  void theFirstEventThatIsNotAcceptedIsAWarning() {
    try (Logged log = new Logged()) {
      application.run(
          context -> {
            context.getBean(EventStream.class).close();
            context.publishEvent(new OrderPlaced("4711", 3, null));
            context.publishEvent(new OrderPlaced("4712", 1, null));
          });
      List<String> warnings =
          log.lines().stream().filter(line -> line.contains("was not accepted")).toList();
      assertThat(warnings).filteredOn(line -> line.startsWith("WARN")).hasSize(1);
    }
  }
}
