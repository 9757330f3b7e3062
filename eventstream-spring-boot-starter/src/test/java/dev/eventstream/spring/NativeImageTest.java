package dev.eventstream.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.EventStream;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.TypeReference;
import org.springframework.aot.hint.predicate.RuntimeHintsPredicates;
import org.springframework.aot.test.generate.TestGenerationContext;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.aot.ApplicationContextAotGenerator;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.test.tools.CompileWithForkedClassLoader;
import org.springframework.core.test.tools.Compiled;
import org.springframework.core.test.tools.TestCompiler;
import org.springframework.javapoet.ClassName;

/** What a native image needs, as far as it can be tested without one. */
class NativeImageTest {
  @TempDir Path directory;

  @Configuration(proxyBeanMethods = false)
  @ImportAutoConfiguration({
    EventStreamAutoConfiguration.class,
    EventStreamIntegrationAutoConfiguration.class
  })
  static class Application {
    @Bean
    StandInSink sink() {
      return new StandInSink();
    }
  }

  @Test
  void classesThatLibrariesLoadByNameAreRegistered() throws Exception {
    RuntimeHints hints = new RuntimeHints();
    new EventStreamRuntimeHints().registerHints(hints, getClass().getClassLoader());

    for (String hash : List.of("XXHash32", "XXHash64")) {
      for (String variant : List.of("JavaSafe", "JavaUnsafe")) {
        for (String name : List.of(hash + variant, "Streaming" + hash + variant + "$Factory")) {
          Class<?> type = Class.forName("net.jpountz.xxhash." + name);
          assertThat(RuntimeHintsPredicates.reflection().onField(type, "INSTANCE")).accepts(hints);
        }
      }
    }
    assertThat(
            RuntimeHintsPredicates.resource()
                .forResource("org/opensearch/client/version.properties"))
        .accepts(hints);
  }

  /** Newer JDKs create generators without reflection. */
  @Test
  @EnabledForJreRange(maxVersion = 23)
  void theGeneratorOfDocumentIdsIsRegistered() {
    RuntimeHints hints = new RuntimeHints();
    new EventStreamRuntimeHints().registerHints(hints, getClass().getClassLoader());

    assertThat(
            RuntimeHintsPredicates.reflection()
                .onType(TypeReference.of("jdk.random.L64X128MixRandom"))
                .withMemberCategory(MemberCategory.INVOKE_PUBLIC_CONSTRUCTORS))
        .accepts(hints);
  }

  /** The code that Spring generates for a native image, run on this JVM. */
  @Test
  @Tag("slow") // does not depend on the JDK
  @CompileWithForkedClassLoader
  void theContextStartsFromGeneratedCode() {
    TestGenerationContext generation = new TestGenerationContext();
    AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
    context.register(Application.class);
    ClassName initializer =
        new ApplicationContextAotGenerator().processAheadOfTime(context, generation);
    generation.writeGeneratedContent();

    assertThat(
            RuntimeHintsPredicates.reflection()
                .onConstructor(EventStreamProperties.Cluster.class.getDeclaredConstructors()[0])
                .invoke())
        .accepts(generation.getRuntimeHints());
    TestCompiler.forSystem()
        .with(generation)
        .compile(
            compiled -> {
              try (GenericApplicationContext generated = new GenericApplicationContext()) {
                TestPropertyValues.of("eventstream.spool.dir=" + directory).applyTo(generated);
                start(compiled, initializer.toString(), generated);
                generated.refresh();
                assertThat(generated.getBean(EventStream.class).state().clusterTakes()).isTrue();
                assertThat(generated.getBean(EventStreamLifecycle.class).isRunning()).isTrue();
              }
            });
  }

  @SuppressWarnings("unchecked") // the generated class implements it with this argument
  private static void start(Compiled compiled, String name, GenericApplicationContext context) {
    ApplicationContextInitializer<GenericApplicationContext> initializer =
        compiled.getInstance(ApplicationContextInitializer.class, name);
    initializer.initialize(context);
  }
}
