package dev.eventstream.server.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.dialect.Dialect;
import com.networknt.schema.dialect.Dialects;
import com.networknt.schema.keyword.NonValidationKeyword;
import dev.eventstream.server.http.RawClient.Reply;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The OpenAPI document, to be held against what the server answers. Thread-safe. */
final class ApiDescription {
  private static final String URI = "https://eventstream.example/openapi.json";

  /** Headers that belong to HTTP, or to the fetch standard: the document says nothing of them. */
  private static final Set<String> NOT_OURS =
      Set.of("connection", "content-length", "content-type", "date", "transfer-encoding", "vary");

  private static final String CORS = "access-control-";
  private static final List<String> METHODS = List.of("get", "post", "put", "delete", "patch");

  static final ApiDescription OURS = new ApiDescription();

  private final String text;
  private final JsonNode document;
  private final Map<String, String> operations = new TreeMap<>();
  private final SchemaRegistry schemas;
  private final Map<String, Schema> compiled = new ConcurrentHashMap<>();
  private final Set<String> seen = ConcurrentHashMap.newKeySet();

  private ApiDescription() {
    try (InputStream json =
        Page.class.getResourceAsStream("/dev/eventstream/server/page/openapi.json")) {
      text = new String(Objects.requireNonNull(json).readAllBytes(), UTF_8);
      document = RawClient.JSON.readTree(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    for (Map.Entry<String, JsonNode> path : document.get("paths").properties()) {
      String item = follow("/paths" + segment(path.getKey()));
      for (String method : METHODS) {
        if (at(item).has(method)) {
          operations.put(
              method.toUpperCase(Locale.ROOT) + " " + path.getKey(), item + "/" + method);
        }
      }
    }
    // The document around the schemas is no schema.
    Dialect dialect =
        Dialect.builder(Dialects.getDraft202012())
            .unknownKeywordFactory((name, context) -> new NonValidationKeyword(name))
            .build();
    schemas =
        SchemaRegistry.withDefaultDialect(dialect, builder -> builder.schemas(Map.of(URI, text)));
  }

  String text() {
    return text;
  }

  JsonNode document() {
    return document;
  }

  /** What is at a JSON pointer. */
  JsonNode at(String pointer) {
    return document.at(pointer);
  }

  /** The pointers of all operations, by {@code METHOD path}. */
  Map<String, String> operations() {
    return operations;
  }

  /** Every answer that is described, as {@link #seen} has it. */
  Set<String> described() {
    Set<String> described = new TreeSet<>();
    operations.forEach(
        (operation, pointer) -> {
          for (Map.Entry<String, JsonNode> entry : at(pointer + "/responses").properties()) {
            String response = follow(pointer + "/responses/" + entry.getKey());
            JsonNode content = at(response).path("content");
            List<Integer> statuses =
                entry.getKey().endsWith("XX")
                    ? statuses(response)
                    : List.of(Integer.parseInt(entry.getKey()));
            for (int status : statuses) {
              if (content.isMissingNode()) {
                described.add(operation + " " + status);
              }
              content
                  .fieldNames()
                  .forEachRemaining(type -> described.add(operation + " " + status + " " + type));
            }
          }
        });
    return described;
  }

  /** Every answer of an operation that was checked, as {@code METHOD path status type}. */
  Set<String> seen() {
    return new TreeSet<>(seen);
  }

  void forget() {
    seen.clear();
  }

  /** Fails unless an answer is described, down to its last header and member. */
  void check(String method, String target, Reply reply) {
    List<String> faults = faults(method, target, reply);
    if (!faults.isEmpty()) {
      throw new AssertionError(
          "openapi.json does not describe this answer to "
              + method
              + " "
              + target
              + ": "
              + String.join("; ", faults)
              + "\n"
              + reply.all());
    }
  }

  private List<String> faults(String method, String target, Reply reply) {
    if (method.equals("OPTIONS") && reply.header("vary").equals("Origin")) {
      return List.of(); // to a preflight, which is the fetch standard's
    }
    int query = target.indexOf('?');
    String path = query < 0 ? target : target.substring(0, query);
    boolean headOnly = method.equals("HEAD");
    String operation = (headOnly ? "GET" : method) + " " + path;
    String response = response(operation, path, reply.status());
    if (response == null) {
      return List.of("there is no status " + reply.status());
    }
    List<String> faults = new ArrayList<>();
    checkHeaders(response, reply, faults);
    String type = reply.header("content-type");
    int parameters = type.indexOf(';');
    String plain = parameters < 0 ? type : type.substring(0, parameters);
    if (!headOnly) {
      checkBody(response, plain, reply, faults);
      seen.add((operation + " " + reply.status() + " " + plain).strip());
    }
    return faults;
  }

  /** The pointer of the response that describes a status. */
  private @Nullable String response(String operation, String path, int status) {
    String pointer = operations.get(operation);
    if (pointer != null) {
      for (String key : List.of(String.valueOf(status), status / 100 + "XX")) {
        if (at(pointer + "/responses").has(key)) {
          return follow(pointer + "/responses/" + key);
        }
      }
      return null;
    }
    boolean known = document.get("paths").has(path);
    for (String name :
        List.of(
            known ? "MethodNotAllowed" : "NotFound",
            "Unreadable",
            "UnknownVersion",
            "ShuttingDown")) {
      String response = "/components/responses/" + name;
      if (statuses(response).contains(status)) {
        return response;
      }
    }
    return null;
  }

  /** The statuses of a response that is a problem. */
  private List<Integer> statuses(String response) {
    List<Integer> statuses = new ArrayList<>();
    at(response + "/content/application~1problem+json/schema/allOf/1/properties/status/enum")
        .forEach(status -> statuses.add(status.asInt()));
    return statuses;
  }

  private void checkHeaders(String response, Reply reply, List<String> faults) {
    JsonNode described = at(response).path("headers");
    Set<String> known = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    for (Map.Entry<String, JsonNode> entry : described.properties()) {
      String name = entry.getKey();
      known.add(name);
      String header = follow(response + "/headers" + segment(name));
      if (!reply.headers().containsKey(name.toLowerCase(Locale.ROOT))) {
        if (at(header).path("required").asBoolean()) {
          faults.add("header " + name + " is missing");
        }
        continue;
      }
      String value = reply.header(name);
      boolean number = at(header + "/schema/type").asText().equals("integer");
      JsonNode node =
          number && value.matches("\\d{1,9}")
              ? IntNode.valueOf(Integer.parseInt(value))
              : TextNode.valueOf(value);
      validate(header + "/schema", node).forEach(fault -> faults.add(name + ": " + fault));
    }
    for (String name : reply.headers().keySet()) {
      if (!NOT_OURS.contains(name) && !name.startsWith(CORS) && !known.contains(name)) {
        faults.add("header " + name + " is not described");
      }
    }
  }

  private void checkBody(String response, String type, Reply reply, List<String> faults) {
    JsonNode content = at(response).path("content");
    if (content.isMissingNode()) {
      if (!reply.body().isEmpty()) {
        faults.add("there is no body");
      }
      return;
    }
    if (!content.has(type)) {
      faults.add("there is no content type " + type);
      return;
    }
    JsonNode body = type.endsWith("json") ? reply.json() : TextNode.valueOf(reply.body());
    faults.addAll(validate(response + "/content" + segment(type) + "/schema", body));
    if (type.equals(Problem.CONTENT_TYPE) && body.path("status").asInt() != reply.status()) {
      faults.add("the problem has another status");
    }
  }

  /** What keeps a value from being what the schema at a pointer says. */
  List<String> validate(String pointer, JsonNode value) {
    Schema schema =
        compiled.computeIfAbsent(pointer, p -> schemas.getSchema(SchemaLocation.of(URI + "#" + p)));
    return schema.validate(value).stream().map(Error::toString).toList();
  }

  /** The pointer of what a pointer refers to. */
  String follow(String pointer) {
    String ref = at(pointer).path("$ref").asText();
    return ref.isEmpty() ? pointer : follow(ref.substring(1));
  }

  /** A name as a part of a pointer. */
  static String segment(String name) {
    return JsonPointer.empty().appendProperty(name).toString();
  }
}
