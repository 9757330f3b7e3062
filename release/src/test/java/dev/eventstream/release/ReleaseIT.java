package dev.eventstream.release;

import static dev.eventstream.release.Poms.ROOT;
import static dev.eventstream.release.Poms.child;
import static dev.eventstream.release.Poms.children;
import static dev.eventstream.release.Poms.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.lang.module.ModuleFinder;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.w3c.dom.Element;

/**
 * Builds a release from a copy of the source tree, without publishing it, and uses it. Everything
 * is in target/release of the source tree, also the logs.
 */
@EnabledIfSystemProperty(named = "eventstream.release", matches = "true")
@Timeout(ReleaseIT.SECONDS)
class ReleaseIT {
  static final int SECONDS = 3600; // several builds
  private static final Path WORK = ROOT.resolve("target/release");
  private static final Path FIRST = WORK.resolve("first");
  private static final Path SECOND = WORK.resolve("second");
  private static final Path STAGED = FIRST.resolve("target/staging");
  private static final String SCM = "https://git.example.org/eventstream";

  /** The program that the module path is tested with in every build. */
  private static final Path PROGRAM = ROOT.resolve("embedding/module-path/src/main/java");

  private static final String PROGRAM_NAME = "dev.eventstream.embedding.Program";

  private static final String SERVER = "dev.eventstream.server.cli.Cli";

  private static String version;
  private static List<String> modules;
  private static SigningKey key;

  @BeforeAll
  @Timeout(SECONDS)
  static void buildTwice() throws Exception {
    delete(WORK);
    Files.createDirectories(WORK);
    version = Poms.version().replace("-SNAPSHOT", "");
    modules = Poms.published();
    key = SigningKey.generate();

    copy(ROOT, FIRST);
    setVersion(FIRST, version);
    copy(FIRST, SECOND);
    deploy(FIRST, Map.of("TZ", "UTC", "LC_ALL", "C"));
    // Elsewhere: in another directory, time zone and language
    deploy(SECOND, Map.of("TZ", "Pacific/Auckland", "LC_ALL", "C.UTF-8"));
  }

  private static void deploy(Path source, Map<String, String> environment) throws Exception {
    Map<String, String> all = new TreeMap<>(environment);
    all.put("MAVEN_GPG_KEY", key.armored());
    all.put("MAVEN_GPG_PASSPHRASE", key.passphrase());
    List<String> words =
        maven(
            source,
            "-Prelease",
            "-Dscm.url=" + SCM,
            "-Deventstream.commit=0123456",
            "-Dmaven.test.skip",
            "-DskipITs",
            "-Djacoco.skip",
            "-Dspotless.check.skip",
            "-pl",
            String.join(",", modules),
            "deploy");
    run("build-" + source.getFileName(), source, all, words).succeeded();
  }

  @Test
  void theStagedFilesAreWhatMavenCentralRequires() throws Exception {
    Set<String> artifacts = new TreeSet<>();
    for (String module : modules) {
      Element source = Poms.read(FIRST.resolve(module).resolve("pom.xml"));
      String artifact = text(source, "artifactId");
      artifacts.add(artifact);
      String stem = artifact + "-" + version;
      List<String> files = new ArrayList<>(List.of(stem + ".pom"));
      if (!text(source, "packaging").equals("pom")) {
        for (String end : List.of(".jar", "-sources.jar", "-javadoc.jar", "-cyclonedx.json")) {
          files.add(stem + end);
        }
      }
      Path directory = directory(artifact);
      for (String file : files) {
        assertThat(key.signed(directory.resolve(file))).as("signature of " + file).isTrue();
        assertChecksum(directory.resolve(file), "SHA-1", ".sha1");
        assertChecksum(directory.resolve(file), "MD5", ".md5");
      }
      assertThat(names(directory).filter(name -> !name.matches(".*\\.(asc|sha1|md5)")))
          .containsExactlyInAnyOrderElementsOf(files);
    }
    try (Stream<Path> staged = Files.list(STAGED.resolve("dev/eventstream"))) {
      assertThat(staged.map(path -> path.getFileName().toString()))
          .containsExactlyInAnyOrderElementsOf(artifacts);
    }
  }

