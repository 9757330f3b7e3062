package dev.eventstream.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import dev.eventstream.server.EventServer;
import dev.eventstream.server.config.InvalidSettingsException;
import dev.eventstream.server.config.ServerSettings;
import dev.eventstream.server.guard.IngestKeys;
import io.kubernetes.client.openapi.models.V1ConfigMap;
import io.kubernetes.client.openapi.models.V1Ingress;
import io.kubernetes.client.openapi.models.V1Namespace;
import io.kubernetes.client.openapi.models.V1NetworkPolicy;
import io.kubernetes.client.openapi.models.V1PodDisruptionBudget;
import io.kubernetes.client.openapi.models.V1Secret;
import io.kubernetes.client.openapi.models.V1Service;
import io.kubernetes.client.openapi.models.V1ServiceAccount;
import io.kubernetes.client.openapi.models.V1StatefulSet;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The manifests against the models that Kubernetes publishes, against each other, and against a
 * real server.
 */
@Tag("slow") // the JDK does not matter to it
class KubernetesTest {
  private static final YAMLMapper YAML = new YAMLMapper();
  private static final Path DIRECTORY = Path.of("kubernetes");

  /** Throws for what is unknown to a model, has another type, or is missing. */
  private interface Model {
    void validate(JsonElement object) throws IOException;
  }

  private static final Map<String, Model> MODELS =
      Map.of(
          "v1 ConfigMap", V1ConfigMap::validateJsonElement,
          "v1 Namespace", V1Namespace::validateJsonElement,
          "v1 Secret", V1Secret::validateJsonElement,
          "v1 Service", V1Service::validateJsonElement,
          "v1 ServiceAccount", V1ServiceAccount::validateJsonElement,
          "apps/v1 StatefulSet", V1StatefulSet::validateJsonElement,
          "networking.k8s.io/v1 Ingress", V1Ingress::validateJsonElement,
          "networking.k8s.io/v1 NetworkPolicy", V1NetworkPolicy::validateJsonElement,
          "policy/v1 PodDisruptionBudget", V1PodDisruptionBudget::validateJsonElement);

  /** All objects by kind and name. */
  private static Map<String, JsonNode> objects() throws IOException {
    Map<String, JsonNode> objects = new TreeMap<>();
    for (String file : files()) {
      if (!file.equals("kustomization.yaml")) {
        try (MappingIterator<JsonNode> documents =
            YAML.readerFor(JsonNode.class).readValues(DIRECTORY.resolve(file).toFile())) {
          while (documents.hasNext()) {
            JsonNode object = documents.next();
            String key =
                object.required("kind").textValue()
                    + " "
                    + object.required("metadata").required("name").textValue();
            assertThat(objects.put(key, object)).as(key).isNull();
          }
        }
      }
    }
    return objects;
  }

  private static Set<String> files() throws IOException {
    TreeSet<String> files = new TreeSet<>();
    try (Stream<Path> paths = Files.list(DIRECTORY)) {
      paths.forEach(path -> files.add(path.getFileName().toString()));
    }
    return files;
  }

  private static JsonNode object(String key) throws IOException {
    return objects().get(key);
  }

  private static void validate(JsonNode object) throws IOException {
    String kind =
        object.required("apiVersion").textValue() + " " + object.required("kind").textValue();
    MODELS.get(kind).validate(JsonParser.parseString(object.toString()));
  }

  @Test
  void kubernetesKnowsAllThatIsInTheManifests() throws IOException {
    Map<String, JsonNode> objects = objects();

    assertThat(objects).hasSize(11);
    for (JsonNode object : objects.values()) {
      validate(object);
    }
  }

  @Test
  void theModelsFindAWordThatKubernetesDoesNotKnow() throws IOException {
    JsonNode set = object("StatefulSet eventstream");
    ((ObjectNode) container(set)).put("readinesProbe", 1);

    assertThatThrownBy(() -> validate(set)).hasMessageContaining("readinesProbe");
  }

  @Test
  void kustomizeTakesEveryManifestThatIsNotAnExampleOrOptional() throws IOException {
    JsonNode kustomization = YAML.readTree(DIRECTORY.resolve("kustomization.yaml").toFile());
    TreeSet<String> taken = new TreeSet<>();
    kustomization.required("resources").forEach(file -> taken.add(file.textValue()));
    taken.addAll(List.of("kustomization.yaml", "ingress.yaml", "secrets.example.yaml"));

    assertThat(taken).isEqualTo(files());
    assertThat(kustomization.required("images").required(0).required("name"))
        .isEqualTo(container(object("StatefulSet eventstream")).required("image"));
  }

  private static JsonNode pod(JsonNode set) {
    return set.required("spec").required("template").required("spec");
  }

