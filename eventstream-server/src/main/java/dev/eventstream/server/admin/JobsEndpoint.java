package dev.eventstream.server.admin;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.eventstream.server.body.BodyException;
import dev.eventstream.server.body.Pace;
import dev.eventstream.server.body.RequestBody;
import dev.eventstream.server.body.RequestMemory;
import dev.eventstream.server.http.Answer;
import dev.eventstream.server.http.Problem;
import dev.eventstream.server.http.RequestError;
import dev.eventstream.server.http.RequestErrorException;
import java.io.IOException;
import java.time.Instant;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletionException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * {@code POST /v1/dead-letters/redrive} and {@code /purge}, which start jobs, and {@code /v1/jobs}.
 * Thread-safe.
 */
final class JobsEndpoint {
  static final String PATH = "/v1/jobs";

  private static final int BODY_BYTES = 64 * 1024;
  private static final List<String> MEMBERS = List.of("filter", "limit", "dryRun");
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final Jobs jobs;
  private final RequestMemory memory;
  private final Pace pace;

  JobsEndpoint(Jobs jobs, RequestMemory memory, Pace pace) {
    this.jobs = jobs;
    this.memory = memory;
    this.pace = pace;
  }

  /** {@code GET /v1/jobs}. */
  Handler list() {
    return new JsonEndpoint(
        pace,
        request -> {
          Parameters unused = Parameters.of(request, List.of());
          return JsonEndpoint.json(200, json -> Job.write(jobs.all(), json));
        });
  }

  /** {@code GET /v1/jobs/{id}}. */
  Handler one() {
    return new JsonEndpoint(
        pace,
        request -> {
          Job job = job(request);
          return job == null ? unknown(request) : JsonEndpoint.json(200, job::write);
        });
  }

  /** {@code DELETE /v1/jobs/{id}}. */
  Handler cancel() {
    return new JsonEndpoint(
        pace,
        request -> {
          Job job = job(request);
          return job == null
              ? unknown(request)
              : JsonEndpoint.json(job.cancel() ? 202 : 200, job::write);
        });
  }

  private @Nullable Job job(Request request) {
    return jobs.find(id(request));
  }

  private static String id(Request request) {
    return Request.getPathInContext(request).substring(PATH.length() + 1);
  }

  private static Answer unknown(Request request) {
    String detail =
        "there is no job \""
            + id(request)
            + "\", or it is too old to be known; GET /v1/jobs lists those that are known";
    return new Problem(HttpStatus.NOT_FOUND_404, detail).answer();
  }

  /** Starts a job of a kind. */
  Handler start(Job.Kind kind) {
    return new Handler.Abstract() {
      @Override
      public boolean handle(Request request, Response response, Callback callback) {
        begin(kind, request, response, callback);
        return true;
      }
    };
  }

  private void begin(Job.Kind kind, Request request, Response response, Callback callback) {
    String type = request.getHeaders().get(HttpHeader.CONTENT_TYPE);
    String plain = type == null ? "" : type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
    if (!plain.equals("application/json") || request.getHeaders().contains("Content-Encoding")) {
      RequestError.UNSUPPORTED_TYPE
          .answer(request, "send JSON as \"Content-Type: application/json\", without encoding")
          .sendAndDrain(request, response, pace, callback);
      return;
    }
    RequestMemory.Share share = memory.share(request.getLength());
    Callback completion = Callback.from(callback, share::giveBack);
    var unused =
        RequestBody.read(request, request.getLength(), List.of(), BODY_BYTES, share, pace)
            .whenComplete(
                (body, failure) -> {
                  if (body != null) {
                    answer(kind, body, request, response).send(response, completion);
                  } else {
                    fail(failure, request, response, completion);
                  }
                });
  }

