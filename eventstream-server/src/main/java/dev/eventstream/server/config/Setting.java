package dev.eventstream.server.config;

import dev.eventstream.Acknowledgement;
import dev.eventstream.DefaultEventTransformer;
import dev.eventstream.ReservedMembers;
import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.es.OnMappingFailure;
import dev.eventstream.es.template.IndexTemplate;
import dev.eventstream.server.guard.AdminKey;
import dev.eventstream.server.guard.ClientAddresses;
import dev.eventstream.server.guard.IngestKeys;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The settings, in the order in which they are documented. Each is defined here only: the command
 * line, {@code --help}, the reference in the documentation and the checks at start are derived from
 * these constants. The constant's name gives the names on all sources.
 *
 * <p>A secret cannot be set on the command line, which others on the machine can read. Each secret
 * has a {@code _FILE} variant, which names a file that holds it; the file is read again when it
 * changes.
 */
public enum Setting {
  CONFIG(
      ValueType.file("name a .yaml, .yml or .properties file, or unset it"),
      "",
      "A file of settings, .yaml, .yml or .properties. The command line and the"
          + " environment take precedence."),
  ELASTICSEARCH_URL(
      ValueType.list("http or https", Setting::clusterUrls),
      "http://localhost:9200",
      "One or several nodes of one Elasticsearch or OpenSearch cluster."),
  CLUSTER_USER(
      ValueType.text(), "", "The user for the cluster. Needs EVENTSTREAM_CLUSTER_PASSWORD."),
  CLUSTER_PASSWORD(ValueType.text().asSecret(), "", "The password of that user."),
  CLUSTER_API_KEY(
      ValueType.text().asSecret(),
      "",
      "Instead of a user: an API key of Elasticsearch, in its encoded form."),
  CLUSTER_TOKEN(
      ValueType.text().asSecret(), "", "Instead of a user: a bearer token, such as a JWT."),
  CLUSTER_CA(
      ValueType.file("name a PEM file of one or several certificates"),
      "",
      "The certificate authorities that are trusted to sign the cluster's"
          + " certificates. Without it, those of the JVM are trusted."),
  CLUSTER_FINGERPRINT(
      ValueType.of("fingerprint", "SHA-256, 64 hexadecimal digits", Setting::fingerprint),
      "",
      "Instead of EVENTSTREAM_CLUSTER_CA: the only trusted certificate, that of the"
          + " cluster or of its authority."),
  CLUSTER_CERT(
      ValueType.file("name a PEM file of the client certificate and its chain"),
      "",
      "The client certificate for the cluster. Needs EVENTSTREAM_CLUSTER_KEY."),
  CLUSTER_KEY(
      ValueType.file("name a PEM file of the certificate's private key, PKCS#8"),
      "",
      "The private key of that certificate."),
  CLUSTER_KEY_PASSWORD(ValueType.text().asSecret(), "", "The password of that key, if it has one."),
  CLUSTER_VERIFY_HOST(
      ValueType.choice("yes", true, "no", false),
      "yes",
      "Whether a node's certificate must be valid for the host in its URL. With no,"
          + " anyone with a certificate of a trusted authority can impersonate the cluster."),
  CLUSTER_PROXY(
      ValueType.of("host:port", "", HostAndPort::parse),
      "",
      "The HTTP proxy for connections to the cluster."),
  CLUSTER_PROXY_USER(
      ValueType.text(), "", "The user for the proxy. Needs EVENTSTREAM_CLUSTER_PROXY_PASSWORD."),
  CLUSTER_PROXY_PASSWORD(ValueType.text().asSecret(), "", "The password of that user."),
  CLUSTER_HEADERS(
      ValueType.of("headers", "one `Name: value` per line", Setting::headers).asSecret(),
      "",
      "Headers that are added to every request to the cluster, for a gateway. They"
          + " are read at start only."),
  CLUSTER_SNIFF(
      ValueType.time(Duration.ofSeconds(1), Duration.ofHours(1)),
      "",
      "The interval at which the cluster is asked for its nodes, all of which are"
          + " then written to. It must be longer than EVENTSTREAM_CLUSTER_REQUEST_TIMEOUT."
          + " Without it, only the nodes in ELASTICSEARCH_URL are used."),
  CLUSTER_COMPRESS(
      ValueType.choice("no", false, "yes", true),
      "no",
      "Whether requests to the cluster are compressed with gzip. This costs processor"
          + " time, and pays off where the network is slow or expensive."),
  CLUSTER_CONNECT_TIMEOUT(
      ValueType.time(Duration.ofMillis(1), Duration.ofMinutes(10)),
      "2s",
      "The time-out for connecting to a node."),
  CLUSTER_REQUEST_TIMEOUT(
      ValueType.time(Duration.ofMillis(1), Duration.ofMinutes(10)),
      "10s",
      "The time for which a node may be silent during a request. After it, the"
          + " request has failed and is retried."),
  HOST(ValueType.text(), "0.0.0.0", "The address to listen on."),
  PORT(ValueType.integer(0, 65_535), "8080", "The port to listen on. 0: any free port."),
  ADMIN_HOST(
      ValueType.text(),
      "127.0.0.1",
      "The address to listen on for operators: /metrics, /healthz and the admin API. If it is not"
          + " a loopback address, the admin API needs EVENTSTREAM_ADMIN_KEY."),
  ADMIN_PORT(
      ValueType.of("whole number", "0 to 65535, or `off`", Setting::adminPort),
      "8081",
      "The port for operators. 0: any free port."),
  ADMIN_KEY(
      ValueType.of("key", "20 to 500 characters", AdminKey::of).asSecret(),
      "",
      "The key for the admin API, sent as `Authorization: Bearer KEY`. Without it, the admin"
          + " API answers only on a loopback address."),
  ADMIN_METRICS(
      ValueType.choice("open", false, "key", true),
      "open",
      "Whether /metrics and /healthz on the admin port need EVENTSTREAM_ADMIN_KEY, too."),
  TLS_CERT(
      ValueType.file("name a PEM file of a certificate and its chain"),
      "",
      "The server's certificate. With it, EVENTSTREAM_PORT accepts HTTPS only. The"
          + " certificate and its key are read again when they change."),
  TLS_KEY(
      ValueType.file("name a PEM file of the certificate's private key, PKCS#8"),
      "",
      "The private key of that certificate."),
  TLS_KEY_PASSWORD(ValueType.text().asSecret(), "", "The password of that key, if it has one."),
  AUTH(
      ValueType.of("keys", "1 to 100, one per line", IngestKeys::parse).asSecret(),
      "",
      "The keys with which events can be sent, as generated by \"keys NAME\". Without"
          + " it, anyone who can reach the port can send events."),
  CORS_ORIGINS(
      ValueType.list("origins such as `https://shop.example`, or `*`", Setting::origins),
      "",
      "The origins whose pages can send events from a browser and read the answers."
          + " Without it, only pages of this server can."),
  RATE_LIMIT(
      ValueType.integer(1, 10_000_000),
      "",
      "The number of events per second that one client can send, with bursts of ten"
          + " seconds' worth. Without it, there is no limit."),
  TRUSTED_PROXIES(
      ValueType.list("addresses, or networks such as `10.0.0.0/8`", Setting::proxies),
      "",
      "The proxies that are trusted to name their client."),
  FORWARDED_BY(
      ValueType.choice(
          "x-forwarded-for",
          ClientAddresses.Header.X_FORWARDED_FOR,
          "forwarded",
          ClientAddresses.Header.FORWARDED),
      "x-forwarded-for",
      "The header in which these proxies name their client. The other header is"
          + " ignored, since clients may have set it."),
  MAX_BODY_BYTES(
      ValueType.bytes(1L << 10, 1L << 30),
      "10MiB",
      "The size limit of a request body, as sent and as decoded."),
  MAX_EVENTS(ValueType.integer(1, 1_000_000), "10000", "The limit of events per request."),
  MAX_HEADER_BYTES(
      ValueType.bytes(1L << 10, 1L << 20), "8KiB", "The size limit of a request's headers."),
  MAX_CONNECTIONS(
      ValueType.integer(1, 1_000_000),
      "",
      "The limit of open connections. At the limit, idle connections are closed after"
          + " a second, and new ones wait. Without it, the limit follows from the heap and"
          + " the number of open files, and is at most 12000."),
  IDLE_TIMEOUT(
      ValueType.time(Duration.ofSeconds(1), Duration.ofHours(1)),
      "30s",
      "The time after which an idle connection is closed."),
  BODY_TIMEOUT(
      ValueType.time(Duration.ofSeconds(1), Duration.ofHours(1)),
      "30s",
      "The time that a body may take at any speed. A body that takes longer must"
          + " arrive with 16 KiB per second."),
  STOP_TIMEOUT(
      ValueType.time(Duration.ofSeconds(1), Duration.ofMinutes(10)),
      "20s",
      "The time for which the server waits for running requests when it stops."),
  ID_DIR(
      ValueType.directory(),
      "",
      "The directory of the ID tables: for each event type a file <eventType>.json,"
          + " an object from event value to event ID. Changed files are read again. Without"
          + " it, no event gets an ID."),
  ID_FILE(
      ValueType.file("make it with \"ids build\" or unset it"),
      "",
      "Instead of EVENTSTREAM_ID_DIR, for tables of millions of IDs: the file that"
          + " \"ids build\" made of such a directory."),
  UNKNOWN_VALUES(
      ValueType.choice("index", false, "reject", true),
      "index",
      "What happens to an event without an ID: it is indexed without one, or" + " rejected."),
  INDEX(
      ValueType.of("index name", "", Setting::index),
      "{eventType}",
      "The index of an event. {eventType} is replaced by the event's type, and one of"
          + " {yyyy.MM.dd}, {xxxx.ww} (ISO week), {yyyy.MM} and {yyyy} by the date of its"
          + " @timestamp in UTC, for example events-{yyyy.MM}."),
  MAX_EVENT_AGE(
      ValueType.time(Duration.ZERO, Duration.ofDays(36_500)),
      "30d",
      "With a date in EVENTSTREAM_INDEX: how old the @timestamp of an event may be. For an"
          + " older one the time of acceptance decides."),
  MAX_EVENT_AHEAD(
      ValueType.time(Duration.ZERO, Duration.ofDays(36_500)),
      "1h",
      "With a date in EVENTSTREAM_INDEX: how far the @timestamp of an event may be in the"
          + " future. Beyond it the time of acceptance decides."),
  REPEAT_WINDOW(
      ValueType.time(Duration.ZERO, Duration.ofDays(1)),
      "1h",
      "With a date in EVENTSTREAM_INDEX: for how long after the change of an index repeated"
          + " requests are recognised by a look into the previous index. 0s: never."),
  EVENT_TYPES(
      ValueType.list("", Setting::eventTypes),
      "",
      "The only accepted event types. Without it, all valid ones are accepted."),
  MAX_EVENT_TYPES(
      ValueType.integer(1, Integer.MAX_VALUE),
      "1000",
      "The limit of distinct event types since the start, if EVENTSTREAM_EVENT_TYPES"
          + " is not set."),
  MAX_FIELDS(
      ValueType.integer(2, Integer.MAX_VALUE),
      "1000",
      "The limit of distinct fields per event, objects included; elements of an array"
          + " share their fields. More fields than an index accepts"
          + " (index.mapping.total_fields.limit) slow down the whole cluster before it"
          + " rejects them."),
  MAX_VALUES(
      ValueType.integer(2, Integer.MAX_VALUE),
      "10000",
      "The limit of values per event: members and elements of arrays, at all depths."),
  RESERVED_MEMBERS(
      ValueType.choice("reject", ReservedMembers.REJECT, "rename", ReservedMembers.RENAME),
      "reject",
      "What happens to an event with a member that engines reserve, such as _routing:"
          + " it is rejected, or the member is renamed, to routing_."),
  ON_MAPPING_FAILURE(
      ValueType.choice(
          "shelter", OnMappingFailure.SHELTER, "dead-letter", OnMappingFailure.DEAD_LETTER),
      "shelter",
      "What happens to an event that contradicts the mapping of its index. With shelter:"
          + " it is indexed with its type, value, ID and time, and all of it as text in"
          + " event.original. With dead-letter: it is a dead letter."),
  INDEX_TEMPLATE(
      ValueType.choice(
          "check",
          IndexTemplateMode.CHECK,
          "apply",
          IndexTemplateMode.APPLY,
          "off",
          IndexTemplateMode.OFF),
      "check",
      "What happens at the start with the index template, which gives new indices a mapping"
          + " that suits events. With check: a warning is logged if the cluster does not have"
          + " it. With apply: it is installed. \"indices apply\" installs it, too."),
  INDEX_TEMPLATE_PATTERNS(
      ValueType.list("index names, with `*` for any characters", Setting::patterns),
      "",
      "The indices of that template. Without it, they are derived from EVENTSTREAM_INDEX,"
          + " and if that begins with {eventType}, from EVENTSTREAM_EVENT_TYPES."),
  INDEX_SHARDS(
      ValueType.integer(1, 1_024), "1", "In the template: the primary shards of an index."),
  INDEX_REPLICAS(
      ValueType.integer(0, 100), "1", "In the template: the number of copies of each shard."),
  INDEX_REFRESH(
      ValueType.time(Duration.ofMillis(100), Duration.ofHours(1)),
      "",
      "In the template: the interval at which new documents become visible to searches. A"
          + " longer one makes writing cheaper. Without it, the engine decides: one second for"
          + " indices that are searched."),
  INDEX_FIELD_LIMIT(
      ValueType.integer(10, 100_000), "1000", "In the template: the limit of fields of an index."),
  INDEX_CODEC(
      ValueType.choice("default", false, "best_compression", true),
      "default",
      "In the template: how stored documents are compressed. best_compression needs less"
          + " disk space and more processor time."),
  ROLLOVER_DOCUMENTS(
      ValueType.integer(1, Integer.MAX_VALUE),
      "",
      "With this many documents an index is continued in another one. With any of the"
          + " EVENTSTREAM_ROLLOVER settings, the names of indices end with a number:"
          + " events-click-000001, and the alias events-click is for reading."),
  ROLLOVER_SHARD_BYTES(
      ValueType.bytes(1L << 20, Long.MAX_VALUE),
      "",
      "An index is continued in another one when its primary shards have this size on"
          + " average. 10GiB to 50GiB are usual."),
  ROLLOVER_AGE(
      ValueType.time(Duration.ofMinutes(1), Duration.ofDays(36_500)),
      "",
      "An index of this age is continued in another one, unless it is empty."),
  ROLLOVER_INTERVAL(
      ValueType.time(Duration.ofSeconds(1), Duration.ofHours(1)),
      "30s",
      "The interval at which each server looks for indices to continue, and for those that"
          + " other servers have continued. A new index is used after two intervals, so the"
          + " clocks of the servers should differ by less than one."),
  RETENTION(
      ValueType.list("such as `90d` or `90d,click=30d`", Setting::ages),
      "",
      "The age of events, for all types or for single ones, after which their index is"
          + " deleted. It must have the index template, and is never the newest of its type."
          + " Without it, nothing is deleted."),
  CLOSE_AFTER(
      ValueType.list("such as `30d` or `30d,click=7d`", Setting::ages),
      "",
      "The same for closing an index: it cannot be read until it is opened."),
  REMOVE_REPLICAS_AFTER(
      ValueType.list("such as `7d` or `7d,click=2d`", Setting::ages),
      "",
      "The same for deleting the replicas of an index."),
  RETENTION_LIMIT(
      ValueType.integer(1, 10_000),
      "10",
      "The limit of indices that are deleted, closed or shrunk in one round. There is a round"
          + " every hour, by one of the servers."),
  RETENTION_BY(
      ValueType.choice("server", false, "engine", true),
      "server",
      "Who deletes, closes and shrinks indices. `engine` is OpenSearch with its plugin"
          + " opensearch-index-management: the servers write policies and give them to indices."
          + " There is no limit per round, and EVENTSTREAM_INDEX needs a date."),
  BACKUP_REPOSITORY(
      ValueType.of("repository name", "letters, digits, `.`, `_` and `-`", Setting::repositoryName),
      "eventstream",
      "The snapshot repository of the cluster for backups. Without EVENTSTREAM_BACKUP_LOCATION"
          + " it must exist."),
  BACKUP_LOCATION(
      ValueType.text(),
      "",
      "A directory that all nodes of the cluster share, below one in their path.repo. With it,"
          + " the repository is registered if it does not exist."),
  BACKUP_INTERVAL(
      ValueType.time(Duration.ofMinutes(10), Duration.ofDays(366)),
      "",
      "The interval at which the server backs up the indices of events. Days begin at midnight"
          + " UTC. Several servers with the same interval make one backup. Without it, only"
          + " \"backup create\" makes one."),
  BACKUP_KEEP(
      ValueType.integer(1, 10_000),
      "",
      "How many good backups are kept. With EVENTSTREAM_BACKUP_KEEP_FOR, one is deleted if"
          + " neither keeps it. Without both, none is."),
  BACKUP_KEEP_FOR(
      ValueType.time(Duration.ofMinutes(10), Duration.ofDays(36_500)),
      "",
      "How long backups are kept. The newest good one always is."),
  SPOOL_DIR(
      ValueType.path(),
      "./data/spool",
      "The directory for documents that the cluster does not accept now. Several"
          + " servers can share it: each uses its own subdirectory."),
  SPOOL_MAX_BYTES(
      ValueType.bytes(16L << 20, Long.MAX_VALUE),
      "1GiB",
      "The disk space that the spool may use. When it is full, events are refused"
          + " until there is space again."),
  SPOOL_MIN_FREE_BYTES(
      ValueType.bytes(0, Long.MAX_VALUE), "256MiB", "The disk space that always stays free."),
  ACK(
      ValueType.choice("indexed", Acknowledgement.INDEXED, "spooled", Acknowledgement.SPOOLED),
      "indexed",
      "When an event is answered as accepted. With indexed: when the cluster has"
          + " acknowledged it, otherwise when it is durable on disk. With spooled: as soon"
          + " as it is durable on disk."),
  DELIVERY_TIMEOUT(
      ValueType.time(Duration.ofMillis(1), Duration.ofMinutes(10)),
      "2s",
      "The time that the cluster may take before an event goes to the spool."),
  GIVE_UP_AFTER(
      ValueType.time(Duration.ofSeconds(1), Duration.ofDays(365)),
      "",
      "The time for which an event in the spool may fail while the cluster accepts"
          + " others. After it, the event becomes a dead letter. Without it, the event is"
          + " retried without end."),
  THROTTLE(
      ValueType.integer(1, Integer.MAX_VALUE),
      "",
      "The limit of events per second that are sent to the cluster. The excess goes"
          + " to the spool. Without it, there is no limit."),
  LOG_FORMAT(
      ValueType.choice("text", "text", "json", "json"),
      "text",
      "The format of the log on standard error: text, or one JSON object per line."),
  OTLP_URL(
      ValueType.of("URL", "http or https", Setting::collectorUrl),
      "",
      "An OpenTelemetry collector that also receives the metrics, such as"
          + " `http://localhost:4318/v1/metrics`."),
  OTLP_INTERVAL(
      ValueType.time(Duration.ofSeconds(1), Duration.ofHours(1)),
      "1min",
      "The interval at which the metrics are sent to that collector.");