  @Test
  void aStagedPomIsCompleteAndNeedsNoParent() throws Exception {
    for (String artifact : artifacts(false)) {
      Element pom = Poms.read(staged(artifact, ".pom"));
      assertThat(children(pom).stream().map(Element::getTagName))
          .as(artifact)
          .contains("name", "description", "url", "licenses", "developers", "scm")
          .doesNotContain("parent", "build", "profiles", "modules", "repositories")
          .doesNotContain("properties", "distributionManagement", "pluginRepositories");
      assertThat(text(pom, "version")).isEqualTo(version);
      assertThat(text(pom, "url")).isEqualTo(SCM);
      assertThat(text(pom, "scm", "url")).isEqualTo(SCM);
      assertThat(text(pom, "scm", "connection")).isEqualTo("scm:git:" + SCM);
      Element dependencies = child(pom, "dependencies");
      for (Element dependency :
          dependencies == null ? List.<Element>of() : children(dependencies)) {
        assertThat(text(dependency, "version")).matches("[^$]+").doesNotEndWith("SNAPSHOT");
        assertThat(text(dependency, "scope")).isNotEqualTo("test");
      }
    }
  }

  @Test
  void theStagedArchivesAreNamedAndFilled() throws Exception {
    for (String artifact : artifacts(true)) {
      Path jar = staged(artifact, ".jar");
      assertThat(ModuleFinder.of(jar).findAll())
          .singleElement()
          .satisfies(
              module -> assertThat(module.descriptor().name()).startsWith("dev.eventstream."));
      try (JarFile file = new JarFile(jar.toFile())) {
        assertThat(file.getManifest().getMainAttributes().getValue("Implementation-Version"))
            .isEqualTo(version);
      }
      assertThat(entries(staged(artifact, "-sources.jar")))
          .anyMatch(name -> name.endsWith(".java"));
      assertThat(entries(staged(artifact, "-javadoc.jar"))).contains("index.html");
      assertThat(Files.readString(staged(artifact, "-cyclonedx.json")))
          .contains("\"CycloneDX\"", "pkg:maven/dev.eventstream/" + artifact + "@" + version);
    }
  }

  @Test
  void aSecondBuildIsIdentical() throws Exception {
    Map<String, String> first = digests(STAGED);

    assertThat(first).isNotEmpty();
    assertThat(digests(SECOND.resolve("target/staging"))).isEqualTo(first);
  }

  @Test
  void aMavenProjectUsesTheStagedArtifactsOnTheClassPath() throws Exception {
    String classPath = consume("maven-class-path", artifacts(true), false);

    Path project = WORK.resolve("maven-class-path");
    assertRuns(
        project, List.of("--class-path", project + "/target/classes:" + classPath, PROGRAM_NAME));
    Command help =
        run(
            "version",
            project,
            Map.of(),
            List.of(java(), "--class-path", classPath, SERVER, "--version"));
    assertThat(help.succeeded().out()).contains("eventstream " + version + " (0123456)");
    assertThat(healthOfTheServer(classPath)).contains("\"version\" : \"" + version + "\"");
  }

  /** Starts the server, without a cluster, and asks it. */
  private static String healthOfTheServer(String classPath) throws Exception {
    int adminPort;
    try (ServerSocket free = new ServerSocket(0)) {
      adminPort = free.getLocalPort();
    }
    ProcessBuilder builder =
        new ProcessBuilder(java(), "--class-path", classPath, SERVER, "serve")
            .redirectError(WORK.resolve("server.log").toFile());
    builder
        .environment()
        .putAll(
            Map.of(
                "EVENTSTREAM_HOST",
                "127.0.0.1",
                "EVENTSTREAM_PORT",
                "0",
                "EVENTSTREAM_ADMIN_PORT",
                String.valueOf(adminPort),
                "ELASTICSEARCH_URL",
                "http://127.0.0.1:1",
                "EVENTSTREAM_ID_DIR",
                ROOT.resolve("data/ids").toString(),
                "EVENTSTREAM_SPOOL_DIR",
                WORK.resolve("spool").toString()));
    Process server = builder.start();
    try (BufferedReader out = server.inputReader()) {
      assertThat(out.lines().anyMatch(line -> line.contains("eventstream is ready at"))).isTrue();
      URI health = URI.create("http://127.0.0.1:" + adminPort + "/healthz");
      return HttpClient.newHttpClient()
          .send(HttpRequest.newBuilder(health).build(), BodyHandlers.ofString())
          .body();
    } finally {
      server.destroyForcibly();
    }
  }

