package dev.eventstream.server;

import dev.eventstream.EventStream;
import dev.eventstream.Redriven;
import dev.eventstream.spool.MapDbSpool;
import java.io.IOException;
import java.nio.file.Path;

/** Tries all dead letters of a spool again, in a process that may be killed while it does. */
final class RedriveMain {
  private RedriveMain() {}

  /**
   * Tries them again once.
   *
   * @param args the spool's directory and the engine's URL
   */
  @SuppressWarnings("SystemOut") // read by the test
  public static void main(String[] args) throws IOException {
    MapDbSpool spool = MapDbSpool.open(Path.of(args[0]));
    try (EventStream stream = EventStream.builder().sink(args[1]).spool(spool).build()) {
      Redriven redriven = stream.redrive(letter -> true);
      System.out.println(redriven);
    }
  }
}
