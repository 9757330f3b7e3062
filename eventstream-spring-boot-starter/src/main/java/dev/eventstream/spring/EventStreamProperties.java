package dev.eventstream.spring;

import dev.eventstream.Acknowledgement;
import dev.eventstream.ReservedMembers;
import dev.eventstream.es.OnMappingFailure;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The properties {@code eventstream.*}. They have the names of the server's settings, so that the
 * server's environment variables are valid here, too. A property that does not exist prevents the
 * start.
 *
 * @param enabled Whether the stream is configured automatically.
 * @param elasticsearchUrl One or several nodes of one Elasticsearch or OpenSearch cluster.
 * @param cluster How to reach and authenticate the cluster.
 * @param idDir The directory of the ID tables, for each event type a file named after it: an object
 *     from event value to event ID. Changed files are read again. Without it, no event gets an ID.
 * @param idFile Instead of a directory, for tables of millions of IDs: the file that "eventstream
 *     ids build" made of one.
 * @param unknownValues What happens to an event without an ID: it is indexed without one, or
 *     rejected.
 * @param index The index of an event. {eventType} is replaced by the event's type, and one of
 *     {yyyy.MM.dd}, {xxxx.ww} (ISO week), {yyyy.MM} and {yyyy} by the date of its @timestamp in
 *     UTC.
 * @param maxEventAge With a date in the index: how old the @timestamp of an event may be. For an
 *     older one the time of acceptance decides.
 * @param maxEventAhead With a date in the index: how far the @timestamp of an event may be in the
 *     future. Beyond it the time of acceptance decides.
 * @param repeatWindow With a date in the index: for how long after the change of an index repeated
 *     documents are recognised by a look into the previous index. Zero means never.
 * @param eventTypes The only accepted event types. Without it, all valid ones are accepted.
 * @param maxEventTypes The limit of distinct event types since the start, if the accepted types are
 *     not listed.
 * @param maxFields The limit of distinct fields per event, objects included.
 * @param maxValues The limit of values per event: members and elements of arrays, at all depths.
 * @param reservedMembers What happens to an event with a member that engines reserve, such as
 *     _routing: it is rejected, or the member is renamed, to routing_.
 * @param onMappingFailure What happens to an event that contradicts the mapping of its index: it is
 *     indexed with all of it as text in event.original, or it is a dead letter.
 * @param spool The spool on local disk.
 * @param ack When an event is acknowledged: when the cluster has it, otherwise when it is durable
 *     on disk; or as soon as it is durable on disk.
 * @param deliveryTimeout The time that the cluster may take before an event goes to the spool. By
 *     default 2s, and 10s without a spool.
 * @param giveUpAfter The time for which an event in the spool may fail while the cluster accepts
 *     others. After it, the event becomes a dead letter. Without it, the event is retried without
 *     end.
 * @param throttle The limit of events per second that are sent to the cluster. The excess goes to
 *     the spool. Without it, there is no limit.
 * @param maxBatchEvents The limit of documents in a bulk request.
 * @param maxBatchBytes The limit of bytes of documents in a bulk request. By default 5MB, or 1/128
 *     of the heap if that is less.
 * @param linger How long a document waits for others to share its bulk request while another
 *     request is in flight.
 * @param maxInFlightRequests The limit of concurrent bulk requests.
 * @param maxInFlightBytes The limit of bytes of accepted documents that are not settled. Beyond it,
 *     events are refused. By default 64MB, or a quarter of the heap if that is less.
 * @param backoff The upper bound of the random delay before the second attempt. It doubles with
 *     each further attempt.
 * @param maxBackoff The limit of the random delay between attempts.
 * @param closeTimeout How long the stop of the application waits for events that are not settled.
 */
