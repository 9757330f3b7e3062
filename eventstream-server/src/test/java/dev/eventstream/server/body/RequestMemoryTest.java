package dev.eventstream.server.body;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RequestMemoryTest {
  private final RequestMemory memory = new RequestMemory(100);

  @Test
  void givesWhatThereIs() {
    RequestMemory.Share one = memory.share(-1);
    RequestMemory.Share two = memory.share(-1);

    assertThat(one.tryTake(60)).isTrue();
    assertThat(two.tryTake(41)).isFalse();
    assertThat(two.tryTake(40)).isTrue();
    assertThat(one.tryTake(1)).isFalse();
    assertThat(memory.taken()).isEqualTo(100);
  }

  @Test
  void takesBackAllThatARequestTook() {
    RequestMemory.Share one = memory.share(-1);
    RequestMemory.Share two = memory.share(-1);
    assertThat(one.tryTake(30)).isTrue();
    assertThat(one.tryTake(30)).isTrue();
    assertThat(two.tryTake(10)).isTrue();

    one.giveBack();
    one.giveBack();

    assertThat(memory.taken()).isEqualTo(10);
    assertThat(one.tryTake(90)).isTrue();
  }

  @Test
  void letsARequestThatIsAloneGrowBeyondTheLimit() {
    RequestMemory.Share one = memory.share(-1);

    assertThat(one.tryTake(80)).isTrue();
    assertThat(one.tryTake(80)).isTrue();
    assertThat(memory.share(-1).tryTake(1)).isFalse();
  }

  @Test
  void keepsOthersOutWhileARequestHasMoreThanExpected() {
    RequestMemory.Share one = memory.share(-1);
    RequestMemory.Share two = memory.share(-1);
    assertThat(two.tryTake(10)).isTrue();

    one.take(500);

    assertThat(two.tryTake(1)).isFalse();
    one.giveBack();
    assertThat(two.tryTake(1)).isTrue();
  }

  @Test
  void keepsAPartForSmallRequests() {
    int small = RequestMemory.SMALL;
    RequestMemory four = new RequestMemory(4L * small);
    RequestMemory.Share large = four.share(small + 1);
    RequestMemory.Share grown = four.share(-1);
    assertThat(large.tryTake(2L * small)).isTrue();
    assertThat(grown.tryTake(small)).isTrue();

    assertThat(grown.tryTake(1)).isFalse();
    assertThat(four.share(small + 1).tryTake(1)).isFalse();
    assertThat(four.share(small).tryTake(small)).isTrue();
    assertThat(four.share(1).tryTake(1)).isFalse();
  }
}
