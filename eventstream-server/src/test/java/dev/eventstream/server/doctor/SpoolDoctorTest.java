package dev.eventstream.server.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.es.doctor.Finding.Severity;
import org.junit.jupiter.api.Test;

class SpoolDoctorTest {

  @Test
  void aDiskThatIsUsuallySlowIsAWarning() {
    assertThat(SpoolDoctor.sync(new long[] {1_000_000, 20_000_001, 30_000_000}))
        .satisfies(slow -> assertThat(slow.severity()).isEqualTo(Severity.WARNING))
        .satisfies(slow -> assertThat(slow.message()).contains("20.0 ms", "of 3 30.0 ms"));
  }

  @Test
  void aDiskThatIsSlowOnceIsInOrder() {
    assertThat(SpoolDoctor.sync(new long[] {1_000_000, 20_000_000, 900_000_000}).severity())
        .isEqualTo(Severity.OK);
  }
}
