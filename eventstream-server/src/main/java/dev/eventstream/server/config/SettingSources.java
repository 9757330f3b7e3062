package dev.eventstream.server.config;

import dev.eventstream.internal.CredentialMask;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What is set, from the command line, the environment and a file, the first of which that has a
 * setting counts. Collects faults instead of stopping at the first.
 */
public final class SettingSources {
  private static final String DEFAULT_ORIGIN = "default";

  private final Map<String, Given> given = new LinkedHashMap<>(); // by environment variable
  private final List<String> faults = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();

  private SettingSources() {}

  /**
   * Looks at all sources.
   *
   * @param arguments options such as {@code --port 9000}
   * @param environment names and values; an empty value counts as not set
   * @return what is set; faults come with {@link ServerSettings#of}
   */
  public static SettingSources of(List<String> arguments, Map<String, String> environment) {
    SettingSources sources = new SettingSources();
    if (!arguments.isEmpty()) {
      CommandLineOptions.parse(arguments, sources::set, sources.faults::add);
    }
    sources.addEnvironment(environment);
    Given file = sources.given.get(Setting.CONFIG.name());
    if (file != null) {
      sources.addFile(file);
    }
    return sources;
  }

  /** Sets a variable unless a source that comes first has done so. */
  private void set(String name, Given value) {
    if (!value.text().isEmpty()) {
      given.putIfAbsent(name, value);
    }
  }

  private void addEnvironment(Map<String, String> environment) {
    Map<String, Setting<?>> known = Setting.variables();
    new TreeMap<>(environment)
        .forEach(
            (name, text) -> {
              if (known.containsKey(name)) {
                set(name, new Given(text.strip(), name, "environment"));
              } else if (name.startsWith(Setting.PREFIX)) {
                faults.add(
                    name + " is no setting; remove it, or see --help for those that there are");
              }
            });
  }

  private void addFile(Given config) {
    Path file = Path.of(config.text());
    if (!Files.isRegularFile(file)) {
      return; // said when the setting itself is read
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
                  faults.add(
                      label + " is no setting; remove it, or see --help for those that there are");
                } else {
                  set(name, new Given(text.strip(), label, file.toString()));
                }
              });
    } catch (IOException e) {
      faults.add(config.label() + " is \"" + file + "\": " + e.getMessage());
    }
  }

  /** Its value, or what stands for one that is faulty. */
  <T> T read(Setting<T> setting, T whenFaulty) {
    T value = readOptional(setting);
    return value == null ? whenFaulty : value;
  }

  /** Its value, or null where there is none, or a faulty one. */
  <T> @Nullable T readOptional(Setting<T> setting) {
    Given value = given.get(setting.name());
    if (value == null && setting.defaultText().isEmpty()) {
      return null;
    }
    String text = value == null ? setting.defaultText() : value.text();
    return parse(value == null ? setting.name() : value.label(), text, setting);
  }

  /** The secret itself, or the file that it is in; null where there is neither. */
  <T> @Nullable Secret<T> readSecret(Setting<T> setting) {
    Given text = given.get(setting.name());
    Given file = given.get(setting.name() + Setting.FILE);
    if (text != null && file != null) {
      faults.add(text.label() + " and " + file.label() + " are both set; unset one of them");
      return null;
    }
    if (file != null) {
      try {
        return Secret.in(Path.of(file.text()), setting.type().parser());
      } catch (IllegalArgumentException | IOException e) {
        faults.add(file.label() + " is \"" + file.text() + "\": " + e.getMessage());
      }
    } else if (text != null) {
      try {
        return Secret.of(setting.type().parser().apply(text.text()));
      } catch (IllegalArgumentException e) {
        faults.add(text.label() + ": " + e.getMessage()); // not what it is
      }
    }
    return null;
  }

  private <T> @Nullable T parse(String label, String text, Setting<T> setting) {
    try {
      return setting.type().parser().apply(text);
    } catch (IllegalArgumentException e) {
      String shown = shown(setting, text);
      boolean masked = !shown.equals(text) && !Setting.URLS.contains(setting);
      // Where a URL stands that does not belong there, the parser may quote a part of it.
      String remedy = masked ? "there is a URL in it; " + setting.type().remedy() : e.getMessage();
      faults.add(label + " is \"" + shown + "\": " + remedy);
      return null;
    }
  }

  /** What may be shown of the value of a setting that is no secret. */
  private static String shown(Setting<?> setting, String text) {
    return Setting.URLS.contains(setting)
        ? CredentialMask.urls(text)
        : CredentialMask.message(text);
  }

  /** How somebody called a setting who set it. */
  String label(Setting<?> setting) {
    Given value = given.get(setting.name());
    Given file = value == null ? given.get(setting.name() + Setting.FILE) : null;
    return value != null ? value.label() : file != null ? file.label() : setting.name();
  }

  /** The fault is that more than one is set. */
  void oneOf(Setting<?>... settings) {
    List<String> labels = Stream.of(settings).filter(this::isSet).map(this::label).toList();
    if (labels.size() > 1) {
      faults.add(
          String.join(" and ", labels)
              + (labels.size() == 2 ? " are both set" : " are all set")
              + "; unset what is not to be used");
    }
  }

  /** The fault is that only one is set. */
  void together(Setting<?> one, Setting<?> other) {
    needs(one, other);
    needs(other, one);
  }

  /** The fault is that the one is set, but not what it needs. */
  void needs(Setting<?> one, Setting<?> needed) {
    if (isSet(one) && !isSet(needed)) {
      faults.add(label(one) + " does nothing without " + needed.name() + "; set that as well");
    }
  }

  private boolean isSet(Setting<?> setting) {
    return given.containsKey(setting.name()) || given.containsKey(setting.name() + Setting.FILE);
  }

  void fault(String fault) {
    faults.add(fault);
  }

  void warning(String warning) {
    warnings.add(warning);
  }

  /**
   * What needs attention although the server can start.
   *
   * @return what {@link ServerSettings#of} has found, each with name, value and remedy
   */
  public List<String> warnings() {
    return List.copyOf(warnings);
  }

  void finish() throws InvalidSettingsException {
    if (!faults.isEmpty()) {
      throw new InvalidSettingsException(faults);
    }
  }

  /**
   * The settings that are in force, secrets masked, one a line as a file of settings in the format
   * of properties has them, each under a comment that says where it comes from.
   *
   * @return the text
   */
  public String effective() {
    StringBuilder text = new StringBuilder();
    for (Map.Entry<String, Setting<?>> variable : Setting.variables().entrySet()) {
      Setting<?> setting = variable.getValue();
      boolean isFile = !variable.getKey().equals(setting.name());
      Given value = given.get(variable.getKey());
      String shown = value != null ? value.text() : isFile ? "" : setting.defaultText();
      if (value == null && isFile) {
        continue;
      }
      if (value != null && setting.secret() && !isFile) {
        shown = CredentialMask.MASK;
      }
      String origin = value == null ? DEFAULT_ORIGIN : value.origin();
      text.append("# ").append(shown.isEmpty() ? "not set" : origin).append('\n');
      text.append(shown.isEmpty() ? "# " : "")
          .append(Setting.keyOf(variable.getKey()))
          .append('=')
          .append(escaped(shown(setting, shown)))
          .append('\n');
    }
    return text.toString();
  }

  private static String escaped(String value) {
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r");
  }
}