  private Answer answer(Job.Kind kind, RequestBody body, Request request, Response response) {
    try {
      JsonNode asked = read(body);
      JsonNode filter = asked.path("filter");
      Job job =
          jobs.start(
              kind,
              LetterFilter.of(name -> filter.path(name).textValue(), Instant.now()),
              limit(asked.path("limit")),
              asked.path("dryRun").asBoolean());
      response.getHeaders().put(HttpHeader.LOCATION, PATH + "/" + job.id);
      return JsonEndpoint.json(202, job::write);
    } catch (RequestErrorException e) {
      return e.answer(request);
    } catch (Jobs.RunningException e) {
      return new Problem(HttpStatus.CONFLICT_409, String.valueOf(e.getMessage())).answer();
    } catch (Jobs.ClosedException e) {
      return RequestError.SHUTTING_DOWN.answer(request, String.valueOf(e.getMessage()));
    }
  }

  /** The body, of which the names and types of all members are right. */
  private static JsonNode read(RequestBody body) throws RequestErrorException {
    JsonNode asked;
    try {
      asked = JSON.readTree(body.bytes(), 0, body.length());
    } catch (JsonProcessingException e) {
      throw Parameters.bad("the body is not valid JSON: " + e.getOriginalMessage());
    } catch (IOException e) {
      throw Parameters.bad("the body cannot be read: " + e.getMessage());
    }
    if (!asked.isObject()) {
      throw Parameters.bad(
          "the body is not a JSON object; write one such as {\"filter\":{\"type\":\"click\"}}");
    }
    checkNames(asked, "", MEMBERS);
    JsonNode filter = asked.path("filter");
    if (!filter.isObject()) {
      throw Parameters.bad(
          "filter is "
              + (filter.isMissingNode() ? "missing" : filter)
              + "; write an object, {} for all dead letters");
    }
    checkNames(filter, "filter.", LetterFilter.NAMES);
    for (String name : LetterFilter.NAMES) {
      if (filter.has(name) && !filter.path(name).isTextual()) {
        throw Parameters.bad(
            "filter." + name + " is " + filter.path(name) + "; write it as a string");
      }
    }
    JsonNode dryRun = asked.path("dryRun");
    if (!dryRun.isMissingNode() && !dryRun.isBoolean()) {
      throw Parameters.bad("dryRun is " + dryRun + "; write true or false");
    }
    return asked;
  }

  private static void checkNames(JsonNode object, String prefix, List<String> known)
      throws RequestErrorException {
    Iterator<String> names = object.fieldNames();
    while (names.hasNext()) {
      String name = names.next();
      if (!known.contains(name)) {
        throw Parameters.bad(
            "member \"" + prefix + name + "\" does not exist; use " + String.join(", ", known));
      }
    }
  }

  private static long limit(JsonNode limit) throws RequestErrorException {
    if (limit.isMissingNode()) {
      return Long.MAX_VALUE;
    }
    if (!limit.isIntegralNumber() || !limit.canConvertToInt() || limit.asInt() < 1) {
      throw Parameters.bad(
          "limit is " + limit + "; write a whole number from 1, or leave it out for no limit");
    }
    return limit.asInt();
  }

  private void fail(
      @Nullable Throwable failure, Request request, Response response, Callback callback) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (cause instanceof BodyException e) {
      String detail =
          e.kind() == BodyException.Kind.TOO_LARGE
              ? "the body is larger than " + BODY_BYTES + " bytes; a job needs a filter only"
              : String.valueOf(e.getMessage());
      Answer answer = RequestError.of(e.kind()).answer(request, detail);
      if (e.kind() == BodyException.Kind.TOO_SLOW) {
        response.getHeaders().put(HttpHeader.CONNECTION, "close");
        answer.send(response, callback);
      } else {
        answer.sendAndDrain(request, response, pace, callback);
      }
    } else if (cause instanceof IOException) {
      callback.failed(cause); // the client has disconnected
    } else {
      Response.writeError(request, response, callback, cause);
    }
  }
}
