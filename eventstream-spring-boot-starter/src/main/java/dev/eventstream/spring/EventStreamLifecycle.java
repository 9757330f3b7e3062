package dev.eventstream.spring;

import dev.eventstream.EventStream;
import dev.eventstream.EventTransformer;
import dev.eventstream.IdResolver;
import dev.eventstream.observe.StreamListener;
import dev.eventstream.observe.StreamState;
import dev.eventstream.spi.EventSink;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationContextAware;
import org.springframework.context.ApplicationListener;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.event.ContextClosedEvent;

/**
 * Closes the stream when the context closes: after the web server has answered its last request,
 * after message listeners and task executors, and before the beans that the stream writes to. A
 * context that is only stopped, or paused between tests, keeps its stream, which cannot be started
 * again.
 */
final class EventStreamLifecycle
    implements SmartLifecycle, ApplicationListener<ContextClosedEvent>, ApplicationContextAware {
  private static final Logger LOG = LoggerFactory.getLogger(EventStreamLifecycle.class);

  /**
   * Below that of web servers and message listeners, which is near the maximum, and of task
   * executors, which is half of it; phases are stopped from the highest to the lowest.
   */
  static final int PHASE = Integer.MAX_VALUE / 4;

  private final EventStream stream;
  private volatile @Nullable ApplicationContext context;
  private volatile boolean running;
  private volatile boolean closing;

  EventStreamLifecycle(EventStream stream) {
    this.stream = stream;
  }

  /**
   * Has the lifecycle stop before the user's parts of the stream, and what they use, whatever their
   * phases are.
   */
  static void stopsBeforeItsParts(String lifecycle, ConfigurableListableBeanFactory beans) {
    Deque<String> parts = new ArrayDeque<>();
    for (Class<?> type :
        List.of(EventSink.class, EventTransformer.class, IdResolver.class, StreamListener.class)) {
      parts.addAll(List.of(beans.getBeanNamesForType(type, true, false)));
    }
    Set<String> seen = new HashSet<>();
    while (!parts.isEmpty()) {
      String part = parts.remove();
      if (seen.add(part)) {
        beans.registerDependentBean(part, lifecycle);
        parts.addAll(List.of(beans.getDependenciesForBean(part)));
      }
    }
  }

  @Override
  public void setApplicationContext(ApplicationContext applicationContext) {
    this.context = applicationContext;
  }

  @Override
  public void onApplicationEvent(ContextClosedEvent event) {
    if (event.getApplicationContext() == context) { // not that of a child
      closing = true;
    }
  }

  @Override
  public void start() {
    running = true;
  }

  @Override
  public void stop() {
    if (closing) {
      running = false;
      stream.close();
      StreamState state = stream.state();
      if (state.backlog() != null) {
        LOG.info("Stopped: {} documents wait in the spool", state.backlog().spool().documents());
      }
    }
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  @Override
  public int getPhase() {
    return PHASE;
  }
}