  /** The prefix of all environment variables but {@code ELASTICSEARCH_URL}. */
  static final String PREFIX = "EVENTSTREAM_";

  /** The suffix of the variable that names a file with the secret. */
  static final String FILE = "_FILE";

  /** URLs and parts of URLs. Their parsers do not quote the value. */
  static final Set<Setting> URLS =
      Collections.unmodifiableSet(
          EnumSet.of(ELASTICSEARCH_URL, CLUSTER_PROXY, CORS_ORIGINS, OTLP_URL));

  private static final Pattern ORIGIN =
      Pattern.compile("https?://[a-z0-9.-]+(:\\d{1,5})?|https?://\\[[0-9a-f:]+](:\\d{1,5})?");

  private static final Pattern REPOSITORY_NAME =
      Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,99}");

  private static final Pattern HEADER_NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");

  @SuppressWarnings("ImmutableEnumChecker") // two texts and a parser without state
  private final ValueType<?> type;

  private final String defaultText;
  private final String meaning;

  Setting(ValueType<?> type, String defaultText, String meaning) {
    this.type = type;
    this.defaultText = defaultText;
    this.meaning = meaning;
  }

  /** All environment variables, each with its setting. */
  static Map<String, Setting> variables() {
    Map<String, Setting> variables = new LinkedHashMap<>();
    for (Setting setting : values()) {
      variables.put(setting.variable(), setting);
      if (setting.secret()) {
        variables.put(setting.variable() + FILE, setting);
      }
    }
    return variables;
  }

  /** The environment variable, for example {@code EVENTSTREAM_SPOOL_DIR}. */
  String variable() {
    return name().startsWith("ELASTICSEARCH_") ? name() : PREFIX + name();
  }

  /** The name in a file of settings, for example {@code spool-dir}; an option adds two dashes. */
  String key() {
    return keyOf(variable());
  }

  /** The name in a file of settings that belongs to an environment variable. */
  static String keyOf(String variable) {
    String own = variable.startsWith(PREFIX) ? variable.substring(PREFIX.length()) : variable;
    return own.toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** How the text is parsed. */
  ValueType<?> type() {
    return type;
  }

  /** The default; empty: none. */
  String defaultText() {
    return defaultText;
  }

  /** One or two sentences for {@code --help} and the documentation. */
  String meaning() {
    return meaning;
  }

  /** Whether the value is never shown. */
  boolean secret() {
    return type.secret();
  }

  private static String fingerprint(String sha256) {
    ElasticsearchSink.builder(List.of(URI.create("https://localhost")))
        .certificateFingerprint(sha256);
    return sha256;
  }

  private static Map<String, String> headers(String lines) {
    Map<String, String> headers = new LinkedHashMap<>();
    for (String line : (Iterable<String>) lines.lines()::iterator) {
      int colon = line.indexOf(':');
      String name = line.substring(0, Math.max(0, colon)).strip();
      if (!HEADER_NAME.matcher(name).matches()) { // not shown: it may be a part of the value
        throw new IllegalArgumentException("write one header per line, such as X-Tenant: shop");
      }
      headers.put(name, line.substring(colon + 1).strip());
    }
    ElasticsearchSink.builder(List.of(URI.create("http://localhost"))).headers(headers);
    return headers;
  }

  private static URI collectorUrl(String url) {
    URI uri;
    try {
      uri = new URI(url);
    } catch (URISyntaxException e) { // its message quotes the URL, which may hold a password
      throw new IllegalArgumentException("write a URL such as http://localhost:4318/v1/metrics");
    }
    if (url.indexOf('@') >= 0) { // also if the user cannot be parsed
      throw new IllegalArgumentException(
          "it must not hold credentials; put them into OTEL_EXPORTER_OTLP_HEADERS");
    }
    String scheme = String.valueOf(uri.getScheme());
    if (uri.getHost() == null || !(scheme.equals("http") || scheme.equals("https"))) {
      throw new IllegalArgumentException("it looks like http://localhost:4318/v1/metrics");
    }
    return uri;
  }

  private static List<String> clusterUrls(List<String> urls) {
    if (urls.isEmpty()) {
      throw new IllegalArgumentException("name at least one URL, such as http://localhost:9200");
    }
    ElasticsearchSink.builder(urls.stream().map(Setting::clusterUrl).toList());
    return urls;
  }

  private static URI clusterUrl(String url) {
    String remedy =
        "write URLs such as http://localhost:9200, separated by commas; in a user and a password"
            + " write % and two hexadecimal digits for each of @ : / ? # % and the comma";
    URI uri;
    try {
      uri = new URI(url);
    } catch (URISyntaxException e) { // its message quotes the URL, which may hold a password
      throw new IllegalArgumentException(remedy);
    }
    String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
    if (uri.getHost() == null || !(scheme.equals("http") || scheme.equals("https"))) {
      throw new IllegalArgumentException(remedy);
    }
    return uri;
  }

  private static OptionalInt adminPort(String text) {
    if (text.equals("off")) {
      return OptionalInt.empty();
    }
    try {
      return OptionalInt.of(ValueType.integer(0, 65_535).parser().apply(text));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(e.getMessage() + ", or \"off\"", e);
    }
  }

  private static Set<String> origins(List<String> origins) {
    for (int i = 0; i < origins.size(); i++) {
      if (!origins.get(i).equals("*") && !ORIGIN.matcher(origins.get(i)).matches()) {
        throw new IllegalArgumentException(
            "number "
                + (i + 1)
                + " is not an origin; write it as browsers send it: https://shop.example");
      }
    }
    return Set.copyOf(new LinkedHashSet<>(origins));
  }

  private static List<String> proxies(List<String> proxies) {
    ClientAddresses.behind(proxies, ClientAddresses.Header.FORWARDED);
    return proxies;
  }

  private static String index(String value) {
    DefaultEventTransformer.builder().index(value).build();
    return value;
  }

  private static List<String> patterns(List<String> patterns) {
    if (!patterns.isEmpty()) {
      IndexTemplate.builder(patterns).build();
    }
    return patterns;
  }

  private static Ages ages(List<String> parts) {
    return Ages.parse(
        parts, ValueType.time(Duration.ofMinutes(1), Duration.ofDays(36_500)).parser());
  }

  private static String repositoryName(String name) {
    if (!REPOSITORY_NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "write 1 to 100 letters, digits, and . _ - after the first");
    }
    return name;
  }

  private static Set<String> eventTypes(List<String> types) {
    Set<String> distinct = new LinkedHashSet<>(types);
    DefaultEventTransformer.builder().allowedEventTypes(distinct).build();
    return Set.copyOf(distinct);
  }
}
