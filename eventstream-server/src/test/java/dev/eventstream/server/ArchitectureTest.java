package dev.eventstream.server;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The permitted dependencies between modules and packages, and on libraries. A rule that matches no
 * class fails, so that none passes by accident.
 */
@Tag("slow")
class ArchitectureTest {
  /** A module and the packages that are its own. */
  private enum Module {
    CORE,
    TLS,
    ES,
    SPOOL,
    MICROMETER,
    OPENTELEMETRY,
    SERVER,
    TESTKIT;

    private String packages() {
      return "dev.eventstream." + lowerCaseName() + "..";
    }

    private DescribedPredicate<JavaClass> classes() {
      DescribedPredicate<JavaClass> own = resideInAnyPackage(packages());
      if (this == CORE) {
        // The core has the root package and what the others leave below it.
        own =
            resideInAnyPackage("dev.eventstream..")
                .and(
                    DescribedPredicate.not(
                        resideInAnyPackage(
                            Arrays.stream(values())
                                .filter(module -> module != CORE)
                                .map(Module::packages)
                                .toArray(String[]::new))));
      }
      return own.as("classes of " + directory());
    }

    private String directory() {
      return "eventstream-" + lowerCaseName();
    }

    private boolean hasSources() throws IOException {
      Path sources = Path.of("..", directory(), "src", "main", "java");
      if (!Files.isDirectory(sources)) {
        return false;
      }
      try (Stream<Path> files = Files.walk(sources)) {
        return files
            .map(file -> file.getFileName().toString())
            .anyMatch(name -> name.endsWith(".java") && !name.endsWith("-info.java"));
      }
    }

    private String lowerCaseName() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private static JavaClasses production;

  @BeforeAll
  static void readClasses() {
    production =
        new ClassFileImporter()
            .withImportOption(location -> !location.contains("/test-classes/"))
            .importPackages("dev.eventstream");
  }

  @ParameterizedTest
  @EnumSource
  void seesTheClassesOfEveryModule(Module module) throws IOException {
    assumeThat(module.hasSources()).isTrue();
    assertThat(production.that(module.classes())).isNotEmpty();
  }

  @Test
  void coreKnowsOnlyItselfAndThreeLibraries() throws IOException {
    check(
        Module.CORE,
        classes()
            .that(Module.CORE.classes())
            .should()
            .onlyDependOnClassesThat(
                Module.CORE
                    .classes()
                    .or(
                        resideInAnyPackage(
                            "java..",
                            "com.fasterxml.jackson.core..",
                            "com.fasterxml.jackson.databind..",
                            "org.slf4j..",
                            "org.jspecify..",
                            "com.google.errorprone.annotations.."))) // compile time only
            .because("applications that embed the core get all of its dependencies"));
  }

  @ParameterizedTest
  @EnumSource
  void packagesOfAModuleFormNoCycle(Module module) throws IOException {
    check(module, freeOfCycles(module, "packages", JavaClass::getPackageName));
  }

  private static ArchRule freeOfCycles(
      Module module, String slices, Function<JavaClass, String> slice) {
    DescribedPredicate<JavaClass> own = module.classes();
    SliceAssignment assignment =
        new SliceAssignment() {
          @Override
          public SliceIdentifier getIdentifierOf(JavaClass type) {
            return own.test(type)
                ? SliceIdentifier.of(slice.apply(type))
                : SliceIdentifier.ignore();
          }

          @Override
          public String getDescription() {
            return slices + " of " + module.directory();
          }
        };
    return SlicesRuleDefinition.slices().assignedFrom(assignment).should().beFreeOfCycles();
  }