  private static JsonNode container(JsonNode set) {
    return pod(set).required("containers").required(0);
  }

  @Test
  void everySelectorFindsThePods() throws IOException {
    JsonNode labels =
        object("StatefulSet eventstream")
            .required("spec")
            .required("template")
            .required("metadata")
            .required("labels");
    List<JsonNode> selectors = new ArrayList<>();
    for (JsonNode object : objects().values()) {
      JsonNode spec = object.path("spec");
      for (String selector : List.of("selector", "podSelector")) {
        if (spec.has(selector)) {
          JsonNode found = spec.required(selector);
          selectors.add(found.has("matchLabels") ? found.required("matchLabels") : found);
        }
      }
    }
    for (JsonNode spread :
        pod(object("StatefulSet eventstream")).required("topologySpreadConstraints")) {
      selectors.add(spread.required("labelSelector").required("matchLabels"));
    }

    assertThat(selectors).hasSize(7).containsOnly(labels);
  }

  @Test
  void everyPortAndNameThatIsReferredToIsThere() throws IOException {
    Map<String, JsonNode> objects = objects();
    JsonNode set = objects.get("StatefulSet eventstream");
    TreeSet<String> ports = new TreeSet<>();
    container(set).required("ports").forEach(port -> ports.add(port.required("name").asText()));
    for (String service : List.of("Service eventstream", "Service eventstream-pods")) {
      for (JsonNode port : objects.get(service).required("spec").required("ports")) {
        assertThat(ports).contains(port.required("targetPort").textValue());
      }
    }
    for (String probe : List.of("startupProbe", "livenessProbe", "readinessProbe")) {
      assertThat(ports)
          .contains(
              container(set).required(probe).required("httpGet").required("port").textValue());
    }
    for (JsonNode rule :
        objects.get("NetworkPolicy eventstream").required("spec").required("ingress")) {
      assertThat(ports).contains(rule.required("ports").required(0).required("port").textValue());
    }
    assertThat(objects)
        .containsKey("Service " + set.required("spec").required("serviceName").textValue())
        .containsKey("ServiceAccount " + pod(set).required("serviceAccountName").textValue());
    JsonNode backend = objects.get("Ingress eventstream").findValue("backend").required("service");
    assertThat(objects).containsKey("Service " + backend.required("name").textValue());
    TreeSet<String> volumes = new TreeSet<>();
    for (JsonNode volume : pod(set).required("volumes")) {
      volumes.add(volume.required("name").textValue());
      if (volume.has("configMap")) {
        assertThat(objects)
            .containsKey("ConfigMap " + volume.required("configMap").required("name").textValue());
      }
      if (volume.has("secret")) {
        assertThat(objects)
            .containsKey("Secret " + volume.required("secret").required("secretName").textValue());
      }
    }
    for (JsonNode claim : set.required("spec").required("volumeClaimTemplates")) {
      volumes.add(claim.required("metadata").required("name").textValue());
    }
    TreeSet<String> mounted = new TreeSet<>();
    container(set).required("volumeMounts").forEach(m -> mounted.add(m.required("name").asText()));
    assertThat(mounted).isEqualTo(volumes);
  }

  @Test
  void podsMayDoNothingThatTheServerDoesNotNeed() throws IOException {
    JsonNode set = object("StatefulSet eventstream");
    JsonNode pod = pod(set).required("securityContext");
    JsonNode container = container(set).required("securityContext");

    assertThat(pod(set).required("automountServiceAccountToken").booleanValue()).isFalse();
    assertThat(
            object("ServiceAccount eventstream")
                .required("automountServiceAccountToken")
                .booleanValue())
        .isFalse();
    assertThat(pod.required("runAsNonRoot").booleanValue()).isTrue();
    assertThat(pod.required("runAsUser").intValue()).isPositive();
    assertThat(pod.required("seccompProfile").required("type").textValue())
        .isEqualTo("RuntimeDefault");
    assertThat(container.required("allowPrivilegeEscalation").booleanValue()).isFalse();
    assertThat(container.required("readOnlyRootFilesystem").booleanValue()).isTrue();
    assertThat(container.required("capabilities").required("drop").toString())
        .isEqualTo("[\"ALL\"]");
    assertThat(container(set).required("resources").required("limits").has("memory")).isTrue();
  }

  /** The environment that Kubernetes gives the pods: the manifest's, and nothing of services. */
  private static Map<String, String> environment(JsonNode set) {
    assertThat(pod(set).required("enableServiceLinks").booleanValue()).isFalse();
    Map<String, String> environment = new HashMap<>();
    for (JsonNode variable : container(set).required("env")) {
      environment.put(
          variable.required("name").textValue(), variable.required("value").textValue());
    }
    return environment;
  }

