package dev.eventstream.internal.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.internal.delivery.Places.Place;
import dev.eventstream.internal.delivery.Places.Use;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class PlacesTest {
  private static final long MILLI = 1_000_000;
  private static final long SECOND = 1_000 * MILLI;

  private final Places places = new Places(8);

  private static List<Place> all(Places places, boolean replay, long now) {
    List<Place> taken = new ArrayList<>();
    for (Place place = places.tryAcquire(replay ? Use.REPLAY : Use.LIVE, now);
        place != null;
        place = places.tryAcquire(replay ? Use.REPLAY : Use.LIVE, now)) {
      taken.add(place);
    }
    return taken;
  }

  @Test
  void eitherMayHaveAllPlacesWithoutTheOther() {
    List<Place> replay = all(places, true, 0);
    assertThat(replay).hasSize(8);
    assertThat(places.areFree()).isFalse();
    replay.forEach(places::release);
    assertThat(places.areFree()).isTrue();

    assertThat(all(places, false, 0)).hasSize(8);
  }

  @Test
  void theReplayHasHalfOfThePlacesWhileThereIsLiveTraffic() {
    places.release(places.tryAcquire(Use.LIVE, 10 * SECOND));
    assertThat(all(places, true, 10 * SECOND + 1)).hasSize(4);
    assertThat(all(places, true, 12 * SECOND)).hasSize(4);
  }

  @Test
  void liveTrafficThatIsNeverPausedLeavesAPlaceToTheReplay() {
    List<Place> live = all(places, false, 0);
    assertThat(places.tryAcquire(Use.REPLAY, 0)).isNull();
    places.release(live.get(0));

    assertThat(places.tryAcquire(Use.LIVE, 0)).isNull();
    Place replay = places.tryAcquire(Use.REPLAY, 0);
    assertThat(replay).isNotNull();
    places.release(replay);
    assertThat(places.tryAcquire(Use.LIVE, 0)).isNotNull();
  }

  @Test
  void liveTrafficHasAllPlacesWhenTheReplayNeedsNone() {
    List<Place> live = all(places, false, 0);
    assertThat(places.tryAcquire(Use.REPLAY, 0)).isNull();
    places.release(live.get(0));
    places.replayNeedsNone();

    assertThat(places.tryAcquire(Use.LIVE, 0)).isNotNull();
  }

  @Test
  void bothTakeTurnsAtTheOnlyPlace() {
    Places one = new Places(1);
    int live = 0;
    int replay = 0;
    Place held = one.tryAcquire(Use.LIVE, 0);
    for (int i = 0; i < 100; i++) {
      Place liveToo = one.tryAcquire(Use.LIVE, i);
      Place replayToo = one.tryAcquire(Use.REPLAY, i);
      assertThat(liveToo).isNull();
      assertThat(replayToo).isNull();
      one.release(held);
      held = one.tryAcquire(Use.LIVE, i);
      if (held != null) {
        live++;
      } else {
        held = one.tryAcquire(Use.REPLAY, i);
        assertThat(held).isNotNull();
        replay++;
      }
    }

    assertThat(live).isEqualTo(50);
    assertThat(replay).isEqualTo(50);
  }

  @Test
  void neverGivesMoreThanThereAreInAnyOrderOfRequests() {
    for (int seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      int max = 1 + random.nextInt(6);
      Places some = new Places(max);
      List<Place> taken = new ArrayList<>();
      long now = random.nextLong() >> 8;
      for (int i = 0; i < 500; i++) {
        now += random.nextInt(100) * MILLI;
        if (random.nextBoolean()) {
          Place place = some.tryAcquire(random.nextBoolean() ? Use.REPLAY : Use.LIVE, now);
          if (place != null) {
            taken.add(place);
          }
        } else if (!taken.isEmpty()) {
          Place place = taken.get(random.nextInt(taken.size()));
          switch (random.nextInt(4)) {
            case 0 -> some.turnedAway(place, now);
            case 1 -> {}
            default -> some.answered(place, 1 + random.nextInt(1_000), now);
          }
          taken.remove(place);
          assertThat(some.release(place)).as("seed %d", seed).isTrue();
          assertThat(some.release(place)).as("seed %d", seed).isFalse();
        } else if (random.nextInt(10) == 0) {
          some.replayNeedsNone();
        }
        assertThat(some.taken()).as("seed %d", seed).isLessThanOrEqualTo(max);
        assertThat(some.requests()).as("seed %d", seed).isEqualTo(taken.size());
        assertThat(some.limit()).as("seed %d", seed).isBetween(1, max);
      }
      taken.forEach(some::release);
      assertThat(some.areFree()).as("seed %d", seed).isTrue();
    }
  }

  @Test
  void thereAreFewerWhenTheClusterIsBusyOnceForAllThatWereInFlight() {
    List<Place> taken = all(places, false, 0);
    for (Place place : taken) {
      places.turnedAway(place, MILLI);
      places.release(place);
    }
    assertThat(places.limit()).isEqualTo(6);
    for (int i = 1; i <= 50; i++) {
      long now = 10L * i * MILLI;
      Place place = places.tryAcquire(Use.LIVE, now);
      places.turnedAway(place, now + MILLI);
      places.release(place);
    }
    assertThat(places.limit()).isEqualTo(1);
  }

  @Test
  void thereAreMoreAgainWhenAllAreInUseAndAnsweredWell() {
    for (int i = 1; i <= 50; i++) {
      Place place = places.tryAcquire(Use.LIVE, 10L * i * MILLI);
      places.turnedAway(place, 10L * i * MILLI + 1);
      places.release(place);
    }
    for (int round = 0; round < 100; round++) {
      long now = SECOND + 10 * MILLI * round;
      List<Place> taken = all(places, false, now);
      for (Place place : taken) {
        places.answered(place, 10, now + MILLI);
      }
      taken.forEach(places::release);
    }

    assertThat(places.limit()).isEqualTo(8);
  }

  @Test
  void thereAreFewerWhenAnswersTakeMuchLongerThanTheyUsedTo() {
    long now = 0;
    for (int i = 0; i < 100; i++, now += SECOND) {
      Place place = places.tryAcquire(Use.LIVE, now);
      places.answered(place, 100, now + 50 * MILLI);
      places.release(place);
    }
    assertThat(places.limit()).isEqualTo(8);
    Place slow = places.tryAcquire(Use.LIVE, now);
    places.answered(slow, 100, now + 2 * SECOND);

    assertThat(places.limit()).isEqualTo(7);
  }

  @Test
  void requestsOfAnotherSizeAndQuickOnesAreNotSlow() {
    long now = 0;
    for (int i = 0; i < 100; i++, now += SECOND) {
      Place place = places.tryAcquire(Use.LIVE, now);
      places.answered(place, 1, now + MILLI);
      places.release(place);
    }
    Place large = places.tryAcquire(Use.LIVE, now);
    places.answered(large, 1_000, now + 2 * SECOND);
    Place quick = places.tryAcquire(Use.LIVE, now);
    places.answered(quick, 1, now + 90 * MILLI);

    assertThat(places.limit()).isEqualTo(8);
  }

  @Test
  void whatWasGivenUpIsNotGivenBackAgain() {
    List<Place> lost = all(places, false, 0);
    places.giveUpAll();
    assertThat(places.areFree()).isTrue();
    List<Place> taken = all(places, false, 0);
    assertThat(taken).hasSize(8);
    lost.forEach(place -> assertThat(places.release(place)).isFalse());

    assertThat(places.tryAcquire(Use.LIVE, 0)).isNull();
    taken.forEach(places::release);
    assertThat(places.areFree()).isTrue();
  }

  @Test
  void aTrialHasAPlaceInAnyCase() {
    all(places, false, 0);
    Place trial = places.acquireForTrial(0);

    assertThat(places.tryAcquire(Use.REPLAY, 0)).isNull();
    assertThat(places.release(trial)).isTrue();
  }

  @Test
  void keepsOnePlaceForWhatIsKeptApartHoweverMuchThatIs() {
    Place apart = places.tryAcquire(Use.APART, 0);
    assertThat(apart).isNotNull();
    assertThat(places.tryAcquire(Use.APART, 0)).isNull();
    for (int i = 0; i < 7; i++) {
      assertThat(places.tryAcquire(Use.LIVE, 0)).isNotNull();
    }
    assertThat(places.tryAcquire(Use.LIVE, 0)).isNull();
    places.release(apart);

    assertThat(places.tryAcquire(Use.APART, 0)).isNotNull();
  }

  /** Answers some requests that are sent at a moment, the last of them 10 ms later. */
  private void answerLaterOnes(int requests, long now) {
    for (int i = 0; i < requests; i++) {
      Place later = places.tryAcquire(Use.LIVE, now);
      assertThat(later).isNotNull();
      places.answered(later, 1, now + 10 * MILLI);
      places.release(later);
    }
  }

  @Test
  void aRequestThatIsNotAnsweredWhileLaterOnesAreKeepsNoPlace() {
    Place hung = places.tryAcquire(Use.LIVE, 0);
    answerLaterOnes(3, 900 * MILLI);
    assertThat(places.taken()).as("it may be answered soon").isOne();
    answerLaterOnes(1, 1_100 * MILLI);

    assertThat(places.taken()).isZero();
    assertThat(places.requests()).isOne();
    places.turnedAway(hung, 10 * SECOND);
    assertThat(places.limit()).as("the cluster is not busy").isEqualTo(8);
    assertThat(places.release(hung)).isTrue();
    assertThat(places.requests()).isZero();
  }

  @Test
  void aRequestKeepsItsPlaceWhileOnlyAFewOrEarlierOnesAreAnswered() {
    Place earlier = places.tryAcquire(Use.LIVE, 0);
    places.tryAcquire(Use.LIVE, 1);
    answerLaterOnes(2, 2 * SECOND);
    places.answered(earlier, 1, 2 * SECOND);
    places.release(earlier);

    assertThat(places.taken()).isOne();
  }

  @Test
  void onlySoManyRequestsWithoutAnAnswerGiveUpTheirPlaces() {
    int hung = 0;
    for (int second = 0; places.limit() > places.taken(); second += 2) {
      places.tryAcquire(Use.LIVE, second * SECOND);
      hung++;
      if (places.limit() > places.taken()) {
        answerLaterOnes(10, (second + 2) * SECOND - MILLI);
      }
    }

    assertThat(hung).isEqualTo(9 * 8);
    assertThat(places.giveUpTakenUntil(1_000 * SECOND)).isTrue();
    assertThat(places.requests()).isZero();
  }
}
