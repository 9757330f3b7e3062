package dev.eventstream.server.config;

import java.util.Map;

/** The table of all settings for the documentation. */
public final class SettingsReference {
  private SettingsReference() {}

  /** The table in Markdown. */
  public static String markdown() {
    StringBuilder table =
        new StringBuilder(
            """
            | environment | option, name in a file | value | default | meaning |
            |---|---|---|---|---|
            """);
    for (Map.Entry<String, Setting> variable : Setting.variables().entrySet()) {
      Setting setting = variable.getValue();
      String name = variable.getKey();
      boolean isFile = !name.equals(setting.variable());
      String key = Setting.keyOf(name);
      boolean option = isFile || !setting.secret();
      row(
          table,
          code(name),
          code((option ? "--" : "") + key),
          isFile ? "file" : value(setting.type()),
          isFile || setting.defaultText().isEmpty() ? "" : code(setting.defaultText()),
          isFile
              ? "A file that holds the value; it is read again when it changes."
              : setting.meaning());
    }
    return table.toString();
  }

  private static String value(ValueType<?> type) {
    return type.range().isEmpty() ? type.name() : type.name() + ": " + type.range();
  }

  private static String code(String text) {
    return "`" + text + "`";
  }

  private static void row(StringBuilder table, String... cells) {
    for (String cell : cells) {
      table.append("| ").append(cell.replace("|", "\\|")).append(' ');
    }
    table.append("|\n");
  }
}
