package dev.eventstream.testkit;

import java.io.IOException;
import java.io.Reader;
import java.lang.reflect.Constructor;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.net.BindException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The main class of an engine's own JVM: builds a node, starts it, and ends when its standard input
 * ends.
 *
 * <p>It runs with the engine's class path, without the rest of the testkit, and accesses the engine
 * only by reflection, so that one launcher supports every version. Its only argument is a
 * properties file with the keys defined by the constants below.
 *
 * <p>Standard input detects the end of the parent: the operating system closes it when the parent
 * ends for any reason. A parent that wants a graceful end writes a byte before it closes the
 * stream.
 */
final class NodeLauncher {

  /** Root package of the engine, such as {@code org.opensearch}. */
  static final String ROOT = "root";

  /** Plugin classes on the class path to load, comma-separated, relative to {@link #ROOT}. */
  static final String PLUGINS = "plugins";

  /** Version of the engine. */
  static final String VERSION = "version";

  /** Path of the configuration directory; must exist. */
  static final String CONFIG = "config";

  /** Path of the file to create once the node accepts requests. */
  static final String READY = "ready";

  /** Prefix of the engine's own settings. */
  static final String SETTING = "setting.";

  /** Exit status if the HTTP or transport port was taken (the number of EADDRINUSE on Linux). */
  static final int PORT_TAKEN = 98;

  /** How long the node may take to close before the JVM is halted, in seconds. */
  static final int GRACE_SECONDS = 10;

  /** Elasticsearch 9's loader of the modules and plugins in the home directory. */
  private static final String PLUGINS_LOADER = "PluginsLoader";

  private final Properties instructions;
  private volatile @Nullable AutoCloseable started;
  private volatile boolean closed;

  private NodeLauncher(Properties instructions) {
    this.instructions = instructions;
  }

  public static void main(String[] args) throws IOException {
    Properties instructions = new Properties();
    try (Reader reader = Files.newBufferedReader(Path.of(args[0]), StandardCharsets.UTF_8)) {
      instructions.load(reader);
    }
    new NodeLauncher(instructions).run();
  }

  private void run() {
    Thread lifeLine = new Thread(this::endWithStandardInput, "parent-watch");
    lifeLine.start();
    try {
      Files.deleteIfExists(Path.of(instruction(READY)));
      configureLogging();
      AutoCloseable node = newNode();
      node.getClass().getMethod("start").invoke(node);
      started = node;
      Runtime.getRuntime().addShutdownHook(new Thread(this::close, "node-close"));
      Files.createFile(Path.of(instruction(READY)));
    } catch (Throwable e) {
      e.printStackTrace();
      Runtime.getRuntime().halt(causedByTakenPort(e) ? PORT_TAKEN : 1);
    }
  }

  private void endWithStandardInput() {
    boolean asked = readToTheEnd();
    if (started == null) {
      Runtime.getRuntime().halt(1);
    }
    Thread deadline = new Thread(this::haltAfterGrace, "halt-after-grace");
    deadline.setDaemon(true);
    deadline.start();
    if (!asked) {
      // The parent has ended, so nothing would use the archive that the JVM may write at its exit.
      close();
      Runtime.getRuntime().halt(0);
    }
    System.exit(0);
  }

  /**
   * Waits for the end of standard input; returns true if the parent wrote a byte before and is
   * therefore alive.
   */
  private static boolean readToTheEnd() {
    boolean asked = false;
    try {
      while (System.in.read() >= 0) {
        asked = true;
      }
    } catch (IOException e) {
      // an error means the same as the end of the stream
    }
    return asked;
  }

  private void haltAfterGrace() {
    long end = System.nanoTime() + GRACE_SECONDS * 1_000_000_000L;
    while (System.nanoTime() - end < 0) {
      LockSupport.parkNanos(end - System.nanoTime());
    }
    if (!closed) {
      System.err.println("The node did not close within " + GRACE_SECONDS + " s: halting.");
      Runtime.getRuntime().halt(1);
    }
  }

  private void close() {
    AutoCloseable node = started;
    try {
      if (node != null) {
        node.close();
      }
      closed = true;
    } catch (Exception e) {
      throw new IllegalStateException("The node did not close cleanly", e);
    }
  }

  /** Elasticsearch 8 logs through an interface of its own, which must be initialised first. */
  private void configureLogging() throws ReflectiveOperationException {
    Class<?> configurator = engineClass("common.logging.LogConfigurator");
    try {
      configurator.getMethod("configureESLogging").invoke(null);
    } catch (NoSuchMethodException e) {
      // every other engine logs through Log4j directly
    }
  }

