package dev.eventstream.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.eventstream.Acknowledgement;
import dev.eventstream.ReservedMembers;
import dev.eventstream.es.OnMappingFailure;
import dev.eventstream.es.backup.Backups.Retention;
import dev.eventstream.server.guard.ClientAddresses;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ServerSettingsTest {
  private static final ServerSettings DEFAULTS =
      new ServerSettings(
          cluster(OnMappingFailure.SHELTER, List.of("http://localhost:9200")),
          new ServerSettings.Listen("0.0.0.0", 8080, "127.0.0.1", OptionalInt.of(8081), null),
          new ServerSettings.Access(
              null, Set.of(), 0, List.of(), ClientAddresses.Header.X_FORWARDED_FOR),
          new ServerSettings.Admin(null, false),
          new ServerSettings.Limits(
              10 << 20,
              10_000,
              8 << 10,
              OptionalInt.empty(),
              Duration.ofSeconds(30),
              Duration.ofSeconds(30),
              Duration.ofSeconds(20)),
          null,
          null,
          false,
          new IndexSettings(
              "{eventType}",
              Set.of(),
              Duration.ofDays(30),
              Duration.ofHours(1),
              Duration.ofHours(1),
              new RolloverSettings(null, null, null, Duration.ofSeconds(30)),
              new RetentionSettings(Ages.NEVER, Ages.NEVER, Ages.NEVER, 10, false)),
          1000,
          new ServerSettings.EventShape(1000, 10_000, ReservedMembers.REJECT),
          new IndexTemplateSettings(IndexTemplateMode.CHECK, List.of(), 1, 1, null, 1000, false),
          new BackupSettings("eventstream", null, null, new Retention(0, null)),
          new ServerSettings.Delivery(
              Path.of("./data/spool"),
              1L << 30,
              256L << 20,
              Acknowledgement.INDEXED,
              Duration.ofSeconds(2),
              Duration.ZERO,
              0),
          new ServerSettings.Observation("text", null, Duration.ofMinutes(1)));

  private static ClusterSettings cluster(OnMappingFailure handling, List<String> urls) {
    return new ClusterSettings(
        urls,
        new ClusterSettings.Login(null, null, null, null),
        new ClusterSettings.Trust(null, null, null, null, null, true),
        null,
        null,
        null,
        null,
        Duration.ZERO,
        false,
        handling,
        Duration.ofSeconds(2),
        Duration.ofSeconds(10));
  }

  @Test
  void hasADefaultForEverySetting() throws Exception {
    assertThat(ServerSettings.fromEnvironment(Map.of())).isEqualTo(DEFAULTS);
  }

  @Test
  void takesEverySetting(@TempDir Path ids) throws Exception {
    Map<String, String> environment = new HashMap<>();
    environment.putAll(
        Map.of(
            "EVENTSTREAM_SPOOL_DIR", "/var/spool/events",
            "EVENTSTREAM_SPOOL_MAX_BYTES", "20 GiB",
            "EVENTSTREAM_SPOOL_MIN_FREE_BYTES", "0",
            "EVENTSTREAM_ACK", "spooled",
            "EVENTSTREAM_DELIVERY_TIMEOUT", "750ms",
            "EVENTSTREAM_GIVE_UP_AFTER", "36h",
            "EVENTSTREAM_THROTTLE", "5000"));
    environment.putAll(
        Map.of(
            "EVENTSTREAM_MAX_BODY_BYTES", "1MiB",
            "EVENTSTREAM_MAX_EVENTS", "500",
            "EVENTSTREAM_MAX_HEADER_BYTES", "16KiB",
            "EVENTSTREAM_MAX_CONNECTIONS", "50",
            "EVENTSTREAM_IDLE_TIMEOUT", "1min",
            "EVENTSTREAM_BODY_TIMEOUT", "5s",
            "EVENTSTREAM_STOP_TIMEOUT", "7s"));
    environment.putAll(
        Map.of(
            "EVENTSTREAM_LOG_FORMAT", "json",
            "EVENTSTREAM_OTLP_URL", "http://collector:4318/v1/metrics",
            "EVENTSTREAM_OTLP_INTERVAL", "5s",
            "EVENTSTREAM_ADMIN_HOST", "::1",
            "EVENTSTREAM_ADMIN_PORT", "off",
            "EVENTSTREAM_CORS_ORIGINS", "https://shop.example, http://localhost:3000",
            "EVENTSTREAM_RATE_LIMIT", "100",
            "EVENTSTREAM_TRUSTED_PROXIES", "10.0.0.0/8,::1",
            "EVENTSTREAM_FORWARDED_BY", "forwarded"));
    environment.putAll(
        Map.of(
            "ELASTICSEARCH_URL", "https://one:9201, https://two:9201",
            "EVENTSTREAM_HOST", "127.0.0.1",
            "EVENTSTREAM_PORT", "0",
            "EVENTSTREAM_ID_DIR", ids.toString(),
            "EVENTSTREAM_UNKNOWN_VALUES", "reject",
            "EVENTSTREAM_INDEX", "events-{eventType}-{yyyy}",
            "EVENTSTREAM_EVENT_TYPES", "pageview, engagement,,pageview",
            "EVENTSTREAM_MAX_EVENT_TYPES", "7"));
    environment.putAll(
        Map.of(
            "EVENTSTREAM_ON_MAPPING_FAILURE", "dead-letter",
            "EVENTSTREAM_MAX_EVENT_AGE", "9d",
            "EVENTSTREAM_MAX_EVENT_AHEAD", "3min",
            "EVENTSTREAM_REPEAT_WINDOW", "4s",
            "EVENTSTREAM_MAX_FIELDS", "8",
            "EVENTSTREAM_MAX_VALUES", "9",
            "EVENTSTREAM_RESERVED_MEMBERS", "rename"));
    environment.putAll(
        Map.of(
            "EVENTSTREAM_INDEX_TEMPLATE", "apply",
            "EVENTSTREAM_INDEX_TEMPLATE_PATTERNS", "ui-*, other",
            "EVENTSTREAM_INDEX_SHARDS", "2",
            "EVENTSTREAM_INDEX_REPLICAS", "0",
            "EVENTSTREAM_INDEX_REFRESH", "30s",
            "EVENTSTREAM_INDEX_FIELD_LIMIT", "500",
            "EVENTSTREAM_INDEX_CODEC", "best_compression"));
    environment.putAll(
        Map.of(
            "EVENTSTREAM_ROLLOVER_DOCUMENTS", "5",
            "EVENTSTREAM_ROLLOVER_SHARD_BYTES", "10GiB",
            "EVENTSTREAM_ROLLOVER_AGE", "7d",
            "EVENTSTREAM_ROLLOVER_INTERVAL", "1min",
            "EVENTSTREAM_REMOVE_REPLICAS_AFTER", "1d",
            "EVENTSTREAM_CLOSE_AFTER", "pageview=20d",
            "EVENTSTREAM_RETENTION", "pageview = 30d, 90d, x=400h",
            "EVENTSTREAM_RETENTION_LIMIT", "3",
            "EVENTSTREAM_RETENTION_BY", "engine"));
    environment.putAll(
        Map.of(
            "EVENTSTREAM_BACKUP_REPOSITORY", "nightly",
            "EVENTSTREAM_BACKUP_LOCATION", "/backup/events",
            "EVENTSTREAM_BACKUP_INTERVAL", "12h",
            "EVENTSTREAM_BACKUP_KEEP", "7",
            "EVENTSTREAM_BACKUP_KEEP_FOR", "30d"));

    Set<String> names = names();
    names.remove("EVENTSTREAM_ID_FILE"); // stands in another one's place
    names.remove("EVENTSTREAM_CONFIG"); // holds others
    names.remove("EVENTSTREAM_AUTH"); // shown by nothing
    names.remove("EVENTSTREAM_ADMIN_KEY"); // as well
    names.remove("EVENTSTREAM_ADMIN_METRICS"); // needs it
    names.removeIf(name -> name.contains("_CLUSTER_") || name.contains("_TLS_")); // tests of theirs
    assertThat(environment.keySet()).isEqualTo(names);
    assertThat(ServerSettings.fromEnvironment(environment))
        .isEqualTo(
            new ServerSettings(
                cluster(
                    OnMappingFailure.DEAD_LETTER, List.of("https://one:9201", "https://two:9201")),
                new ServerSettings.Listen("127.0.0.1", 0, "::1", OptionalInt.empty(), null),
                new ServerSettings.Access(
                    null,
                    Set.of("https://shop.example", "http://localhost:3000"),
                    100,
                    List.of("10.0.0.0/8", "::1"),
                    ClientAddresses.Header.FORWARDED),
                new ServerSettings.Admin(null, false),
                new ServerSettings.Limits(
                    1 << 20,
                    500,
                    16 << 10,
                    OptionalInt.of(50),
                    Duration.ofMinutes(1),
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(7)),
                ids,
                null,
                true,
                new IndexSettings(
                    "events-{eventType}-{yyyy}",
                    Set.of("pageview", "engagement"),
                    Duration.ofDays(9),
                    Duration.ofMinutes(3),
                    Duration.ofSeconds(4),
                    new RolloverSettings(5, 10L << 30, Duration.ofDays(7), Duration.ofMinutes(1)),
                    new RetentionSettings(
                        new Ages(Duration.ofDays(1), Map.of()),
                        new Ages(null, Map.of("pageview", Duration.ofDays(20))),
                        new Ages(
                            Duration.ofDays(90),
                            Map.of("pageview", Duration.ofDays(30), "x", Duration.ofHours(400))),
                        3,
                        true)),
                7,
                new ServerSettings.EventShape(8, 9, ReservedMembers.RENAME),
                new IndexTemplateSettings(
                    IndexTemplateMode.APPLY,
                    List.of("ui-*", "other"),
                    2,
                    0,
                    Duration.ofSeconds(30),
                    500,
                    true),
                new BackupSettings(
                    "nightly",
                    "/backup/events",
                    Duration.ofHours(12),
                    new Retention(7, Duration.ofDays(30))),
                new ServerSettings.Delivery(
                    Path.of("/var/spool/events"),
                    20L << 30,
                    0,
                    Acknowledgement.SPOOLED,
                    Duration.ofMillis(750),
                    Duration.ofHours(36),
                    5000),
                new ServerSettings.Observation(
                    "json",
                    URI.create("http://collector:4318/v1/metrics"),
                    Duration.ofSeconds(5))));
  }

  @Test
  void takesAFileOfIdsInsteadOfADirectory(@TempDir Path directory) throws Exception {
    Path file = Files.createFile(directory.resolve("ids.db"));

    ServerSettings settings =
        ServerSettings.fromEnvironment(Map.of("EVENTSTREAM_ID_FILE", file.toString()));

    assertThat(settings.idFile()).isEqualTo(file);
    assertThat(settings.idDirectory()).isNull();
  }

  @Test
  void refusesADirectoryAndAFileOfIdsAtOnce(@TempDir Path directory) throws Exception {
    Path file = Files.createFile(directory.resolve("ids.db"));

    assertThatThrownBy(
            () ->
                ServerSettings.fromEnvironment(
                    Map.of(
                        "EVENTSTREAM_ID_DIR", directory.toString(),
                        "EVENTSTREAM_ID_FILE", file.toString())))
        .isInstanceOf(InvalidSettingsException.class)
        .hasMessage("EVENTSTREAM_ID_DIR and EVENTSTREAM_ID_FILE are both set; unset all but one");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "\t \n"})
  void takesAnEmptyValueAsNotSet(String empty) throws Exception {
    Map<String, String> environment =
        names().stream().collect(Collectors.toMap(name -> name, name -> empty));

    assertThat(ServerSettings.fromEnvironment(environment)).isEqualTo(DEFAULTS);
  }

  @Test
  void ignoresBlanksAroundAValue() throws Exception {
    assertThat(ServerSettings.fromEnvironment(Map.of("EVENTSTREAM_PORT", " 9000 ")).listen().port())
        .isEqualTo(9000);
  }

  @ParameterizedTest
  @CsvSource({
    "EVENTSTREAM_PORT, 65535",
    "EVENTSTREAM_PORT, 0",
    "EVENTSTREAM_MAX_EVENT_TYPES, 1",
    "EVENTSTREAM_MAX_EVENT_TYPES, 2147483647",
    "EVENTSTREAM_INDEX, events",
    "ELASTICSEARCH_URL, http://[::1]:9200/path/",
    "ELASTICSEARCH_URL, 'HTTPS://user:p%40ss@search.example'",
  })
  void takes(String name, String value) throws Exception {
    ServerSettings settings = ServerSettings.fromEnvironment(Map.of(name, value));

    assertThat(settings.toString()).contains(value);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          EVENTSTREAM_PORT            | -1                          | from 0 to 65535
          EVENTSTREAM_PORT            | 65536                       | from 0 to 65535
          EVENTSTREAM_PORT            | http                        | from 0 to 65535
          EVENTSTREAM_PORT            | 80.0                        | from 0 to 65535
          EVENTSTREAM_PORT            | 99999999999                 | from 0 to 65535
          EVENTSTREAM_ADMIN_PORT      | on                          | from 0 to 65535, or "off"
          EVENTSTREAM_CORS_ORIGINS    | shop.example                | https://shop.example
          EVENTSTREAM_CORS_ORIGINS    | https://shop.example/       | is not an origin
          EVENTSTREAM_RATE_LIMIT      | 0                           | from 1 to 10000000
          EVENTSTREAM_TRUSTED_PROXIES | 10.0.0.0/33                 | is not an address
          EVENTSTREAM_TRUSTED_PROXIES | proxy.example               | such as 10.0.0.0/8
          EVENTSTREAM_FORWARDED_BY    | both                        | "x-forwarded-for" or "forwarded"
          EVENTSTREAM_CONFIG          | /no/such/file               | there is no such file
          EVENTSTREAM_LOG_FORMAT      | xml                         | write "text" or "json"
          EVENTSTREAM_OTLP_URL        | collector:4318              | http://localhost:4318/v1/metrics
          EVENTSTREAM_OTLP_URL        | localhost:4318              | it looks like http://localhost:4318/v1/metrics
          EVENTSTREAM_OTLP_INTERVAL   | 10ms                        | from 1s to 60min
          EVENTSTREAM_CLUSTER_CA      | /no/such/file               | name a PEM file
          EVENTSTREAM_CLUSTER_FINGERPRINT | a1b2                    | 64 hexadecimal digits
          EVENTSTREAM_CLUSTER_PROXY   | proxy.example               | such as proxy.example.com:3128
          EVENTSTREAM_CLUSTER_PROXY   | ::1:3128                    | [::1]:3128
          EVENTSTREAM_CLUSTER_PROXY   | http://proxy.example:3128   | such as proxy.example.com:3128
          EVENTSTREAM_CLUSTER_PROXY   | proxy.example:0             | such as proxy.example.com:3128
          EVENTSTREAM_CLUSTER_COMPRESS | gzip                       | write "no" or "yes"
          EVENTSTREAM_MAX_EVENT_TYPES | 0                           | at least 1
          EVENTSTREAM_MAX_EVENT_TYPES | many                        | at least 1
          EVENTSTREAM_MAX_EVENT_TYPES | 2147483648                  | at least 1
          EVENTSTREAM_MAX_FIELDS      | 1                           | at least 2
          EVENTSTREAM_MAX_VALUES      | 1                           | at least 2
          EVENTSTREAM_RESERVED_MEMBERS | keep                       | write "reject" or "rename"
          EVENTSTREAM_SPOOL_MAX_BYTES | 15MiB                       | at least 16MiB, such as
          EVENTSTREAM_SPOOL_MAX_BYTES | 1GB                         | such as 512MiB or 1GiB
          EVENTSTREAM_SPOOL_MAX_BYTES | 9999999999999TiB            | such as 512MiB or 1GiB
          EVENTSTREAM_SPOOL_MIN_FREE_BYTES | -1                     | at least 0
          EVENTSTREAM_ACK             | Indexed                     | write "indexed" or "spooled"
          EVENTSTREAM_DELIVERY_TIMEOUT | 2                          | such as 500ms, 2s
          EVENTSTREAM_DELIVERY_TIMEOUT | 0s                         | from 1ms to 10min
          EVENTSTREAM_DELIVERY_TIMEOUT | 11min                      | from 1ms to 10min
          EVENTSTREAM_THROTTLE        | 0                           | at least 1
          EVENTSTREAM_UNKNOWN_VALUES  | Reject                      | write "index" or "reject"
          EVENTSTREAM_UNKNOWN_VALUES  | drop                        | write "index" or "reject"
          EVENTSTREAM_ID_DIR          | /no/such/directory          | create it or unset it
          EVENTSTREAM_ID_FILE         | /no/such/file               | "ids build" or unset it
          EVENTSTREAM_ID_FILE         | /                           | it is a directory; make it with
          EVENTSTREAM_INDEX           | Events                      | lower-case letters
          EVENTSTREAM_INDEX           | _events-{eventType}         | lower-case letters
          EVENTSTREAM_INDEX           | a/b                         | lower-case letters
          EVENTSTREAM_INDEX           | {yyyy}                      | {yyyy.MM.dd}
          EVENTSTREAM_INDEX           | {eventTyp}                  | {eventType}
          EVENTSTREAM_MAX_EVENT_AGE   | -1d                         | 30d
          EVENTSTREAM_EVENT_TYPES     | pageview,../x               | must be 1 to 100 characters
          EVENTSTREAM_EVENT_TYPES     | PageView                    | must be 1 to 100 characters
          ELASTICSEARCH_URL           | localhost:9200              | http://localhost:9200
          ELASTICSEARCH_URL           | localhost                   | http://localhost:9200
          ELASTICSEARCH_URL           | ftp://localhost:9200        | http://localhost:9200
          ELASTICSEARCH_URL           | http://                     | http://localhost:9200
          ELASTICSEARCH_URL           | http://a b:9200             | http://localhost:9200
          ELASTICSEARCH_URL           | http://a_b:9200             | http://localhost:9200
          ELASTICSEARCH_URL           | ,                           | at least one URL
          ELASTICSEARCH_URL           | http://a:9200/?x=y          | has a query
          ELASTICSEARCH_URL           | http://a:9200,http://b/path | has another path
          """)
  void refusesWithNameValueAndRemedy(String name, String value, String remedy) {
    assertThatThrownBy(() -> ServerSettings.fromEnvironment(Map.of(name, value)))
        .isInstanceOf(InvalidSettingsException.class)
        .message()
        .startsWith(name + " is \"" + value + "\": ")
        .contains(remedy)
        .hasLineCount(1);
  }

  @Test
  void refusesAFileWhereADirectoryIsWanted(@TempDir Path directory) throws Exception {
    Path file = Files.writeString(directory.resolve("pageview.json"), "{}");

    assertThatThrownBy(
            () -> ServerSettings.fromEnvironment(Map.of("EVENTSTREAM_ID_DIR", file.toString())))
        .hasMessageContaining(file + "\": there is no such directory");
  }

  @Test
  void refusesNamesThatAreNoSettings() {
    assertThatThrownBy(
            () ->
                ServerSettings.fromEnvironment(
                    Map.of("EVENTSTREAM_PROT", "80", "EVENTSTREAM_", "", "eventstream_x", "")))
        .hasMessage(
            "EVENTSTREAM_ is not a setting; remove it, or see serve --help for all settings"
                + System.lineSeparator()
                + "EVENTSTREAM_PROT is not a setting; did you mean EVENTSTREAM_PORT? If not, remove it,"
                + " or see serve --help for all settings");
  }

  @Test
  void ignoresTheVariablesOfOthers() throws Exception {
    Map<String, String> others =
        Map.of("PATH", "/bin", "GUNICORN_WORKERS", "4", "ELASTICSEARCH_HOST", "x");

    assertThat(ServerSettings.fromEnvironment(others)).isEqualTo(DEFAULTS);
  }

  @Test
  void saysAllThatIsWrongAtOnce() {
    Map<String, String> environment =
        Map.of(
            "ELASTICSEARCH_URL", "nowhere",
            "EVENTSTREAM_PORT", "x",
            "EVENTSTREAM_ID_DIR", "/no/such/directory",
            "EVENTSTREAM_ID_FILE", "/no/such/file",
            "EVENTSTREAM_UNKNOWN_VALUES", "x",
            "EVENTSTREAM_INDEX", "*",
            "EVENTSTREAM_EVENT_TYPES", "*",
            "EVENTSTREAM_MAX_EVENT_TYPES", "x",
            "EVENTSTREAM_X", "x");

    assertThatThrownBy(() -> ServerSettings.fromEnvironment(environment))
        .isInstanceOf(InvalidSettingsException.class)
        .message()
        .contains(environment.keySet())
        .hasLineCount(environment.size() + 1); // and two that do not go together
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://user:secret@a b:9200",
        "http://user:secret@one:9200,http://user:other-secret@two:9200",
        "ftp://user:secret@one:21",
      })
  void neverShowsAPassword(String urls) {
    assertThatThrownBy(() -> ServerSettings.fromEnvironment(Map.of("ELASTICSEARCH_URL", urls)))
        .isInstanceOf(InvalidSettingsException.class)
        .message()
        .startsWith("ELASTICSEARCH_URL is \"")
        .doesNotContain("secret");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{eventType}          |      |                | ''",
        "{eventType}          | b,a  |                | a,b",
        "{eventType}-events   | b,a  |                | a-events,b-events",
        "{eventType}-events   |      |                | ''",
        "events-{eventType}   | b,a  |                | events-*",
        "events-{eventType}-x |      |                | events-*-x",
        "events               | b,a  |                | events",
        "events-{yyyy.MM.dd}  |      |                | events-*",
        "e-{eventType}-{yyyy} |      |                | e-*-*",
        "{eventType}-{xxxx.ww}| b,a  |                | a-*,b-*",
        "{eventType}-{yyyy}   |      |                | ''",
        "{eventType}          | b,a  | ui-*, *-events | ui-*,*-events",
      })
  void derivesThePatternsOfTheIndexTemplate(
      String index, String types, String patterns, String expected) throws Exception {
    Map<String, String> environment = new HashMap<>();
    environment.put("EVENTSTREAM_INDEX", index);
    environment.put("EVENTSTREAM_EVENT_TYPES", types == null ? "" : types);
    environment.put("EVENTSTREAM_INDEX_TEMPLATE_PATTERNS", patterns == null ? "" : patterns);

    IndexTemplateSettings settings = ServerSettings.fromEnvironment(environment).indexTemplate();

    assertThat(String.join(",", settings.patterns())).isEqualTo(expected);
  }

  @Test
  void theTemplateIsForAllGenerationsOfAnIndex() throws Exception {
    Map<String, String> environment =
        Map.of(
            "EVENTSTREAM_INDEX", "{eventType}",
            "EVENTSTREAM_EVENT_TYPES", "b,a",
            "EVENTSTREAM_ROLLOVER_AGE", "1d");

    assertThat(ServerSettings.fromEnvironment(environment).indexTemplate().patterns())
        .containsExactly("a", "a-*", "b", "b-*");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{eventType}-{yyyy} | EVENTSTREAM_RETENTION=90d | EVENTSTREAM_RETENTION needs indices of"
            + " events that can be told from others; begin EVENTSTREAM_INDEX with a fixed part",
        "{eventType} | EVENTSTREAM_ROLLOVER_AGE=90d | EVENTSTREAM_ROLLOVER_AGE needs indices of",
        "events | EVENTSTREAM_CLOSE_AFTER=90d | EVENTSTREAM_CLOSE_AFTER has no effect, because an"
            + " index without a date has events of any age; put a date into EVENTSTREAM_INDEX",
        "events-{yyyy} | EVENTSTREAM_RETENTION=90d,a=9d | names an event type, but all types are in"
            + " the same index; put {eventType} into EVENTSTREAM_INDEX",
        "events-{yyyy} | EVENTSTREAM_RETENTION=90 | write a time from 1min to 36500d",
        "events-{yyyy} | EVENTSTREAM_RETENTION==9d | write one age for all event types",
        "events-{yyyy} | EVENTSTREAM_RETENTION=9d,8d | write one age for all event types",
        "e-{eventType}-{yyyy} | EVENTSTREAM_RETENTION=a=9d,a=8d | write one age for all",
      })
  void refusesRetentionAndRolloverThatCannotBe(String index, String setting, String message) {
    int sign = setting.indexOf('=');
    Map<String, String> environment =
        Map.of("EVENTSTREAM_INDEX", index, setting.substring(0, sign), setting.substring(sign + 1));

    assertThatThrownBy(() -> ServerSettings.fromEnvironment(environment))
        .isInstanceOf(InvalidSettingsException.class)
        .hasMessageContaining(message);
  }

  @Test
  void anEventIsNotAcceptedForAnIndexThatIsDeletedOrClosed() throws Exception {
    Map<String, String> environment = new HashMap<>();
    environment.put("EVENTSTREAM_INDEX", "events-{yyyy.MM.dd}");
    environment.put("EVENTSTREAM_RETENTION", "90d");
    environment.put("EVENTSTREAM_CLOSE_AFTER", "7d");

    assertThat(ServerSettings.fromEnvironment(environment).indices().maxAge()).hasDays(7);

    environment.put("EVENTSTREAM_MAX_EVENT_AGE", "8d");
    assertThatThrownBy(() -> ServerSettings.fromEnvironment(environment))
        .hasMessageContaining("EVENTSTREAM_MAX_EVENT_AGE is longer than the shortest age");
    environment.put("EVENTSTREAM_MAX_EVENT_AGE", "7d");
    assertThat(ServerSettings.fromEnvironment(environment).indices().maxAge()).hasDays(7);
  }

  @Test
  void refusesToInstallATemplateForEveryIndex() {
    assertThatThrownBy(
            () -> ServerSettings.fromEnvironment(Map.of("EVENTSTREAM_INDEX_TEMPLATE", "apply")))
        .isInstanceOf(InvalidSettingsException.class)
        .hasMessageContaining("EVENTSTREAM_INDEX_TEMPLATE is \"apply\", but EVENTSTREAM_INDEX")
        .hasMessageContaining("events-{eventType}")
        .hasMessageContaining("EVENTSTREAM_EVENT_TYPES")
        .hasMessageContaining("EVENTSTREAM_INDEX_TEMPLATE_PATTERNS");
    assertThatThrownBy(
            () ->
                ServerSettings.fromEnvironment(
                    Map.of("EVENTSTREAM_INDEX_TEMPLATE_PATTERNS", "events-*,*")))
        .isInstanceOf(InvalidSettingsException.class)
        .hasMessageContaining("\"*\" matches every index of the cluster");
  }

  @Test
  void theKeyOfTheAdminPortIsLongAndNeverShown() throws Exception {
    assertThatThrownBy(
            () -> ServerSettings.fromEnvironment(Map.of("EVENTSTREAM_ADMIN_KEY", "short-secret")))
        .isInstanceOf(InvalidSettingsException.class)
        .hasMessageContaining("EVENTSTREAM_ADMIN_KEY: write 20 to 500 printable")
        .hasMessageNotContaining("short-secret");
    ServerSettings settings =
        ServerSettings.fromEnvironment(
            Map.of(
                "EVENTSTREAM_ADMIN_KEY",
                "a-secret-of-twenty-characters",
                "EVENTSTREAM_ADMIN_METRICS",
                "key"));
    assertThat(settings.admin().metricsNeedKey()).isTrue();
    assertThat(settings.toString()).doesNotContain("a-secret");
  }

  @Test
  void metricsThatNeedAKeyNeedOneThatIsSet() {
    assertThatThrownBy(
            () -> ServerSettings.fromEnvironment(Map.of("EVENTSTREAM_ADMIN_METRICS", "key")))
        .isInstanceOf(InvalidSettingsException.class)
        .hasMessageContaining(
            "EVENTSTREAM_ADMIN_METRICS has no effect without EVENTSTREAM_ADMIN_KEY; set both");
  }

  @Test
  void theEngineCarriesOutRetentionOnlyOfIndicesWithADate() {
    assertThatThrownBy(
            () ->
                ServerSettings.fromEnvironment(
                    Map.of(
                        "EVENTSTREAM_INDEX", "events-{eventType}",
                        "EVENTSTREAM_ROLLOVER_AGE", "7d",
                        "EVENTSTREAM_RETENTION", "90d",
                        "EVENTSTREAM_RETENTION_BY", "engine")))
        .isInstanceOf(InvalidSettingsException.class)
        .hasMessageContaining("EVENTSTREAM_RETENTION_BY=engine needs a date in EVENTSTREAM_INDEX");
  }

  @Test
  void documentsEverySettingInASentence() {
    assertThat(Setting.values())
        .allSatisfy(setting -> assertThat(setting.meaning()).matches("[A-Z].*\\."));
    assertThat(names()).hasSameSizeAs(Setting.values());
  }

  private static Set<String> names() {
    return Arrays.stream(Setting.values()).map(Setting::variable).collect(Collectors.toSet());
  }
}