  @Test
  void aMavenProjectUsesTheStagedArtifactsOnTheModulePath() throws Exception {
    String modulePath = consume("maven-module-path", requiredByTheProgram(), true);

    Path project = WORK.resolve("maven-module-path");
    assertRuns(
        project,
        List.of(
            "--module-path",
            project + "/target/classes:" + modulePath,
            "--module",
            "dev.eventstream.embedding/" + PROGRAM_NAME));
  }

  @Test
  void aGradleProjectUsesTheStagedArtifactsOnTheClassPath() throws Exception {
    Path project = WORK.resolve("gradle-class-path");
    String classPath = consumeWithGradle(project, artifacts(true), false);

    assertRuns(project, List.of("--class-path", classPath, PROGRAM_NAME));
  }

  @Test
  void aGradleProjectUsesTheStagedArtifactsOnTheModulePath() throws Exception {
    Path project = WORK.resolve("gradle-module-path");
    String modulePath = consumeWithGradle(project, requiredByTheProgram(), true);

    assertRuns(
        project,
        List.of(
            "--module-path", modulePath, "--module", "dev.eventstream.embedding/" + PROGRAM_NAME));
  }

  @Test
  void anIncompatibleChangeNeedsANewMajorVersion() throws Exception {
    Path changed = WORK.resolve("changed");
    copy(FIRST, changed);
    setVersion(changed, version.replaceAll("[0-9]+$", "99"));

    compare(changed, "unchanged").succeeded();

    Path event = changed.resolve("eventstream-core/src/main/java/dev/eventstream/Event.java");
    String method = "public static Event of(String eventType, String eventValue) {";
    assertThat(event).content().contains(method);
    Files.writeString(
        event, Files.readString(event).replace(method, method.replace("public ", "")));
    Command incompatible = compare(changed, "incompatible");
    assertThat(incompatible.exit()).isNotZero();
    assertThat(incompatible.out()).contains("japicmp", "dev.eventstream.Event.of");
  }

  private static Command compare(Path source, String name) throws Exception {
    // Only there: the user's own settings stay in force.
    Path settings =
        Files.writeString(
            WORK.resolve("settings.xml"),
            """
            <settings>
              <profiles>
                <profile>
                  <id>staged</id>
                  %s
                </profile>
              </profiles>
              <activeProfiles><activeProfile>staged</activeProfile></activeProfiles>
            </settings>
            """
                .formatted(repositories()));
    List<String> words =
        maven(
            source,
            "--global-settings",
            settings.toString(),
            "-Dapi.baseline=" + version,
            "-Dmaven.test.skip",
            "-DskipITs",
            "-Djacoco.skip",
            "-Denforcer.skip",
            "-Dmaven.javadoc.skip",
            "-Dmaven.source.skip",
            "-Dspotless.check.skip",
            "-pl",
            "eventstream-bom,eventstream-core",
            "verify");
    return run("compare-" + name, source, Map.of(), words);
  }

