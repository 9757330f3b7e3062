package dev.eventstream.server.http;

import dev.eventstream.server.body.Pace;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/** Selects the handler by path and method. Answers 404, 405, and CONNECT on any path itself. */
public final class Routes extends Handler.AbstractContainer {
  private static final String OTHER = "other";

  /** Stands for the last segment of a path. */
  private static final String ANY_ID = "/{id}";

  private final Map<String, Map<String, Handler>> handlers;
  private final Pace pace;
  private final String remedy;

  private Routes(Map<String, Map<String, Handler>> handlers, Pace pace, String remedy) {
    this.handlers = handlers;
    this.pace = pace;
    this.remedy = remedy;
    getHandlers().forEach(this::installBean);
  }

  @Override
  public List<Handler> getHandlers() {
    return handlers.values().stream()
        .flatMap(byMethod -> byMethod.values().stream())
        .distinct()
        .toList();
  }

  /**
   * A new builder.
   *
   * @param pace for bodies that are drained
   * @param remedy says what to request instead of a resource that does not exist
   */
  public static Builder builder(Pace pace, String remedy) {
    return new Builder(pace, remedy);
  }

  /** The supported methods by path. */
  public Map<String, Set<String>> methods() {
    Map<String, Set<String>> methods = new LinkedHashMap<>();
    handlers.forEach((path, byMethod) -> methods.put(path, byMethod.keySet()));
    return methods;
  }

  /** The name of a request's route for metrics; {@code other}: no route. */
  public String endpoint(Request request) {
    String path = Request.getPathInContext(request);
    Map<String, Handler> byMethod = path == null ? null : handlers.get(path);
    String method = request.getMethod();
    return byMethod != null && byMethod.containsKey(method) ? method + " " + path : OTHER;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    if (HttpMethod.CONNECT.is(request.getMethod())) {
      refuseTunnel(response, callback);
      return true;
    }
    String path = Request.getPathInContext(request);
    Map<String, Handler> byMethod = byMethod(path);
    if (byMethod == null) {
      String detail = "there is no such resource; " + remedy;
      Answer answer = new Problem(HttpStatus.NOT_FOUND_404, detail).answer();
      answer.sendAndDrain(request, response, pace, callback);
      return true;
    }
    Handler handler = byMethod.get(request.getMethod());
    if (handler == null) {
      String allowed = String.join(", ", byMethod.keySet());
      response.getHeaders().put(HttpHeader.ALLOW, allowed);
      String detail = request.getMethod() + " is not supported here; use " + allowed;
      Answer answer = new Problem(HttpStatus.METHOD_NOT_ALLOWED_405, detail).answer();
      answer.sendAndDrain(request, response, pace, callback);
      return true;
    }
    // A client that waits for its answer is silent; its connection is not idle.
    request.addIdleTimeoutListener(silence -> false);
    return handler.handle(request, response, callback);
  }

  private @Nullable Map<String, Handler> byMethod(String path) {
    Map<String, Handler> exact = handlers.get(path);
    int slash = path.lastIndexOf('/');
    return exact != null || slash < 0 || slash == path.length() - 1
        ? exact
        : handlers.get(path.substring(0, slash) + ANY_ID);
  }

  /**
   * Answers CONNECT without reading what follows. Over HTTP/2, Jetty (12.1.14) then announces
   * content but never returns any, so a reader would loop, and each attempt stays on the heap. Over
   * HTTP/1.1, what follows can be the tunnel's data instead of a request.
   */
  private void refuseTunnel(Response response, Callback callback) {
    String allowed =
        handlers.values().stream()
            .flatMap(byMethod -> byMethod.keySet().stream())
            .distinct()
            .sorted()
            .collect(Collectors.joining(", "));
    response.getHeaders().put(HttpHeader.ALLOW, allowed);
    response.getHeaders().put(HttpHeader.CONNECTION, "close");
    String detail = "CONNECT is not supported: this server is not a proxy; use " + allowed;
    new Problem(HttpStatus.METHOD_NOT_ALLOWED_405, detail).answer().send(response, callback);
  }

  public static final class Builder {
    private final Map<String, Map<String, Handler>> handlers = new LinkedHashMap<>();

    private final Pace pace;
    private final String remedy;

    private Builder(Pace pace, String remedy) {
      this.pace = pace;
      this.remedy = remedy;
    }

    public Builder get(String path, Handler handler) {
      byMethod(path).put("GET", handler);
      byMethod(path).put("HEAD", handler);
      return this;
    }

    public Builder post(String path, Handler handler) {
      byMethod(path).put("POST", handler);
      return this;
    }

    /**
     * Adds a handler of DELETE.
     *
     * @param path its last segment may be <code>{id}</code>, which stands for any
     */
    public Builder delete(String path, Handler handler) {
      byMethod(path).put("DELETE", handler);
      return this;
    }

    public Routes build() {
      return new Routes(handlers, pace, remedy);
    }

    private Map<String, Handler> byMethod(String path) {
      return handlers.computeIfAbsent(path, p -> new LinkedHashMap<>());
    }
  }
}
