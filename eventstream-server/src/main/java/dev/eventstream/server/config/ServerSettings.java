package dev.eventstream.server.config;

import dev.eventstream.Acknowledgement;
import dev.eventstream.DefaultEventTransformer;
import dev.eventstream.es.ElasticsearchSink;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The server's settings, checked.
 *
 * @param clusterUrls the nodes of the cluster
 * @param host the address to listen on
 * @param port the port to listen on, 0 for any free one
 * @param idDirectory where the ID tables are, or null
 * @param idFile the file of IDs, where there is no directory, or null
 * @param rejectUnknownValues whether an event without an ID is rejected
 * @param index the pattern of index names
 * @param eventTypes the event types that are taken; empty: all valid ones
 * @param maxEventTypes how many distinct event types are taken
 * @param delivery how documents get to the cluster
 */
public record ServerSettings(
    List<String> clusterUrls,
    String host,
    int port,
    @Nullable Path idDirectory,
    @Nullable Path idFile,
    boolean rejectUnknownValues,
    String index,
    Set<String> eventTypes,
    int maxEventTypes,
    Delivery delivery) {

  /**
   * How documents get to the cluster, and where they wait.
   *
   * @param spoolDirectory where they wait
   * @param spoolMaxBytes how much disk that may take
   * @param spoolMinFreeBytes how much of the disk stays free
   * @param acknowledgement when an event is answered
   * @param timeout how long the cluster may take
   * @param throttle how many documents a second the cluster gets; 0: as many as there are
   */
  public record Delivery(
      Path spoolDirectory,
      long spoolMaxBytes,
      long spoolMinFreeBytes,
      Acknowledgement acknowledgement,
      Duration timeout,
      int throttle) {}

  private static final Path NOWHERE = Path.of("");
  private static final String PREFIX = "EVENTSTREAM_";

  /**
   * Copies the collections.
   *
   * @param clusterUrls the nodes of the cluster
   * @param host the address to listen on
   * @param port the port to listen on
   * @param idDirectory where the ID tables are, or null
   * @param idFile the file of IDs, where there is no directory, or null
   * @param rejectUnknownValues whether an event without an ID is rejected
   * @param index the pattern of index names
   * @param eventTypes the event types that are taken
   * @param maxEventTypes how many distinct event types are taken
   * @param delivery how documents get to the cluster
   */
  public ServerSettings {
    clusterUrls = List.copyOf(clusterUrls);
    eventTypes = Set.copyOf(eventTypes);
  }

  /**
   * Reads the settings from environment variables.
   *
   * @param environment names and values; an empty value counts as not set
   * @return the settings
   * @throws InvalidSettingsException with every fault, each with name, value and remedy
   */
  public static ServerSettings fromEnvironment(Map<String, String> environment)
      throws InvalidSettingsException {
    Reader reader = new Reader(environment);
    reader.refuseUnknown();
    ServerSettings settings =
        new ServerSettings(
            reader.read(Setting.URL, List.of(), ServerSettings::clusterUrls),
            reader.read(Setting.HOST, "", value -> value),
            reader.read(Setting.PORT, 0, value -> integer(value, 0, 65_535)),
            reader.readOptional(Setting.ID_DIR, ServerSettings::directory),
            reader.readOptional(Setting.ID_FILE, ServerSettings::idFile),
            reader.read(Setting.UNKNOWN_VALUES, false, ServerSettings::isReject),
            reader.read(Setting.INDEX, "", ServerSettings::index),
            reader.read(Setting.EVENT_TYPES, Set.of(), ServerSettings::eventTypes),
            reader.read(Setting.MAX_EVENT_TYPES, 0, value -> integer(value, 1, Integer.MAX_VALUE)),
            new Delivery(
                reader.read(Setting.SPOOL_DIR, NOWHERE, Path::of),
                reader.read(Setting.SPOOL_MAX_BYTES, 0L, value -> bytes(value, 16L << 20)),
                reader.read(Setting.SPOOL_MIN_FREE_BYTES, 0L, value -> bytes(value, 0)),
                reader.read(Setting.ACK, Acknowledgement.INDEXED, ServerSettings::acknowledgement),
                reader.read(Setting.DELIVERY_TIMEOUT, Duration.ZERO, ServerSettings::timeout),
                reader.read(Setting.THROTTLE, 0, value -> integer(value, 1, Integer.MAX_VALUE))));
    if (settings.idDirectory() != null && settings.idFile() != null) {
      reader.fault(
          Setting.ID_DIR.name()
              + " and "
              + Setting.ID_FILE.name()
              + " are both set; unset the one that is not to be used");
    }
    reader.finish();
    return settings;
  }

  private static List<String> clusterUrls(String value) {
    List<String> urls = list(value);
    if (urls.isEmpty()) {
      throw new IllegalArgumentException("name at least one URL, such as http://localhost:9200");
    }
    ElasticsearchSink.builder(urls.stream().map(ServerSettings::clusterUrl).toList());
    return urls;
  }

  private static URI clusterUrl(String url) {
    String remedy = "write URLs such as http://localhost:9200, separated by commas";
    URI uri;
    try {
      uri = new URI(url);
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException(remedy, e);
    }
    String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
    if (uri.getHost() == null || !(scheme.equals("http") || scheme.equals("https"))) {
      throw new IllegalArgumentException(remedy);
    }
    return uri;
  }

  private static String index(String value) {
    DefaultEventTransformer.builder().index(value).build();
    return value;
  }

  private static Set<String> eventTypes(String value) {
    Set<String> types = new LinkedHashSet<>(list(value));
    DefaultEventTransformer.builder().allowedEventTypes(types).build();
    return types;
  }

  private static int integer(String value, int min, int max) {
    String remedy =
        max == Integer.MAX_VALUE
            ? "write a whole number of at least " + min
            : "write a whole number from " + min + " to " + max;
    try {
      int number = Integer.parseInt(value);
      if (number >= min && number <= max) {
        return number;
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(remedy, e);
    }
    throw new IllegalArgumentException(remedy);
  }

  private static long bytes(String value, long min) {
    Matcher matcher = Pattern.compile("(\\d{1,15}) ?(|KiB|MiB|GiB|TiB)").matcher(value);
    if (matcher.matches()) {
      int power = List.of("", "KiB", "MiB", "GiB", "TiB").indexOf(matcher.group(2));
      long number = Long.parseLong(matcher.group(1));
      if (number <= Long.MAX_VALUE >> (10 * power) && number << (10 * power) >= min) {
        return number << (10 * power);
      }
    }
    throw new IllegalArgumentException(
        "write a number of bytes of at least " + min + ", such as 512MiB or 1GiB");
  }

  private static Duration timeout(String value) {
    Matcher matcher = Pattern.compile("(\\d{1,9}) ?(ms|s|min)").matcher(value);
    if (matcher.matches()) {
      long number = Long.parseLong(matcher.group(1));
      Duration time =
          switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(number);
            case "s" -> Duration.ofSeconds(number);
            default -> Duration.ofMinutes(number);
          };
      if (!time.isZero() && time.compareTo(Duration.ofMinutes(10)) <= 0) {
        return time;
      }
    }
    throw new IllegalArgumentException("write a time from 1ms to 10min, such as 500ms or 2s");
  }

  private static Acknowledgement acknowledgement(String value) {
    return switch (value) {
      case "indexed" -> Acknowledgement.INDEXED;
      case "spooled" -> Acknowledgement.SPOOLED;
      default -> throw new IllegalArgumentException("write \"indexed\" or \"spooled\"");
    };
  }

  private static Path directory(String value) {
    Path path = Path.of(value);
    if (!Files.isDirectory(path)) {
      throw new IllegalArgumentException("there is no such directory; create it or unset it");
    }
    return path;
  }

  private static Path idFile(String value) {
    Path path = Path.of(value);
    if (!Files.isRegularFile(path)) {
      throw new IllegalArgumentException(
          "there is no such file; make it with \"ids build\" or unset it");
    }
    return path;
  }

  private static boolean isReject(String value) {
    return switch (value) {
      case "index" -> false;
      case "reject" -> true;
      default -> throw new IllegalArgumentException("write \"index\" or \"reject\"");
    };
  }

  /** What may stand in a log: passwords in URLs may not. */
  private static String withoutCredentials(String value) {
    return value.replaceAll("//[^/@,]*@", "//***@");
  }

  private static List<String> list(String value) {
    return Stream.of(value.split(",")).map(String::strip).filter(s -> !s.isEmpty()).toList();
  }

  /** Collects faults instead of stopping at the first. */
  private static final class Reader {
    private final Map<String, String> environment;
    private final List<String> faults = new ArrayList<>();

    Reader(Map<String, String> environment) {
      this.environment = environment;
    }

    void refuseUnknown() {
      Set<String> known = Setting.ALL.stream().map(Setting::name).collect(Collectors.toSet());
      for (String name : new TreeSet<>(environment.keySet())) {
        if (name.startsWith(PREFIX) && !known.contains(name)) {
          faults.add(name + " is no setting; remove it, or see --help for those that there are");
        }
      }
    }

    <T> T read(Setting setting, T whenFaulty, Function<String, T> parser) {
      T value = readOptional(setting, parser);
      return value == null ? whenFaulty : value;
    }

    <T> @Nullable T readOptional(Setting setting, Function<String, T> parser) {
      String text = environment.getOrDefault(setting.name(), "").strip();
      if (text.isEmpty()) {
        text = setting.defaultValue();
      }
      if (text.isEmpty()) {
        return null;
      }
      try {
        return parser.apply(text);
      } catch (IllegalArgumentException e) {
        faults.add(setting.name() + " is \"" + withoutCredentials(text) + "\": " + e.getMessage());
        return null;
      }
    }

    void fault(String fault) {
      faults.add(fault);
    }

    void finish() throws InvalidSettingsException {
      if (!faults.isEmpty()) {
        throw new InvalidSettingsException(faults);
      }
    }
  }
}