  /**
   * Compiles the program in a project of its own with Maven, and returns the paths of its
   * libraries.
   */
  private static String consume(String name, List<String> artifacts, boolean modulePath)
      throws Exception {
    Path project = project(WORK.resolve(name), modulePath);
    StringBuilder dependencies = new StringBuilder();
    for (String artifact : artifacts) {
      dependencies.append(
          "<dependency><groupId>dev.eventstream</groupId><artifactId>%s</artifactId></dependency>\n"
              .formatted(artifact));
    }
    Files.writeString(
        project.resolve("pom.xml"),
        """
        <project>
          <modelVersion>4.0.0</modelVersion>
          <groupId>org.example</groupId>
          <artifactId>%s</artifactId>
          <version>1</version>
          <properties>
            <maven.compiler.release>17</maven.compiler.release>
            <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
          </properties>
          %s
          <dependencyManagement>
            <dependencies>
              <dependency>
                <groupId>dev.eventstream</groupId>
                <artifactId>eventstream-bom</artifactId>
                <version>%s</version>
                <type>pom</type>
                <scope>import</scope>
              </dependency>
            </dependencies>
          </dependencyManagement>
          <dependencies>
            %s
          </dependencies>
          <build>
            <plugins>
              %s
            </plugins>
          </build>
        </project>
        """
            .formatted(name, repositories(), version, dependencies, plugins()));
    Path paths = project.resolve("target/paths");
    List<String> goals =
        List.of(
            "-f",
            project + "/pom.xml",
            "compile",
            "dependency:build-classpath",
            "-Dmdep.outputFile=" + paths);
    // Fetches what is not on this machine yet; then, without eventstream and without the network,
    // it counts.
    run(name + "-libraries", project, Map.of(), maven(ROOT, goals.toArray(String[]::new)))
        .succeeded();
    delete(WORK.resolve("m2/dev/eventstream"));
    List<String> offline = new ArrayList<>(List.of("-o", "-Daether.offline.protocols=file"));
    offline.addAll(goals);
    run(name, project, Map.of(), maven(ROOT, offline.toArray(String[]::new))).succeeded();
    return Files.readString(paths).strip();
  }

  /** As {@link #consume}, with the Gradle of this machine. The paths contain the program. */
  private static String consumeWithGradle(Path project, List<String> artifacts, boolean modulePath)
      throws Exception {
    assumeTrue(installed("gradle"), "gradle is not installed");
    project(project, modulePath);
    Files.writeString(project.resolve("settings.gradle"), "rootProject.name = 'consumer'\n");
    StringBuilder dependencies = new StringBuilder();
    for (String artifact : artifacts) {
      // Not the BOM: Gradle before 5 cannot import one.
      dependencies.append(
          "  implementation 'dev.eventstream:%s:%s'\n".formatted(artifact, version));
    }
    Files.writeString(
        project.resolve("build.gradle"),
        """
        plugins { id 'java' }
        repositories {
          maven { url '%s' }
          mavenCentral()
        }
        dependencies {
        %s}
        // Gradle before 6.4 does not know the module path.
        if (%s && GradleVersion.current() < GradleVersion.version('6.4')) {
          compileJava.doFirst {
            options.compilerArgs += ['--module-path', classpath.asPath]
            classpath = files()
          }
        }
        task paths {
          dependsOn classes
          doLast { new File(projectDir, 'paths').text = sourceSets.main.runtimeClasspath.asPath }
        }
        """
            .formatted(STAGED.toUri(), dependencies, modulePath));
    List<String> words =
        new ArrayList<>(
            List.of("gradle", "--no-daemon", "-g", WORK.resolve("gradle").toString(), "paths"));
    run(project.getFileName() + "-libraries", project, Map.of(), words).succeeded();
    delete(project.resolve("build"));
    words.add("--offline");
    run(project.getFileName().toString(), project, Map.of(), words).succeeded();
    return Files.readString(project.resolve("paths"));
  }

  private static Path project(Path project, boolean modulePath) throws IOException {
    copy(PROGRAM, project.resolve("src/main/java"));
    if (!modulePath) {
      Files.delete(project.resolve("src/main/java/module-info.java"));
    }
    return project;
  }

  private static void assertRuns(Path project, List<String> arguments) throws Exception {
    List<String> words = new ArrayList<>(List.of(java()));
    words.addAll(arguments);
    words.add(Files.createDirectory(project.resolve("data")).toString());
    Command program = run(project.getFileName() + "-run", project, Map.of(), words);
    assertThat(program.succeeded().out()).contains("1 ids", "Indexed Spooled");
  }

  private static List<String> requiredByTheProgram() throws IOException {
    String moduleInfo = Files.readString(PROGRAM.resolve("module-info.java"));
    return Pattern.compile("requires dev\\.eventstream\\.(\\w+);")
        .matcher(moduleInfo)
        .results()
        .map(requires -> "eventstream-" + requires.group(1))
        .toList();
  }