  /**
   * Writes what a pod has mounted to a directory instead.
   *
   * @return the pod's environment, as it is with these paths
   */
  private static Map<String, String> mount(Path directory) throws IOException {
    Map<String, JsonNode> objects = objects();
    Map<String, String> files = new HashMap<>();
    objects
        .get("ConfigMap eventstream-settings")
        .required("data")
        .properties()
        .forEach(file -> files.put("settings/" + file.getKey(), file.getValue().textValue()));
    objects
        .get("ConfigMap eventstream-ids")
        .required("data")
        .properties()
        .forEach(file -> files.put("ids/" + file.getKey(), file.getValue().textValue()));
    objects
        .get("Secret eventstream-secrets")
        .required("stringData")
        .properties()
        .forEach(file -> files.put("secrets/" + file.getKey(), file.getValue().textValue()));
    for (Map.Entry<String, String> file : files.entrySet()) {
      Path path = directory.resolve(file.getKey());
      Files.createDirectories(path.getParent());
      Files.writeString(path, led(file.getValue(), directory));
    }
    Map<String, String> environment = environment(objects.get("StatefulSet eventstream"));
    environment.replaceAll((name, value) -> led(value, directory));
    return environment;
  }

  private static Map<String, String> mountWithKey(Path directory) throws IOException {
    Map<String, String> environment = mount(directory);
    Files.writeString(
        directory.resolve("secrets/ingest-keys"), IngestKeys.generate("shop").line() + "\n");
    return environment;
  }

  private static String led(String text, Path directory) {
    return text.replace("/etc/eventstream/", directory + "/")
        .replace("/var/lib/eventstream/", directory + "/");
  }

  @Test
  void theServerStartsWithTheseSettingsAndAnswersTheProbes(@TempDir Path directory)
      throws Exception {
    Map<String, String> environment = mountWithKey(directory);
    environment.putAll(
        Map.of(
            "ELASTICSEARCH_URL", "https://127.0.0.1:1",
            "EVENTSTREAM_PORT", "0",
            "EVENTSTREAM_ADMIN_PORT", "0",
            "EVENTSTREAM_SPOOL_MIN_FREE_BYTES", "0"));
    JsonNode container = container(object("StatefulSet eventstream"));

    try (EventServer server = EventServer.start(ServerSettings.fromEnvironment(environment))) {
      for (String probe : List.of("startupProbe", "livenessProbe", "readinessProbe")) {
        JsonNode get = container.required(probe).required("httpGet");
        assertThat(get.required("port").textValue()).isEqualTo("admin");
        URI url =
            URI.create(
                "http://127.0.0.1:"
                    + server.adminPort().orElseThrow()
                    + get.required("path").textValue());
        assertThat(
                HttpClient.newHttpClient()
                    .send(HttpRequest.newBuilder(url).build(), BodyHandlers.discarding())
                    .statusCode())
            .as(probe)
            .isEqualTo(200);
      }
      assertThat(directory.resolve("spool")).isNotEmptyDirectory();
    }
  }

  @Test
  void theServerListensOnThePortsThatTheManifestsName(@TempDir Path directory) throws Exception {
    Map<String, String> environment = mountWithKey(directory);

    ServerSettings.Listen listen = ServerSettings.fromEnvironment(environment).listen();

    Map<String, Integer> ports = new HashMap<>();
    for (JsonNode port : container(object("StatefulSet eventstream")).required("ports")) {
      ports.put(port.required("name").textValue(), port.required("containerPort").intValue());
    }
    assertThat(ports)
        .isEqualTo(Map.of("http", listen.port(), "admin", listen.adminPort().orElseThrow()));
    assertThat(listen.host()).isEqualTo("0.0.0.0");
    assertThat(listen.adminHost()).isEqualTo("0.0.0.0");
  }

  @Test
  void theExampleOfASecretLetsNobodyIn(@TempDir Path directory) throws Exception {
    Map<String, String> environment = mount(directory);

    assertThatThrownBy(() -> ServerSettings.fromEnvironment(environment))
        .isInstanceOf(InvalidSettingsException.class)
        .hasMessageContaining("line 1 is not a key; generate one with \"keys NAME\"");
  }

  @Test
  void theSpoolAndTheDeadLettersHaveRoomOnTheVolume(@TempDir Path directory) throws Exception {
    Map<String, String> environment = mountWithKey(directory);
    ServerSettings.Delivery delivery = ServerSettings.fromEnvironment(environment).delivery();
    String storage =
        object("StatefulSet eventstream").findValue("storage").textValue().replace("Gi", "");

    assertThat(delivery.spoolMaxBytes() + delivery.spoolMinFreeBytes() + (128L << 20))
        .isLessThan(Long.parseLong(storage) << 30);
  }
}
