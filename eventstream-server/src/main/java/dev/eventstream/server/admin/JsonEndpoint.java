package dev.eventstream.server.admin;

import dev.eventstream.server.body.Pace;
import dev.eventstream.server.http.Answer;
import dev.eventstream.server.http.JsonBody;
import dev.eventstream.server.http.RequestErrorException;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** Answers requests without a body at once, with JSON. */
final class JsonEndpoint extends Handler.Abstract {
  private final Pace pace;
  private final Resource resource;

  /** What answers. */
  interface Resource {
    Answer answer(Request request) throws RequestErrorException;
  }

  JsonEndpoint(Pace pace, Resource resource) {
    this.pace = pace;
    this.resource = resource;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    Answer answer;
    try {
      answer = resource.answer(request);
    } catch (RequestErrorException e) {
      answer = e.answer(request);
    }
    answer.sendAndDrain(request, response, pace, callback);
    return true;
  }

  static Answer json(int status, JsonBody.Writer body) {
    return new Answer(status, "application/json", JsonBody.of(512, body), 0);
  }
}