  /** The plugins that the build has downloaded already. */
  private static String plugins() throws Exception {
    Element properties = child(Poms.read(ROOT.resolve("pom.xml")), "properties");
    StringBuilder plugins = new StringBuilder();
    for (String name :
        List.of("maven-resources-plugin", "maven-compiler-plugin", "maven-dependency-plugin")) {
      plugins.append(
          "<plugin><artifactId>%s</artifactId><version>%s</version></plugin>\n"
              .formatted(name, text(properties, name + ".version")));
    }
    return plugins.toString();
  }

  private static String repositories() {
    return "<repositories><repository><id>staged</id><url>%s</url></repository></repositories>"
        .formatted(STAGED.toUri());
  }

  /** A command that reads the user's local repository, and writes into one of its own. */
  private static List<String> maven(Path source, String... arguments) {
    String local =
        System.getProperty("maven.repo.local", System.getProperty("user.home") + "/.m2/repository");
    List<String> words =
        new ArrayList<>(
            List.of(
                source.resolve("mvnw").toString(),
                "-B",
                "-ntp",
                "-Dmaven.repo.local=" + WORK.resolve("m2"),
                "-Dmaven.repo.local.tail=" + local));
    words.addAll(List.of(arguments));
    return words;
  }

  private static Command run(
      String name, Path directory, Map<String, String> environment, List<String> words)
      throws Exception {
    return Command.run(WORK.resolve(name + ".log"), directory, environment, words);
  }

  private static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  private static boolean installed(String program) {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
  }

  private static void setVersion(Path source, String to) throws Exception {
    run("set-version-" + source.getFileName(), source, Map.of(), List.of(".ci/set-version", to))
        .succeeded();
  }

  private static List<String> artifacts(boolean onlyJars) throws Exception {
    List<String> artifacts = new ArrayList<>();
    for (String module : modules) {
      Element pom = Poms.read(FIRST.resolve(module).resolve("pom.xml"));
      if (!onlyJars || !text(pom, "packaging").equals("pom")) {
        artifacts.add(text(pom, "artifactId"));
      }
    }
    return artifacts;
  }

  private static Path directory(String artifact) {
    return STAGED.resolve("dev/eventstream").resolve(artifact).resolve(version);
  }

  private static Path staged(String artifact, String end) {
    return directory(artifact).resolve(artifact + "-" + version + end);
  }

  private static Stream<String> names(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).toList().stream();
    }
  }

  private static List<String> entries(Path jar) throws IOException {
    try (JarFile file = new JarFile(jar.toFile())) {
      return file.stream().map(entry -> entry.getName()).toList();
    }
  }

  /**
   * The digests of all files below a directory, except those that contain the time: signatures and
   * indices.
   */
  private static Map<String, String> digests(Path directory) throws Exception {
    Map<String, String> digests = new TreeMap<>();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String name = directory.relativize(file).toString();
        if (!name.endsWith(".asc") && !name.contains("maven-metadata")) {
          digests.put(name, digest(file, "SHA-256"));
        }
      }
    }
    return digests;
  }

  private static void assertChecksum(Path file, String algorithm, String end) throws Exception {
    assertThat(file.resolveSibling(file.getFileName() + end)).hasContent(digest(file, algorithm));
  }

  private static String digest(Path file, String algorithm) throws Exception {
    return HexFormat.of()
        .formatHex(MessageDigest.getInstance(algorithm).digest(Files.readAllBytes(file)));
  }

  /** Copies without what Git and builds have written. */
  private static void copy(Path from, Path to) throws IOException {
    Set<String> left = Set.of("target", ".git");
    Files.walkFileTree(
        from,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
              throws IOException {
            if (left.contains(directory.getFileName().toString())) {
              return FileVisitResult.SKIP_SUBTREE;
            }
            Files.createDirectories(to.resolve(from.relativize(directory)));
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.copy(file, to.resolve(from.relativize(file)), StandardCopyOption.COPY_ATTRIBUTES);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private static void delete(Path directory) throws IOException {
    if (Files.exists(directory)) {
      try (Stream<Path> files = Files.walk(directory)) {
        for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
          Files.delete(file);
        }
      }
    }
  }
}
