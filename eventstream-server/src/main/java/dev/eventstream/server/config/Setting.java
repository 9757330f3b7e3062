package dev.eventstream.server.config;

import dev.eventstream.Acknowledgement;
import dev.eventstream.DefaultEventTransformer;
import dev.eventstream.ReservedMembers;
import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.server.guard.ClientAddresses;
import dev.eventstream.server.guard.IngestKeys;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * One setting. What is said here of it is all that there is: the command line, {@code --help}, the
 * reference in the documentation and the checks at the start are made of it.
 *
 * <p>A setting that is a secret is not taken from the command line, which others on the machine can
 * read. Each has a sister whose name ends in {@code _FILE}: the file that holds the secret, which
 * is read again when it changes.
 *
 * @param name the environment variable
 * @param type how its text is read
 * @param defaultText its default; empty: none
 * @param meaning one sentence or two
 * @param secret whether it is never to be shown
 * @param <T> what its text becomes
 */
public record Setting<T>(
    String name, ValueType<T> type, String defaultText, String meaning, boolean secret) {
  static final String PREFIX = "EVENTSTREAM_";
  static final String FILE = "_FILE";

  private static final Pattern ORIGIN =
      Pattern.compile("https?://[a-z0-9.-]+(:\\d{1,5})?|https?://\\[[0-9a-f:]+](:\\d{1,5})?");

  private static final Pattern HEADER_NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");

  static final Setting<Path> CONFIG =
      of(
          "EVENTSTREAM_CONFIG",
          ValueType.file("name a .yaml, .yml or .properties file, or unset it"),
          "",
          "A file of settings, .yaml, .yml or .properties. The command line and the environment come"
              + " before it.");
  static final Setting<List<String>> URL =
      of(
          "ELASTICSEARCH_URL",
          ValueType.list("http or https", Setting::clusterUrls),
          "http://localhost:9200",
          "One or several nodes of one Elasticsearch or OpenSearch cluster.");
  static final Setting<String> CLUSTER_USER =
      of(
          "EVENTSTREAM_CLUSTER_USER",
          ValueType.text(),
          "",
          "The user that the cluster knows us as; needs EVENTSTREAM_CLUSTER_PASSWORD.");
  static final Setting<String> CLUSTER_PASSWORD =
      secret("EVENTSTREAM_CLUSTER_PASSWORD", "The user's password.");
  static final Setting<String> CLUSTER_API_KEY =
      secret(
          "EVENTSTREAM_CLUSTER_API_KEY",
          "Instead of a user: an API key of Elasticsearch, in the form that it calls encoded.");
  static final Setting<String> CLUSTER_TOKEN =
      secret("EVENTSTREAM_CLUSTER_TOKEN", "Instead of a user: a bearer token, such as a JWT.");
  static final Setting<Path> CLUSTER_CA =
      of(
          "EVENTSTREAM_CLUSTER_CA",
          ValueType.file("name a PEM file of one or several certificates"),
          "",
          "The certificate authorities that may vouch for the cluster. Without it those of the JVM"
              + " may.");
  static final Setting<String> CLUSTER_FINGERPRINT =
      of(
          "EVENTSTREAM_CLUSTER_FINGERPRINT",
          new ValueType<>("fingerprint", "SHA-256, 64 hexadecimal digits", Setting::fingerprint),
          "",
          "Instead of EVENTSTREAM_CLUSTER_CA: the one certificate to trust, the cluster's own or its"
              + " authority's.");
  static final Setting<Path> CLUSTER_CERT =
      of(
          "EVENTSTREAM_CLUSTER_CERT",
          ValueType.file("name a PEM file of our certificate and those that have signed it"),
          "",
          "The certificate that shows the cluster who we are; needs EVENTSTREAM_CLUSTER_KEY.");
  static final Setting<Path> CLUSTER_KEY =
      of(
          "EVENTSTREAM_CLUSTER_KEY",
          ValueType.file("name a PEM file of the certificate's private key, PKCS#8"),
          "",
          "The private key of that certificate.");
  static final Setting<String> CLUSTER_KEY_PASSWORD =
      secret("EVENTSTREAM_CLUSTER_KEY_PASSWORD", "The password of that key, if it has one.");
  static final Setting<Boolean> CLUSTER_VERIFY_HOST =
      of(
          "EVENTSTREAM_CLUSTER_VERIFY_HOST",
          ValueType.choice("yes", true, "no", false),
          "yes",
          "Whether a node's certificate must be for the host in its URL. Without that, whoever has"
              + " any certificate of a trusted authority can pass for the cluster.");
  static final Setting<HostAndPort> CLUSTER_PROXY =
      of(
          "EVENTSTREAM_CLUSTER_PROXY",
          new ValueType<>("host:port", "", HostAndPort::parse),
          "",
          "The HTTP proxy through which the cluster is reached.");
  static final Setting<String> CLUSTER_PROXY_USER =
      of(
          "EVENTSTREAM_CLUSTER_PROXY_USER",
          ValueType.text(),
          "",
          "The user that the proxy knows us as; needs EVENTSTREAM_CLUSTER_PROXY_PASSWORD.");
  static final Setting<String> CLUSTER_PROXY_PASSWORD =
      secret("EVENTSTREAM_CLUSTER_PROXY_PASSWORD", "That user's password.");
  static final Setting<Map<String, String>> CLUSTER_HEADERS =
      new Setting<>(
          "EVENTSTREAM_CLUSTER_HEADERS",
          new ValueType<>("headers", "one `Name: value` a line", Setting::headers),
          "",
          "Headers that every request to the cluster gets, for a gateway before it. Read at the"
              + " start only.",
          true);
  static final Setting<Duration> CLUSTER_SNIFF =
      of(
          "EVENTSTREAM_CLUSTER_SNIFF",
          ValueType.time(Duration.ofSeconds(1), Duration.ofHours(1)),
          "",
          "How often the cluster is asked for its nodes, all of which are written to then; longer than"
              + " EVENTSTREAM_CLUSTER_REQUEST_TIMEOUT. Without it those in ELASTICSEARCH_URL are.");
  static final Setting<Boolean> CLUSTER_COMPRESS =
      of(
          "EVENTSTREAM_CLUSTER_COMPRESS",
          ValueType.choice("no", false, "yes", true),
          "no",
          "Whether requests to the cluster are packed with gzip: worth its processor time where the"
              + " network is slow or costs money.");
  static final Setting<Duration> CLUSTER_CONNECT_TIMEOUT =
      of(
          "EVENTSTREAM_CLUSTER_CONNECT_TIMEOUT",
          ValueType.time(Duration.ofMillis(1), Duration.ofMinutes(10)),
          "2s",
          "How long connecting to a node may take.");
  static final Setting<Duration> CLUSTER_REQUEST_TIMEOUT =
      of(
          "EVENTSTREAM_CLUSTER_REQUEST_TIMEOUT",
          ValueType.time(Duration.ofMillis(1), Duration.ofMinutes(10)),
          "10s",
          "How long a node may stay silent during a request, which counts as failed then and is made"
              + " again.");
  static final Setting<String> HOST =
      of("EVENTSTREAM_HOST", ValueType.text(), "0.0.0.0", "The address to listen on.");
  static final Setting<Integer> PORT =
      of(
          "EVENTSTREAM_PORT",
          ValueType.integer(0, 65_535),
          "8080",
          "The port to listen on; 0: any free one.");
  static final Setting<String> ADMIN_HOST =
      of(
          "EVENTSTREAM_ADMIN_HOST",
          ValueType.text(),
          "127.0.0.1",
          "The address to listen on for /metrics and /healthz. They are open to whoever reaches it.");
  static final Setting<OptionalInt> ADMIN_PORT =
      of(
          "EVENTSTREAM_ADMIN_PORT",
          new ValueType<>("whole number", "0 to 65535, or `off`", Setting::adminPort),
          "8081",
          "The port for them; 0: any free one.");
  static final Setting<Path> TLS_CERT =
      of(
          "EVENTSTREAM_TLS_CERT",
          ValueType.file("name a PEM file of a certificate and those that have signed it"),
          "",
          "The server's certificate: with it EVENTSTREAM_PORT takes HTTPS only. It and its key are"
              + " read again when they change.");
  static final Setting<Path> TLS_KEY =
      of(
          "EVENTSTREAM_TLS_KEY",
          ValueType.file("name a PEM file of the certificate's private key, PKCS#8"),
          "",
          "The private key of that certificate.");
  static final Setting<String> TLS_KEY_PASSWORD =
      secret("EVENTSTREAM_TLS_KEY_PASSWORD", "The password of that key, if it has one.");
  static final Setting<IngestKeys> AUTH =
      new Setting<>(
          "EVENTSTREAM_AUTH",
          new ValueType<>("keys", "1 to 100, one a line", IngestKeys::parse),
          "",
          "The keys with which events may be sent, as \"keys NAME\" makes them. Without it whoever"
              + " reaches the port may send events.",
          true);
  static final Setting<Set<String>> CORS_ORIGINS =
      of(
          "EVENTSTREAM_CORS_ORIGINS",
          ValueType.list("origins such as `https://shop.example`, or `*`", Setting::origins),
          "",
          "The origins whose pages may send events from a browser and read the answer. Without it"
              + " only pages from this server may.");
  static final Setting<Integer> RATE_LIMIT =
      of(
          "EVENTSTREAM_RATE_LIMIT",
          ValueType.integer(1, 10_000_000),
          "",
          "How many events a second one client may send; ten seconds' worth may come at once."
              + " Without it there is no bound.");
  static final Setting<List<String>> TRUSTED_PROXIES =
      of(
          "EVENTSTREAM_TRUSTED_PROXIES",
          ValueType.list("addresses, or networks such as `10.0.0.0/8`", Setting::proxies),
          "",
          "The proxies before this server that are believed when they say who their client is.");
  static final Setting<ClientAddresses.Header> FORWARDED_BY =
      of(
          "EVENTSTREAM_FORWARDED_BY",
          ValueType.choice(
              "x-forwarded-for",
              ClientAddresses.Header.X_FORWARDED_FOR,
              "forwarded",
              ClientAddresses.Header.FORWARDED),
          "x-forwarded-for",
          "The header in which they say it. The other one is not looked at: a client may have"
              + " written it.");
  static final Setting<Long> MAX_BODY_BYTES =
      of(
          "EVENTSTREAM_MAX_BODY_BYTES",
          ValueType.bytes(1L << 10, 1L << 30),
          "10MiB",
          "How large the body of a request may be, and what becomes of it when it is unpacked.");
  static final Setting<Integer> MAX_EVENTS =
      of(
          "EVENTSTREAM_MAX_EVENTS",
          ValueType.integer(1, 1_000_000),
          "10000",
          "How many events a request may hold.");
  static final Setting<Long> MAX_HEADER_BYTES =
      of(
          "EVENTSTREAM_MAX_HEADER_BYTES",
          ValueType.bytes(1L << 10, 1L << 20),
          "8KiB",
          "How large the head of a request may be.");
  static final Setting<Integer> MAX_CONNECTIONS =
      of(
          "EVENTSTREAM_MAX_CONNECTIONS",
          ValueType.integer(1, 1_000_000),
          "",
          "How many connections may be open; at the limit silent ones are closed after a second, and"
              + " new ones wait. Without it as many as heap and open files allow, at most 12000.");
  static final Setting<Duration> IDLE_TIMEOUT =
      of(
          "EVENTSTREAM_IDLE_TIMEOUT",
          ValueType.time(Duration.ofSeconds(1), Duration.ofHours(1)),
          "30s",
          "How long a connection may be silent between requests.");
  static final Setting<Duration> BODY_TIMEOUT =
      of(
          "EVENTSTREAM_BODY_TIMEOUT",
          ValueType.time(Duration.ofSeconds(1), Duration.ofHours(1)),
          "30s",
          "How long a body may take at any speed; one that takes longer has to come with 16 KiB a"
              + " second.");
  static final Setting<Duration> STOP_TIMEOUT =
      of(
          "EVENTSTREAM_STOP_TIMEOUT",
          ValueType.time(Duration.ofSeconds(1), Duration.ofMinutes(10)),
          "20s",
          "How long the server waits for running requests when it is told to stop.");
  static final Setting<Path> ID_DIR =
      of(
          "EVENTSTREAM_ID_DIR",
          ValueType.directory(),
          "",
          "Where one file <eventType>.json lies for each event type, an object from event value to"
              + " event ID; read again when one changes. Without it no event gets an ID.");
  static final Setting<Path> ID_FILE =
      of(
          "EVENTSTREAM_ID_FILE",
          ValueType.file("make it with \"ids build\" or unset it"),
          "",
          "Instead of EVENTSTREAM_ID_DIR, for tables of millions of IDs: the file that \"ids build\""
              + " made of such a directory.");
  static final Setting<Boolean> UNKNOWN_VALUES =
      of(
          "EVENTSTREAM_UNKNOWN_VALUES",
          ValueType.choice("index", false, "reject", true),
          "index",
          "What happens to an event without an ID: it is indexed without one, or rejected.");
  static final Setting<String> INDEX =
      of(
          "EVENTSTREAM_INDEX",
          new ValueType<>("index name", "", Setting::index),
          "{eventType}",
          "The index an event goes to; {eventType} stands for the event's type.");
  static final Setting<Set<String>> EVENT_TYPES =
      of(
          "EVENTSTREAM_EVENT_TYPES",
          ValueType.list("", Setting::eventTypes),
          "",
          "The only event types that are taken. Without it all valid ones are.");
  static final Setting<Integer> MAX_EVENT_TYPES =
      of(
          "EVENTSTREAM_MAX_EVENT_TYPES",
          ValueType.integer(1, Integer.MAX_VALUE),
          "1000",
          "How many distinct event types are taken from the start on, where EVENTSTREAM_EVENT_TYPES"
              + " is not set.");
  static final Setting<Integer> MAX_FIELDS =
      of(
          "EVENTSTREAM_MAX_FIELDS",
          ValueType.integer(2, Integer.MAX_VALUE),
          "1000",
          "How many distinct fields an event may have, objects included; elements of an array share"
              + " theirs. More than an index takes (index.mapping.total_fields.limit) slow down the"
              + " whole cluster before it refuses them.");
  static final Setting<Integer> MAX_VALUES =
      of(
          "EVENTSTREAM_MAX_VALUES",
          ValueType.integer(2, Integer.MAX_VALUE),
          "10000",
          "How many values an event may have: members and elements of arrays, at all depths.");
  static final Setting<ReservedMembers> RESERVED_MEMBERS =
      of(
          "EVENTSTREAM_RESERVED_MEMBERS",
          ValueType.choice("reject", ReservedMembers.REJECT, "rename", ReservedMembers.RENAME),
          "reject",
          "What happens to an event with a member that engines reserve, such as _routing: it is"
              + " rejected, or the member is renamed, to routing_.");
  static final Setting<Path> SPOOL_DIR =
      of(
          "EVENTSTREAM_SPOOL_DIR",
          ValueType.path(),
          "./data/spool",
          "Where documents wait on disk that the cluster does not take now. Several servers may"
              + " share one: each takes a directory of its own below it.");
  static final Setting<Long> SPOOL_MAX_BYTES =
      of(
          "EVENTSTREAM_SPOOL_MAX_BYTES",
          ValueType.bytes(16L << 20, Long.MAX_VALUE),
          "1GiB",
          "How much disk they may take; then events are refused until there is room again.");
  static final Setting<Long> SPOOL_MIN_FREE_BYTES =
      of(
          "EVENTSTREAM_SPOOL_MIN_FREE_BYTES",
          ValueType.bytes(0, Long.MAX_VALUE),
          "256MiB",
          "How much of the disk stays free in any case.");
  static final Setting<Acknowledgement> ACK =
      of(
          "EVENTSTREAM_ACK",
          ValueType.choice("indexed", Acknowledgement.INDEXED, "spooled", Acknowledgement.SPOOLED),
          "indexed",
          "When an event is answered as accepted: when the cluster has acknowledged it, or else when"
              + " it is safe on disk; or at once when it is safe on disk.");
  static final Setting<Duration> DELIVERY_TIMEOUT =
      of(
          "EVENTSTREAM_DELIVERY_TIMEOUT",
          ValueType.time(Duration.ofMillis(1), Duration.ofMinutes(10)),
          "2s",
          "How long the cluster may take before an event goes to the spool.");
  static final Setting<Duration> GIVE_UP_AFTER =
      of(
          "EVENTSTREAM_GIVE_UP_AFTER",
          ValueType.time(Duration.ofSeconds(1), Duration.ofDays(365)),
          "",
          "For how long an event in the spool may fail while the cluster takes others, until it"
              + " becomes a dead letter. Without it, it is tried for ever.");
  static final Setting<Integer> THROTTLE =
      of(
          "EVENTSTREAM_THROTTLE",
          ValueType.integer(1, Integer.MAX_VALUE),
          "",
          "How many events a second the cluster gets at most; the spool takes the excess. Without it"
              + " there is no bound.");
  static final Setting<String> LOG_FORMAT =
      of(
          "EVENTSTREAM_LOG_FORMAT",
          ValueType.choice("text", "text", "json", "json"),
          "text",
          "How the log on standard error looks: lines for people, or a JSON object a line.");
  static final Setting<URI> OTLP_URL =
      of(
          "EVENTSTREAM_OTLP_URL",
          new ValueType<>("URL", "http or https", Setting::collectorUrl),
          "",
          "An OpenTelemetry collector that gets the metrics as well, such as"
              + " `http://localhost:4318/v1/metrics`.");
  static final Setting<Duration> OTLP_INTERVAL =
      of(
          "EVENTSTREAM_OTLP_INTERVAL",
          ValueType.time(Duration.ofSeconds(1), Duration.ofHours(1)),
          "1min",
          "How often it gets them.");

  /** All settings, in the order in which they are documented. */
  public static final List<Setting<?>> ALL =
      List.of(
          CONFIG,
          URL,
          CLUSTER_USER,
          CLUSTER_PASSWORD,
          CLUSTER_API_KEY,
          CLUSTER_TOKEN,
          CLUSTER_CA,
          CLUSTER_FINGERPRINT,
          CLUSTER_CERT,
          CLUSTER_KEY,
          CLUSTER_KEY_PASSWORD,
          CLUSTER_VERIFY_HOST,
          CLUSTER_PROXY,
          CLUSTER_PROXY_USER,
          CLUSTER_PROXY_PASSWORD,
          CLUSTER_HEADERS,
          CLUSTER_SNIFF,
          CLUSTER_COMPRESS,
          CLUSTER_CONNECT_TIMEOUT,
          CLUSTER_REQUEST_TIMEOUT,
          HOST,
          PORT,
          ADMIN_HOST,
          ADMIN_PORT,
          TLS_CERT,
          TLS_KEY,
          TLS_KEY_PASSWORD,
          AUTH,
          CORS_ORIGINS,
          RATE_LIMIT,
          TRUSTED_PROXIES,
          FORWARDED_BY,
          MAX_BODY_BYTES,
          MAX_EVENTS,
          MAX_HEADER_BYTES,
          MAX_CONNECTIONS,
          IDLE_TIMEOUT,
          BODY_TIMEOUT,
          STOP_TIMEOUT,
          ID_DIR,
          ID_FILE,
          UNKNOWN_VALUES,
          INDEX,
          EVENT_TYPES,
          MAX_EVENT_TYPES,
          MAX_FIELDS,
          MAX_VALUES,
          RESERVED_MEMBERS,
          SPOOL_DIR,
          SPOOL_MAX_BYTES,
          SPOOL_MIN_FREE_BYTES,
          ACK,
          DELIVERY_TIMEOUT,
          GIVE_UP_AFTER,
          THROTTLE,
          LOG_FORMAT,
          OTLP_URL,
          OTLP_INTERVAL);

  private static <T> Setting<T> of(
      String name, ValueType<T> type, String defaultText, String meaning) {
    return new Setting<>(name, type, defaultText, meaning, false);
  }

  /** Those that are URLs or a part of one. Their parsers do not quote the value. */
  static final Set<Setting<?>> URLS = Set.of(URL, CLUSTER_PROXY, CORS_ORIGINS, OTLP_URL);

  private static Setting<String> secret(String name, String meaning) {
    return new Setting<>(name, ValueType.text(), "", meaning, true);
  }

  /**
   * All environment variables, each with its setting; a secret also has a {@code _FILE} variant.
   */
  static Map<String, Setting<?>> variables() {
    Map<String, Setting<?>> variables = new LinkedHashMap<>();
    for (Setting<?> setting : ALL) {
      variables.put(setting.name(), setting);
      if (setting.secret()) {
        variables.put(setting.name() + FILE, setting);
      }
    }
    return variables;
  }

  /**
   * Its name in a file of settings; with two dashes before it, on the command line.
   *
   * @return for example {@code spool-dir}
   */
  public String key() {
    return keyOf(name);
  }

  /**
   * How a name of an environment variable stands in a file of settings.
   *
   * @param name for example {@code EVENTSTREAM_SPOOL_DIR}
   * @return for example {@code spool-dir}
   */
  static String keyOf(String name) {
    String own = name.startsWith(PREFIX) ? name.substring(PREFIX.length()) : name;
    return own.toLowerCase(Locale.ROOT).replace('_', '-');
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
      if (!HEADER_NAME.matcher(name).matches()) { // it may be a part of the value, so is not shown
        throw new IllegalArgumentException("write one header a line, such as X-Tenant: shop");
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
    } catch (URISyntaxException e) { // it quotes the URL, which may hold a password
      throw new IllegalArgumentException("write a URL such as http://localhost:4318/v1/metrics");
    }
    if (url.indexOf('@') >= 0) { // also where no user can be told apart
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
    } catch (URISyntaxException e) { // it quotes the URL, which may hold a password
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
                + " is no origin; write it as browsers send it: https://shop.example");
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

  private static Set<String> eventTypes(List<String> types) {
    Set<String> distinct = new LinkedHashSet<>(types);
    DefaultEventTransformer.builder().allowedEventTypes(distinct).build();
    return Set.copyOf(distinct);
  }
}
