package dev.eventstream.server.admin;

import static dev.eventstream.server.fixture.ApiDescription.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.eventstream.server.fixture.RawClient;
import dev.eventstream.server.fixture.TestServer;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whether the description of the admin port is valid; the other tests validate answers with it. */
class AdminOpenApiTest {
  @TempDir Path root;

  @Test
  void theDocumentIsOpenApi31() throws Exception {
    SchemaRegistry registry = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
    try (InputStream published = getClass().getResourceAsStream("/openapi-3.1-schema.json")) {
      assertThat(registry.getSchema(published).validate(ADMIN.document())).isEmpty();
    }
  }

  @Test
  void everyOperationIsDescribed() throws Exception {
    try (AdminServer admin = new AdminServer(root)) {
      Set<String> served = new TreeSet<>();
      admin
          .routes
          .methods()
          .forEach((path, methods) -> methods.forEach(method -> served.add(method + " " + path)));
      served.removeIf(
          operation ->
              operation.startsWith("HEAD ") || operation.matches("GET /(livez|readyz)")); // public

      assertThat(ADMIN.operations().keySet()).isEqualTo(served);
    }
  }

  @Test
  void theServerShowsTheDocument() throws Exception {
    try (AdminServer admin = new AdminServer(root)) {
      assertThat(admin.get("/openapi.json").json()).isEqualTo(ADMIN.document());
    }
  }

  @Test
  void theStatusIsAsDescribed() throws Exception {
    try (AdminServer admin = new AdminServer(root)) {
      admin.server.sink.blocked("401");
      admin.server.post("/v1/events", "[{}]");
      admin.server.post("/v1/events", TestServer.CLICK);
      RawClient.Reply status = admin.get("/v1/status");

      assertThat(status.json().path("cluster").path("breaker").asText()).isEqualTo("closed");
      assertThat(status.json().path("stuckIndices").path(0).path("reason").asText())
          .isEqualTo("401");
      assertThat(status.json().path("spool").path("documents").asInt()).isEqualTo(1);
      assertThat(status.json().path("totals").path("published").path("rejected").asInt())
          .isEqualTo(1);
      assertThat(admin.get("/v1/status?x=1").status()).isEqualTo(400);
    }
  }
}
