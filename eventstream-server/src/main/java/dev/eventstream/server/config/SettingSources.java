package dev.eventstream.server.config;

import dev.eventstream.internal.CredentialMask;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The values of all settings: from the command line, the environment and a file, in this order of
 * precedence. Collects all faults instead of stopping at the first. Not thread-safe.
 */
public final class SettingSources {
  private static final String DEFAULT = "default";
  private static final Set<String> LIKE_OURS =
      Set.of(
          "OPENSEARCH_URL",
          "OPENSEARCH_URLS",
          "OPENSEARCH_HOSTS",
          "ELASTICSEARCH_HOST",
          "ELASTICSEARCH_HOSTS",
          "ES_URL");

  private final Map<String, SettingValue> values = new LinkedHashMap<>(); // by environment variable
  private final List<String> faults = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();

  private SettingSources() {}

  /**
   * Reads all sources.
   *
   * @param arguments options such as {@code --port 9000}
   * @param environment names and values; an empty value counts as not set
   * @return the values; {@link ServerSettings#of} reports faults
   */
  public static SettingSources of(List<String> arguments, Map<String, String> environment) {
    SettingSources sources = new SettingSources();
    if (!arguments.isEmpty()) {
      CommandLineOptions.parse(arguments, sources::set, sources.faults::add);
    }
    sources.addOthers(environment);
    return sources;
  }

  /**
   * Reads all sources.
   *
   * @param options the settings on the command line, by their environment variables
   * @param environment names and values; an empty value counts as not set
   */
  public static SettingSources of(
      Map<String, SettingValue> options, Map<String, String> environment) {
    SettingSources sources = new SettingSources();
    options.forEach(sources::set);
    sources.addOthers(environment);
    return sources;
  }

  private void addOthers(Map<String, String> environment) {
    addEnvironment(environment);
    SettingValue file = values.get(Setting.CONFIG.variable());
    if (file != null) {
      addFile(file);
    }
  }

  /** Sets a variable unless a source of higher precedence has set it. */
  private void set(String name, SettingValue value) {
    if (!value.text().isEmpty()) {
      values.putIfAbsent(name, value);
    }
  }

  private void addEnvironment(Map<String, String> environment) {
    Map<String, Setting> known = Setting.variables();
    new TreeMap<>(environment)
        .forEach(
            (name, text) -> {
              if (known.containsKey(name)) {
                set(name, new SettingValue(text.strip(), name, "environment"));
              } else if (name.startsWith(Setting.PREFIX)) {
                String remove = "remove it, or see serve --help for all settings";
                faults.add(name + " is not a setting; " + meant(name, known.keySet()) + remove);
              } else if (!text.isEmpty() && looksLikeOurs(name, environment)) {
                warnings.add(
                    name
                        + " is not a setting and has no effect; if it is meant for this program, set "
                        + Setting.ELASTICSEARCH_URL.variable());
              }
            });
  }

  /** What was probably meant; the prefix, which is right, does not make names similar. */
  private static String meant(String name, Set<String> known) {
    Map<String, String> names = new TreeMap<>();
    known.forEach(each -> names.put(withoutPrefix(each), each));
    String nearest = Nearest.to(withoutPrefix(name), names.keySet());
    return nearest == null ? "" : "did you mean " + names.get(nearest) + "? If not, ";
  }

  private static String withoutPrefix(String name) {
    return name.startsWith(Setting.PREFIX) ? name.substring(Setting.PREFIX.length()) : name;
  }

  /** Names that others may use, too. They matter only if the cluster's URL is not set. */
  private static boolean looksLikeOurs(String name, Map<String, String> environment) {
    String url = Setting.ELASTICSEARCH_URL.variable();
    return environment.getOrDefault(url, "").isEmpty()
        && (LIKE_OURS.contains(name) || Nearest.distance(name, url) <= 2);
  }

  private void addFile(SettingValue config) {
    Path file = Path.of(config.text());
    if (!Files.isRegularFile(file)) {
      return; // reported when the setting itself is read
    }
    Map<String, String> names = new LinkedHashMap<>();
    Setting.variables().keySet().forEach(name -> names.put(Setting.keyOf(name), name));
    names.remove(Setting.CONFIG.key());
    try {
      SettingsFile.read(file)
          .forEach(
              (key, text) -> {
                String label = key + " in " + file;
                String name = names.get(key);
                if (name == null) {
                  String remove = "remove it, or see serve --help for all settings";
                  faults.add(label + " is not a setting; " + meant(key, names.keySet()) + remove);
                } else {
                  set(name, new SettingValue(text.strip(), label, file.toString()));
                }
              });
    } catch (IOException e) {
      faults.add(config.label() + " is \"" + file + "\": " + e.getMessage());
    }
  }

  /**
   * The value of a setting.
   *
   * @param whenFaulty the result if the value is missing or faulty; faults are reported later
   * @param <T> the type that the setting's {@link ValueType} parses to
   */
  @SuppressWarnings("unchecked") // an enum constant has no type parameter; tests read every setting
  <T> T read(Setting setting, T whenFaulty) {
    Object value = parsed(setting);
    return value == null ? whenFaulty : (T) value;
  }

  /**
   * The value of a setting; null: it is missing or faulty.
   *
   * @param type the type that the setting's {@link ValueType} parses to
   */
  <T> @Nullable T readOptional(Setting setting, Class<T> type) {
    Object value = parsed(setting);
    return value == null ? null : type.cast(value);
  }

  private @Nullable Object parsed(Setting setting) {
    SettingValue value = values.get(setting.variable());
    if (value == null && setting.defaultText().isEmpty()) {
      return null;
    }
    String text = value == null ? setting.defaultText() : value.text();
    return parse(value == null ? setting.variable() : value.label(), text, setting);
  }

