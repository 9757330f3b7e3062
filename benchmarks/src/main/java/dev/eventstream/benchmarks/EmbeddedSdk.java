package dev.eventstream.benchmarks;

import dev.eventstream.Event;
import dev.eventstream.EventReader;
import dev.eventstream.EventStream;
import dev.eventstream.Outcome;
import java.io.IOException;
import java.util.List;

/** The SDK in this process: each caller publishes, and waits for the outcomes. */
final class EmbeddedSdk implements Way {
  private interface Publishing {
    List<Outcome> publish() throws Exception;
  }

  private final Publishing publishing;

  private EmbeddedSdk(Publishing publishing) {
    this.publishing = publishing;
  }

  static EmbeddedSdk batches(EventStream stream, byte[] array) {
    return new EmbeddedSdk(() -> stream.publishAll(EventReader.of(array)).join());
  }

  static EmbeddedSdk singles(EventStream stream, byte[] event) {
    return new EmbeddedSdk(() -> List.of(stream.publish(Event.parse(event)).join()));
  }

  @Override
  public Load.Sender connect() {
    return new Load.Sender() {
      @Override
      public void send(int request) throws Exception {
        for (Outcome outcome : publishing.publish()) {
          if (!(outcome
              instanceof
              Outcome
                  .Indexed)) { // Spooled is an error too, because it would not measure the engine
            throw new IOException("an event was not indexed: " + outcome);
          }
        }
      }

      @Override
      public void close() {}
    };
  }
}