  /** The order of the core's packages: each knows those before it. */
  @Test
  void thePackagesOfCoreAreLayers() throws IOException {
    checkKnowsOnly(Module.CORE, "dev.eventstream.internal.text");
    checkKnowsOnly(Module.CORE, "dev.eventstream.spi", "dev.eventstream.internal.text");
    checkKnowsOnly(
        Module.CORE,
        "dev.eventstream.internal.json",
        "dev.eventstream.internal.text",
        "dev.eventstream.spi");
    checkKnowsOnly(Module.CORE, "dev.eventstream.observe", "dev.eventstream.spi");
    checkKnowsOnly(
        Module.CORE,
        "dev.eventstream.internal.delivery",
        "dev.eventstream.internal",
        "dev.eventstream.observe",
        "dev.eventstream.spi");
  }

  private static void checkKnowsOnly(Module module, String name, String... others)
      throws IOException {
    String[] known = Arrays.copyOf(others, others.length + 1);
    known[others.length] = name;
    check(
        module,
        classes()
            .that()
            .resideInAPackage(name)
            .should()
            .onlyDependOnClassesThat(
                resideInAnyPackage(known).or(DescribedPredicate.not(module.classes()))));
  }

  /** The order of the server's packages; the root package assembles them, and commands use it. */
  @Test
  void thePackagesOfTheServerAreLayers() throws IOException {
    checkServerPackage("body");
    checkServerPackage("http", "body");
    checkServerPackage("idempotency", "http");
    checkServerPackage("cloudevents", "http", "idempotency");
    checkServerPackage("guard", "body", "http");
    checkServerPackage("health", "http");
    checkServerPackage("admin", "body", "guard", "health", "http");
    checkServerPackage("publish", "body", "cloudevents", "guard", "http", "idempotency");
    checkServerPackage("config", "guard");
    checkServerPackage("metrics", "http");
    checkServerPackage("importer");
    checkServerPackage("publisher", "importer");
    checkServerPackage("doctor", "config");
    checkServerPackage("logging");
  }

  private static void checkServerPackage(String name, String... others) throws IOException {
    String[] known =
        Arrays.stream(others)
            .map(other -> "dev.eventstream.server." + other)
            .toArray(String[]::new);
    checkKnowsOnly(Module.SERVER, "dev.eventstream.server." + name, known);
  }

  @Test
  void theFilesOfTheServerFormNoCycle() throws IOException {
    check(
        Module.SERVER,
        freeOfCycles(
            Module.SERVER,
            "files",
            type -> type.getName().replaceFirst("\\$.*", ""))); // nested classes share a file
  }

  @Test
  void coreDoesNotSpeakHttp() throws IOException {
    check(
        Module.CORE,
        noClasses()
            .that(Module.CORE.classes())
            .should()
            .dependOnClassesThat(resideInAnyPackage("java.net.http..", "com.sun.net.."))
            .because("sinks transport documents"));
  }

  @Test
  void tlsKnowsNoOtherModule() throws IOException {
    checkIgnorance(
        Module.TLS,
        Module.CORE,
        Module.ES,
        Module.SPOOL,
        Module.MICROMETER,
        Module.OPENTELEMETRY,
        Module.SERVER);
  }

  @ParameterizedTest
  @EnumSource(
      names = {"TLS", "ES", "SERVER"},
      mode = EnumSource.Mode.EXCLUDE)
  void onlyTheSinkAndTheServerKnowTls(Module module) throws IOException {
    checkIgnorance(module, Module.TLS);
  }

  /** The order of the sink's packages: each knows those before it. */
  @Test
  void thePackagesOfEsAreLayers() throws IOException {
    checkKnowsOnly(Module.ES, "dev.eventstream.es.connect");
    checkKnowsOnly(Module.ES, "dev.eventstream.es.engine", "dev.eventstream.es.connect");
    checkKnowsOnly(Module.ES, "dev.eventstream.es.index");
    checkKnowsOnly(
        Module.ES,
        "dev.eventstream.es.bulk",
        "dev.eventstream.es.connect",
        "dev.eventstream.es.index");
    String[] sink = {
      "dev.eventstream.es.connect",
      "dev.eventstream.es.engine",
      "dev.eventstream.es.index",
      "dev.eventstream.es.bulk",
      "dev.eventstream.es"
    };
    checkKnowsOnly(Module.ES, "dev.eventstream.es", sink);
    checkKnowsOnly(Module.ES, "dev.eventstream.es.request", sink);
    checkKnowsOnly(Module.ES, "dev.eventstream.es.template", sink);
  }