  /**
   * The value of a secret, from its own variable or from a file; null: it is missing or faulty.
   *
   * @param type the type that the setting's {@link ValueType} parses to, or its raw type
   */
  @SuppressWarnings("unchecked") // the raw type was checked
  <T> @Nullable Secret<T> readSecret(Setting setting, Class<? super T> type) {
    Function<String, T> parser = value -> (T) type.cast(setting.type().parser().apply(value));
    SettingValue text = values.get(setting.variable());
    SettingValue file = values.get(setting.variable() + Setting.FILE);
    if (text != null && file != null) {
      faults.add(text.label() + " and " + file.label() + " are both set; unset one of them");
      return null;
    }
    if (file != null) {
      try {
        return Secret.in(Path.of(file.text()), parser);
      } catch (IllegalArgumentException | IOException e) {
        faults.add(file.label() + " is \"" + file.text() + "\": " + e.getMessage());
      }
    } else if (text != null) {
      try {
        return Secret.of(parser.apply(text.text()));
      } catch (IllegalArgumentException e) {
        faults.add(text.label() + ": " + e.getMessage()); // without the value
      }
    }
    return null;
  }

  private @Nullable Object parse(String label, String text, Setting setting) {
    try {
      return setting.type().parser().apply(text);
    } catch (IllegalArgumentException e) {
      String shown = shown(setting, text);
      boolean masked = !shown.equals(text) && !Setting.URLS.contains(setting);
      // The text holds a URL although it should not, and the parser may quote a part of it.
      String remedy = masked ? "it contains a URL; " + setting.type().remedy() : e.getMessage();
      faults.add(label + " is \"" + shown + "\": " + remedy);
      return null;
    }
  }

  /** The value without credentials, of a setting that is not a secret. */
  private static String shown(Setting setting, String text) {
    return Setting.URLS.contains(setting)
        ? CredentialMask.urls(text)
        : CredentialMask.message(text);
  }

  /** The name of a setting on the source that sets it. */
  String label(Setting setting) {
    SettingValue value = values.get(setting.variable());
    SettingValue file = value == null ? values.get(setting.variable() + Setting.FILE) : null;
    return value != null ? value.label() : file != null ? file.label() : setting.variable();
  }

  /** Reports a fault if more than one is set. */
  void oneOf(Setting... settings) {
    List<String> labels = Stream.of(settings).filter(this::isSet).map(this::label).toList();
    if (labels.size() > 1) {
      faults.add(
          String.join(" and ", labels)
              + (labels.size() == 2 ? " are both set" : " are all set")
              + "; unset all but one");
    }
  }

  /** Reports a fault if only one is set. */
  void together(Setting one, Setting other) {
    needs(one, other);
    needs(other, one);
  }

  /** Reports a fault if the first is set without the second. */
  void needs(Setting one, Setting needed) {
    if (isSet(one) && !isSet(needed)) {
      faults.add(label(one) + " has no effect without " + needed.variable() + "; set both");
    }
  }

  boolean isSet(Setting setting) {
    return values.containsKey(setting.variable())
        || values.containsKey(setting.variable() + Setting.FILE);
  }

  void fault(String fault) {
    faults.add(fault);
  }

  void warning(String warning) {
    warnings.add(warning);
  }

  /** What {@link ServerSettings#of} found that does not prevent the start; with the remedies. */
  public List<String> warnings() {
    return List.copyOf(warnings);
  }

  void finish() throws InvalidSettingsException {
    if (!faults.isEmpty()) {
      throw new InvalidSettingsException(faults);
    }
  }

  /**
   * The settings that have a value, by their keys. Secrets are masked. The origin of a default is
   * "default".
   */
  public Map<String, SettingValue> effectiveValues() {
    Map<String, SettingValue> effective = new LinkedHashMap<>();
    for (Map.Entry<String, Setting> variable : Setting.variables().entrySet()) {
      Setting setting = variable.getValue();
      SettingValue value = values.get(variable.getKey());
      String key = Setting.keyOf(variable.getKey());
      if (value != null) {
        boolean isFile = !variable.getKey().equals(setting.variable());
        String text =
            setting.secret() && !isFile ? CredentialMask.MASK : shown(setting, value.text());
        effective.put(key, new SettingValue(text, value.label(), value.origin()));
      } else if (!setting.defaultText().isEmpty()) {
        effective.put(key, new SettingValue(setting.defaultText(), key, DEFAULT));
      }
    }
    return effective;
  }

  /**
   * The effective settings as a properties file: first those that are set, with the source of each
   * in a comment, then the defaults, then those without a value, as comments. Secrets are masked.
   */
  public String effective() {
    StringBuilder set = new StringBuilder();
    StringBuilder defaults = new StringBuilder();
    StringBuilder unset = new StringBuilder();
    effectiveValues()
        .forEach(
            (key, value) -> {
              String line = line(key, value.text());
              if (value.origin().equals(DEFAULT)) {
                defaults.append(line);
              } else {
                set.append("# ").append(value.origin()).append('\n').append(line);
              }
            });
    for (Setting setting : Setting.values()) {
      if (!isSet(setting) && setting.defaultText().isEmpty()) {
        unset.append("# ").append(line(setting.key(), ""));
      }
    }
    return "# === Set ===\n"
        + (set.isEmpty() ? "# nothing\n" : set)
        + "\n# === Defaults ===\n"
        + defaults
        + "\n# === Not set, without a default ===\n"
        + unset;
  }

  private static String line(String key, String value) {
    return key + "=" + escaped(value) + "\n";
  }

  private static String escaped(String value) {
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r");
  }
}
