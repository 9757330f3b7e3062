package dev.eventstream.testkit;

import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * An engine that the testkit can start: a product in an exact version. Immutable.
 *
 * <p>Supported are OpenSearch 1.3.14, 2.19.6 and 3.8.0, and Elasticsearch 6.5.4, 7.17.29, 8.6.2 and
 * 9.0.0. Each of these is on Maven Central and was tested; there are no others.
 *
 * @param version one of the product's {@linkplain Product#versions() versions}
 */
public record Engine(Product product, String version) {

  /**
   * System property that selects the engines under test: {@code default}, {@code all}, or a
   * comma-separated list of specifications as accepted by {@link #of}.
   */
  public static final String UNDER_TEST_PROPERTY = "eventstream.engines";

  /** A product. */
  public enum Product {
    /** OpenSearch; all versions are under Apache-2.0. */
    OPENSEARCH("2.19.6", "1.3.14", "2.19.6", "3.8.0"),
    /** Elasticsearch; 6.5.4 is under Apache-2.0, the later ones are for tests only (SSPL, AGPL). */
    ELASTICSEARCH("6.5.4", "6.5.4", "7.17.29", "8.6.2", "9.0.0");

    private final String defaultVersion;

    @SuppressWarnings("ImmutableEnumChecker") // List.of
    private final List<String> versions;

    Product(String defaultVersion, String... versions) {
      this.defaultVersion = defaultVersion;
      this.versions = List.of(versions);
    }

    /** Returns the versions that the testkit can start, oldest first; unmodifiable. */
    public List<String> versions() {
      return versions;
    }

    /** Returns the version that the product's name alone stands for. */
    public String defaultVersion() {
      return defaultVersion;
    }

    /** Returns the product's name in lower case, such as {@code opensearch}. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * Creates an engine of a supported version.
   *
   * @param version one of the product's {@linkplain Product#versions() versions}
   * @throws IllegalArgumentException if the testkit cannot start this version; the message lists
   *     the supported ones
   */
  public Engine {
    if (!product.versions().contains(version)) {
      throw unsupported(product + ":" + version);
    }
  }

  /**
   * Parses a specification: {@code product:version}, such as {@code opensearch:2.19.6}. The version
   * may be abbreviated ({@code opensearch:2}) or omitted ({@code opensearch} is 2.19.6, {@code
   * elasticsearch} is 6.5.4). Case and surrounding white space are ignored.
   *
   * @throws IllegalArgumentException if there is no such engine; the message lists the supported
   *     ones
   */
  public static Engine of(String specification) {
    String[] parts = specification.strip().toLowerCase(Locale.ROOT).split(":", 2);
    for (Product product : Product.values()) {
      if (!product.toString().equals(parts[0])) {
        continue;
      }
      if (parts.length == 1) {
        return new Engine(product, product.defaultVersion());
      }
      for (String version : product.versions()) {
        if ((version + ".").startsWith(parts[1] + ".")) {
          return new Engine(product, version);
        }
      }
    }
    throw unsupported(specification);
  }

  /** Returns every engine that the testkit can start, by product and version; unmodifiable. */
  public static List<Engine> supported() {
    return Arrays.stream(Product.values())
        .flatMap(
            product -> product.versions().stream().map(version -> new Engine(product, version)))
        .toList();
  }

  /**
   * Returns the engines to test against, as selected by the system property {@value
   * #UNDER_TEST_PROPERTY}:
   *
   * <ul>
   *   <li>{@code default}, or not set: opensearch:2.19.6 and elasticsearch:6.5.4;
   *   <li>{@code all}: every {@linkplain #supported() supported} engine;
   *   <li>otherwise a comma-separated list, such as {@code opensearch:3,elasticsearch}.
   * </ul>
   *
   * <p>It can be used as the source of a parameterized test or test class:
   * {@code @MethodSource("dev.eventstream.testkit.Engine#underTest")}.
   *
   * @return the engines without duplicates, in the order of the property; unmodifiable, not empty
   * @throws IllegalArgumentException if the property contains an unknown engine
   */
  public static List<Engine> underTest() {
    return underTest(System.getProperty(UNDER_TEST_PROPERTY, ""));
  }

  static List<Engine> underTest(String property) {
    Set<Engine> engines = new LinkedHashSet<>();
    for (String word : property.split(",", -1)) {
      switch (word.strip().toLowerCase(Locale.ROOT)) {
        case "" -> {}
        case "all" -> engines.addAll(supported());
        case "default" -> engines.addAll(defaults());
        default -> engines.add(of(word));
      }
    }
    return engines.isEmpty() ? defaults() : List.copyOf(engines);
  }

  private static List<Engine> defaults() {
    return Stream.of(Product.values())
        .map(product -> new Engine(product, product.defaultVersion()))
        .toList();
  }

  /** Returns the major version, such as 2. */
  public int major() {
    return Integer.parseInt(version.substring(0, version.indexOf('.')));
  }

  /**
   * Returns whether mappings and bulk operations have to name a type, {@code _doc}. True for
   * Elasticsearch 6.
   */
  public boolean needsMappingType() {
    return product == Product.ELASTICSEARCH && major() < 7;
  }

  /** Returns the specification, such as {@code opensearch:2.19.6}, which {@link #of} accepts. */
  @Override
  public String toString() {
    return product + ":" + version;
  }

  private static IllegalArgumentException unsupported(String specification) {
    return new IllegalArgumentException(
        "Unknown engine '"
            + specification
            + "'. Use one of: "
            + supported().stream().map(Engine::toString).collect(Collectors.joining(", ")));
  }
}
