package dev.eventstream.spring;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;

/**
 * What GraalVM's native image cannot find by itself: classes that the SDK's libraries load by name,
 * and the resources that they read.
 */
final class EventStreamRuntimeHints implements RuntimeHintsRegistrar {

  @Override
  public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
    // The hash functions that MapDB initializes; with JNI they would need the native library.
    for (String hash :
        List.of(
            "XXHash32%s",
            "XXHash64%s", "StreamingXXHash32%s$Factory", "StreamingXXHash64%s$Factory")) {
      for (String variant : List.of("JavaSafe", "JavaUnsafe")) {
        hints
            .reflection()
            .registerTypeIfPresent(
                classLoader,
                "net.jpountz.xxhash." + hash.formatted(variant),
                type -> type.withField("INSTANCE"));
      }
    }
    // The JDK creates the generator of document ids by its constructor for seeds.
    hints
        .reflection()
        .registerTypeIfPresent(
            classLoader, "jdk.random.L64X128MixRandom", MemberCategory.INVOKE_PUBLIC_CONSTRUCTORS);
    hints.resources().registerPattern("org/opensearch/client/version.properties");
    hints.resources().registerPattern("org/apache/hc/*/version.properties");
    hints.resources().registerResourceBundle("org.eclipse.parsson.messages");
  }
}