  @Test
  void esKnowsNeitherSpoolNorServer() throws IOException {
    checkIgnorance(Module.ES, Module.SPOOL, Module.MICROMETER, Module.OPENTELEMETRY, Module.SERVER);
  }

  @Test
  void spoolKnowsNeitherEsNorServer() throws IOException {
    checkIgnorance(Module.SPOOL, Module.ES, Module.MICROMETER, Module.OPENTELEMETRY, Module.SERVER);
  }

  @Test
  void micrometerKnowsOnlyTheCore() throws IOException {
    checkIgnorance(Module.MICROMETER, Module.ES, Module.SPOOL, Module.OPENTELEMETRY, Module.SERVER);
  }

  @Test
  void opentelemetryKnowsOnlyTheCore() throws IOException {
    checkIgnorance(Module.OPENTELEMETRY, Module.ES, Module.SPOOL, Module.MICROMETER, Module.SERVER);
  }

  @ParameterizedTest
  @EnumSource(
      names = {"OPENTELEMETRY", "SERVER"},
      mode = EnumSource.Mode.EXCLUDE)
  void onlyItsModuleAndTheServerKnowOpenTelemetry(Module module) throws IOException {
    checkNoLibrary(module, "io.opentelemetry..");
  }

  @ParameterizedTest
  @EnumSource(
      names = {"MICROMETER", "SERVER"},
      mode = EnumSource.Mode.EXCLUDE)
  void onlyItsModuleAndTheServerKnowMicrometer(Module module) throws IOException {
    checkNoLibrary(module, "io.micrometer..", "io.prometheus..");
  }

  @Test
  void testkitKnowsNoOtherModule() throws IOException {
    checkIgnorance(
        Module.TESTKIT,
        Module.CORE,
        Module.ES,
        Module.SPOOL,
        Module.MICROMETER,
        Module.OPENTELEMETRY,
        Module.SERVER);
  }

  @ParameterizedTest
  @EnumSource(names = "TESTKIT", mode = EnumSource.Mode.EXCLUDE)
  void nothingInProductionKnowsTheTestkit(Module module) throws IOException {
    checkIgnorance(module, Module.TESTKIT);
  }

  @ParameterizedTest
  @EnumSource(names = "ES", mode = EnumSource.Mode.EXCLUDE)
  void onlyEsKnowsTheClusterClient(Module module) throws IOException {
    checkNoLibrary(module, "org.opensearch.client..", "org.apache.hc..");
  }

  @ParameterizedTest
  @EnumSource(names = "SPOOL", mode = EnumSource.Mode.EXCLUDE)
  void onlySpoolKnowsMapDb(Module module) throws IOException {
    checkNoLibrary(module, "org.mapdb..");
  }

  @ParameterizedTest
  @EnumSource(names = "SERVER", mode = EnumSource.Mode.EXCLUDE)
  void onlyServerKnowsJetty(Module module) throws IOException {
    checkNoLibrary(module, "org.eclipse.jetty..");
  }

  private static void checkIgnorance(Module module, Module... unknown) throws IOException {
    for (Module other : unknown) {
      check(
          module, noClasses().that(module.classes()).should().dependOnClassesThat(other.classes()));
    }
  }

  private static void checkNoLibrary(Module module, String... packages) throws IOException {
    check(
        module,
        noClasses()
            .that(module.classes())
            .should()
            .dependOnClassesThat(resideInAnyPackage(packages)));
  }

  private static void check(Module module, ArchRule rule) throws IOException {
    assumeThat(module.hasSources()).isTrue();
    rule.check(production);
  }
}