  private AutoCloseable newNode() throws ReflectiveOperationException {
    Object environment = newEnvironment();
    Class<?> nodeClass = engineClass("node.Node");
    if (Modifier.isAbstract(nodeClass.getModifiers())) {
      nodeClass = ConcreteNode.define(nodeClass, environment.getClass());
    }
    for (Constructor<?> constructor : nodeClass.getDeclaredConstructors()) {
      Object @Nullable [] arguments = arguments(constructor, environment);
      if (arguments != null) {
        constructor.setAccessible(true);
        return (AutoCloseable) constructor.newInstance(arguments);
      }
    }
    throw new NoSuchMethodException("No known constructor in " + nodeClass);
  }

  private Object newEnvironment() throws ReflectiveOperationException {
    Class<?> settingsClass = engineClass("common.settings.Settings");
    Object builder = settingsClass.getMethod("builder").invoke(null);
    Class<?> builderClass = builder.getClass();
    var put = builderClass.getMethod("put", String.class, String.class);
    for (String key : instructions.stringPropertyNames()) {
      if (key.startsWith(SETTING)) {
        put.invoke(builder, key.substring(SETTING.length()), instruction(key));
      }
    }
    Object settings = builderClass.getMethod("build").invoke(builder);
    return engineClass("env.Environment")
        .getConstructor(settingsClass, Path.class)
        .newInstance(settings, Path.of(instruction(CONFIG)));
  }

  /** Returns the arguments for a constructor of the node, or null if it is not the right one. */
  private Object @Nullable [] arguments(Constructor<?> constructor, Object environment)
      throws ReflectiveOperationException {
    Type[] types = constructor.getGenericParameterTypes();
    List<String> plugins = plugins();
    List<Object> arguments = new ArrayList<>();
    boolean takesEnvironment = false;
    boolean takesPlugins = false;
    for (Type type : types) {
      if (type == environment.getClass()) {
        takesEnvironment = true;
        arguments.add(environment);
      } else if (type instanceof ParameterizedType list && list.getRawType() != Class.class) {
        takesPlugins = true;
        arguments.add(plugins(plugins, list.getActualTypeArguments()[0]));
      } else if (type == boolean.class) {
        arguments.add(true); // forbids private index settings, as in production
      } else if (type instanceof Class<?> loader && loader.getSimpleName().equals(PLUGINS_LOADER)) {
        arguments.add(newPluginsLoader(loader, environment));
      } else {
        return null;
      }
    }
    boolean wanted = takesEnvironment && takesPlugins == !plugins.isEmpty();
    return wanted ? arguments.toArray() : null;
  }

  /** Loads what is in the home directory, as Elasticsearch 9 does before it creates its node. */
  private static Object newPluginsLoader(Class<?> loader, Object environment)
      throws ReflectiveOperationException {
    Class<?> type = environment.getClass();
    Object modules = type.getMethod("modulesDir").invoke(environment);
    Object plugins = type.getMethod("pluginsDir").invoke(environment);
    return loader
        .getMethod("createPluginsLoader", Set.class, Set.class, Map.class)
        .invoke(
            null,
            loader.getMethod("loadModulesBundles", Path.class).invoke(null, modules),
            loader.getMethod("loadPluginsBundles", Path.class).invoke(null, plugins),
            Map.of()); // no plugin needs native access
  }

  private List<String> plugins() {
    String names = instructions.getProperty(PLUGINS, "");
    return names.isEmpty() ? List.of() : List.of(names.split(","));
  }

  /**
   * Returns the plugins as the constructor expects them: as classes or, for OpenSearch 3, as
   * descriptions.
   */
  private List<Object> plugins(List<String> names, Type elementType)
      throws ReflectiveOperationException {
    List<Object> plugins = new ArrayList<>();
    for (String name : names) {
      Class<?> plugin = engineClass(name);
      plugins.add(elementType instanceof Class<?> info ? describe(plugin, info) : plugin);
    }
    return plugins;
  }

  private Object describe(Class<?> plugin, Class<?> infoClass) throws ReflectiveOperationException {
    Class<?> versionClass = engineClass("Version");
    return infoClass
        .getConstructor(
            String.class,
            String.class,
            String.class,
            versionClass,
            String.class,
            String.class,
            String.class,
            List.class,
            boolean.class)
        .newInstance(
            plugin.getName(),
            "on the class path",
            instruction(VERSION),
            versionClass.getField("CURRENT").get(null),
            String.valueOf(Runtime.version().feature()),
            plugin.getName(),
            null,
            List.of(),
            false);
  }

  private Class<?> engineClass(String relativeName) throws ClassNotFoundException {
    return Class.forName(instruction(ROOT) + "." + relativeName);
  }

  private String instruction(String key) {
    String value = instructions.getProperty(key);
    if (value == null) {
      throw new IllegalArgumentException("The launcher's properties do not contain " + key);
    }
    return value;
  }

  private static boolean causedByTakenPort(Throwable e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof BindException) {
        return true;
      }
    }
    return false;
  }
}
