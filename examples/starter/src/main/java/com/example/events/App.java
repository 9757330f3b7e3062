package com.example.events;

import dev.eventstream.Event;
import dev.eventstream.EventStream;
import dev.eventstream.Outcome;
import dev.eventstream.spool.MapDbSpool;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** Publishes an event and prints what became of it. */
public final class App {
  private App() {}

  public static void main(String[] args) throws IOException {
    String url = args.length > 0 ? args[0] : "http://localhost:9200";
    System.out.println(publish(url, Path.of("data/spool")));
  }

  static Outcome publish(String url, Path spool) throws IOException {
    try (EventStream stream =
        EventStream.builder().sink(url).spool(MapDbSpool.open(spool)).build()) {
      return stream.publish(Event.of("pageview", "homepage", Map.of("user", 42))).join();
    }
  }
}