@ConfigurationProperties(prefix = "eventstream", ignoreUnknownFields = false)
public record EventStreamProperties(
    @DefaultValue("true") boolean enabled,
    @DefaultValue("http://localhost:9200") List<String> elasticsearchUrl,
    @DefaultValue Cluster cluster,
    @Nullable Path idDir,
    @Nullable Path idFile,
    @DefaultValue("index") UnknownValues unknownValues,
    @DefaultValue("{eventType}") String index,
    @DefaultValue("30d") Duration maxEventAge,
    @DefaultValue("1h") Duration maxEventAhead,
    @DefaultValue("1h") Duration repeatWindow,
    @DefaultValue List<String> eventTypes,
    @DefaultValue("1000") int maxEventTypes,
    @DefaultValue("1000") int maxFields,
    @DefaultValue("10000") int maxValues,
    @DefaultValue("reject") ReservedMembers reservedMembers,
    @DefaultValue("shelter") OnMappingFailure onMappingFailure,
    @DefaultValue Spool spool,
    @DefaultValue("indexed") Acknowledgement ack,
    @Nullable Duration deliveryTimeout,
    @Nullable Duration giveUpAfter,
    @Nullable Integer throttle,
    @DefaultValue("1000") int maxBatchEvents,
    @Nullable DataSize maxBatchBytes,
    @DefaultValue("5ms") Duration linger,
    @DefaultValue("4") int maxInFlightRequests,
    @Nullable DataSize maxInFlightBytes,
    @DefaultValue("50ms") Duration backoff,
    @DefaultValue("2s") Duration maxBackoff,
    @DefaultValue("15s") Duration closeTimeout) {

  /** What happens to an event without an ID. */
  public enum UnknownValues {
    /** It is indexed without an ID. */
    INDEX,
    /** It is rejected. */
    REJECT
  }

  /**
   * How to reach and authenticate the cluster.
   *
   * @param user The user for the cluster. Needs a password.
   * @param password The password of the user.
   * @param passwordFile A file that holds the password; it is read again when it changes.
   * @param apiKey Instead of a user: an API key of Elasticsearch, in its encoded form.
   * @param apiKeyFile A file that holds the API key; it is read again when it changes.
   * @param token Instead of a user: a bearer token, such as a JWT.
   * @param tokenFile A file that holds the token; it is read again when it changes.
   * @param sslBundle The SSL bundle with the trusted certificates and the client certificate, if
   *     any. A changed bundle is used for new connections.
   * @param ca Instead of an SSL bundle: a PEM file of the certificate authorities that are trusted
   *     to sign the cluster's certificates. Without both, those of the JVM are trusted.
   * @param fingerprint Instead of authorities: the SHA-256 of the only trusted certificate, that of
   *     the cluster or of its authority.
   * @param cert Instead of an SSL bundle: a PEM file of the client certificate for the cluster.
   *     Needs its key.
   * @param key A PEM file of the private key of the client certificate.
   * @param keyPassword The password of the private key, if it has one.
   * @param keyPasswordFile A file that holds the password of the private key; it is read again when
   *     it changes.
   * @param verifyHost Whether a node's certificate must be valid for the host in its URL. Without
   *     it, anyone with a certificate of a trusted authority can impersonate the cluster.
   * @param proxy The HTTP proxy for connections to the cluster, as host:port.
   * @param proxyUser The user for the proxy. Needs a password.
   * @param proxyPassword The password of the user for the proxy.
   * @param proxyPasswordFile A file that holds the proxy's password; it is read again when it
   *     changes.
   * @param headers Headers that are added to every request to the cluster, for a gateway.
   * @param sniff The interval at which the cluster is asked for its nodes, all of which are then
   *     written to. It must be longer than the request time-out. Without it, only the configured
   *     nodes are used.
   * @param compress Whether requests to the cluster are compressed with gzip. This costs processor
   *     time, and pays off where the network is slow or expensive.
   * @param connectTimeout The time-out for connecting to a node.
   * @param requestTimeout The time for which a node may be silent during a request. After it, the
   *     request has failed and is retried.
   */
  public record Cluster(
      @Nullable String user,
      @Nullable String password,
      @Nullable Path passwordFile,
      @Nullable String apiKey,
      @Nullable Path apiKeyFile,
      @Nullable String token,
      @Nullable Path tokenFile,
      @Nullable String sslBundle,
      @Nullable Path ca,
      @Nullable String fingerprint,
      @Nullable Path cert,
      @Nullable Path key,
      @Nullable String keyPassword,
      @Nullable Path keyPasswordFile,
      @DefaultValue("true") boolean verifyHost,
      @Nullable String proxy,
      @Nullable String proxyUser,
      @Nullable String proxyPassword,
      @Nullable Path proxyPasswordFile,
      @DefaultValue Map<String, String> headers,
      @Nullable Duration sniff,
      @DefaultValue("false") boolean compress,
      @DefaultValue("2s") Duration connectTimeout,
      @DefaultValue("10s") Duration requestTimeout) {

    /** Shows no secrets. */
    @Override
    public String toString() {
      return "Cluster[user=" + user + ", proxy=" + proxy + "]";
    }
  }

  /**
   * The spool on local disk.
   *
   * @param enabled Whether events that the cluster does not accept now are kept on disk. Without
   *     it, they are refused.
   * @param dir The directory of the spool. Several applications can share it: each uses its own
   *     subdirectory.
   * @param maxBytes The disk space that the spool may use. When it is full, events are refused
   *     until there is space again.
   * @param minFreeBytes The disk space that always stays free.
   * @param maxDeadLetterBytes The disk space that dead letters may use.
   */
  public record Spool(
      @DefaultValue("true") boolean enabled,
      @DefaultValue("./data/spool") Path dir,
      @DefaultValue("1GB") DataSize maxBytes,
      @DefaultValue("256MB") DataSize minFreeBytes,
      @DefaultValue("128MB") DataSize maxDeadLetterBytes) {}
}
