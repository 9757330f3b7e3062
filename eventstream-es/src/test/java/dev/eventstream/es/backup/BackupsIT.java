package dev.eventstream.es.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.eventstream.Event;
import dev.eventstream.EventStream;
import dev.eventstream.Outcome;
import dev.eventstream.es.ClusterRefusedException;
import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.es.backup.Backups.Backup;
import dev.eventstream.es.backup.Backups.Created;
import dev.eventstream.es.backup.Backups.Progress;
import dev.eventstream.es.backup.Backups.RestorePlan;
import dev.eventstream.es.backup.Backups.Restored;
import dev.eventstream.es.backup.Backups.Retention;
import dev.eventstream.es.backup.Backups.Verified;
import dev.eventstream.es.indices.IndexInfo;
import dev.eventstream.testkit.Engine;
import dev.eventstream.testkit.EngineClient;
import dev.eventstream.testkit.EngineExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Backups of indices on real engines, and what is left of them when something fails. */
@Tag("slow")
@ParameterizedClass
@MethodSource("dev.eventstream.testkit.Engine#underTest")
class BackupsIT {
  private static final AtomicInteger TESTS = new AtomicInteger();
  private static final Instant MONDAY = Instant.parse("2026-11-23T03:00:00Z");
  private static final Instant TUESDAY = Instant.parse("2026-11-24T03:00:00Z");
  private static final Progress SILENT = (done, all) -> {};
  private static final String ONE_SHARD =
      "\"settings\":{\"number_of_shards\":1,\"number_of_replicas\":0}";

  @RegisterExtension final EngineExtension shared;

  private final int test = TESTS.incrementAndGet();
  private final String prefix = "backup" + test + "-";
  private final List<String> patterns = List.of(prefix + "*");
  private EngineClient client;
  private ElasticsearchSink sink;
  private Backups backups;

  BackupsIT(Engine version) {
    this.shared = EngineExtension.shared(version);
  }

  @BeforeEach
  void register() throws Exception {
    client = shared.get().client();
    sink = ElasticsearchSink.builder(List.of(shared.get().url())).build();
    backups = new Backups(sink, "repository" + test);
    backups.register(location().toString());
  }

  @AfterEach
  void cleanUp() {
    sink.close();
    client.request("DELETE", "/_snapshot/repository" + test);
    client
        .request("GET", "/_cat/indices?h=index")
        .body()
        .lines()
        .map(String::strip)
        .filter(index -> index.contains(prefix))
        .forEach(index -> client.request("DELETE", "/" + index));
  }

  @Test
  void whatWasIndexedIsThereAgainAfterItsIndexWasDeleted() throws Exception {
    client
        .request(
            "PUT",
            "/" + prefix + "click",
            "{" + ONE_SHARD + ",\"aliases\":{\"" + prefix + "all\":{}}}")
        .orThrow();
    List<Outcome.Indexed> indexed = publish("click", 300);
    indexed.addAll(publish("view", 100));
    client.refresh();

    Created created = backups.create(MONDAY, patterns, SILENT);

    assertThat(created.isNew()).isTrue();
    assertThat(created.skipped()).isEmpty();
    Backup backup = created.backup();
    assertThat(backup.isGood()).isTrue();
    assertThat(backup.name()).isEqualTo("eventstream-2026.11.23-03.00.00");
    assertThat(backup.indices()).containsExactly(prefix + "click", prefix + "view");
    assertThat(backups.list()).containsExactly(backup);
    Verified verified = backups.verify();
    assertThat(verified.newest()).contains(backup);
    assertThat(verified.nodes()).hasSize(1);
    assertThat(verified.bytes()).isPositive();

    publish("click", 50); // after the backup
    client.request("DELETE", "/" + prefix + "click").orThrow();
    client.request("DELETE", "/" + prefix + "view").orThrow();
    RestorePlan plan = backups.planRestore(backup, List.of(), "", false);
    assertThat(plan.replaced()).isEmpty();

    assertThat(backups.restore(plan, SILENT))
        .containsExactly(new Restored(prefix + "click", 300), new Restored(prefix + "view", 100));
    assertThat(indexed)
        .allSatisfy(
            event ->
                assertThat(client.source(event.destination(), event.documentId())).isPresent());
    assertThat(client.count(prefix + "all")).isEqualTo(300);
  }

  @Test
  void severalServersMakeOneBackupOfEachTime() throws Exception {
    publish("click", 10);

    List<CompletableFuture<Created>> servers =
        Stream.generate(() -> CompletableFuture.supplyAsync(this::createMonday)).limit(3).toList();

    assertThat(servers)
        .extracting(CompletableFuture::join)
        .extracting(Created::isNew)
        .containsExactlyInAnyOrder(true, false, false);
    Created late = createMonday();
    assertThat(late.isNew()).isFalse();
    assertThat(late.backup().isGood()).isTrue();
    assertThat(backups.list()).containsExactly(late.backup());
  }

  @Test
  void aMissingShardMakesTheBackupPartialAndIsNamed() throws Exception {
    publish("click", 10);
    assertThat(createMonday().backup().isGood()).isTrue();
    publish("click", 5);
    client.refresh();
    client
        .request(
            "PUT",
            "/" + prefix + "red?wait_for_active_shards=0",
            "{" + ONE_SHARD.replace("}", ",\"index.routing.allocation.require._name\":\"none\"}}"))
        .orThrow();

    Backup partial = backups.create(TUESDAY, patterns, SILENT).backup();

    assertThat(partial.state()).isEqualTo("PARTIAL");
    assertThat(partial.isGood()).isFalse();
    assertThat(partial.failures()).hasSize(1);
    assertThat(partial.failures().get(0)).startsWith(prefix + "red shard 0: primary shard");
    List<Backup> all = backups.list();
    assertThat(all).hasSize(2).first().isEqualTo(partial);
    assertThat(backups.verify().newest()).contains(all.get(1));
    assertThat(new Retention(1, null).expired(all, Instant.now())).isEmpty();
    RestorePlan ofTheOther = backups.planRestore(partial, List.of("*click"), "copy-", false);
    assertThat(backups.restore(ofTheOther, SILENT))
        .containsExactly(new Restored("copy-" + prefix + "click", 15));
  }

  @Test
  void aClosedIndexIsBackedUpOrNamed() throws Exception {
    publish("click", 10);
    publish("old", 7);
    client.refresh();
    client.request("POST", "/" + prefix + "old/_close").orThrow();

    Created created = createMonday();

    assertThat(created.backup().isGood()).isTrue();
    if (shared.get().engine().needsMappingType()) {
      assertThat(created.skipped()).containsExactly(prefix + "old");
      assertThat(created.backup().indices()).containsExactly(prefix + "click");
      client.request("POST", "/" + prefix + "click/_close").orThrow();
      assertThatThrownBy(() -> backups.create(TUESDAY, patterns, SILENT))
          .hasMessageContaining("index closed");
    } else {
      assertThat(created.skipped()).isEmpty();
      RestorePlan plan = backups.planRestore(created.backup(), List.of("*old"), "copy-", false);
      assertThat(backups.restore(plan, SILENT))
          .containsExactly(new Restored("copy-" + prefix + "old", 7));
    }
  }

  @Test
  void anExistingIndexIsNotOverwrittenUnlessItIsClosedAndThatIsWanted() throws Exception {
    client
        .request(
            "PUT",
            "/" + prefix + "click",
            "{" + ONE_SHARD + ",\"aliases\":{\"" + prefix + "all\":{}}}")
        .orThrow();
    publish("click", 10);
    client.refresh();
    Backup backup = createMonday().backup();
    publish("click", 5);

    RestorePlan over = backups.planRestore(backup, List.of(), "", true);
    assertThat(over.replaced()).isEmpty();
    assertThat(over.conflicts()).extracting(IndexInfo::name).containsExactly(prefix + "click");
    assertThatThrownBy(() -> backups.restore(over, SILENT))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(prefix + "click");
    RestorePlan beside = backups.planRestore(backup, List.of(), "copy-", false);
    assertThat(backups.restore(beside, SILENT))
        .containsExactly(new Restored("copy-" + prefix + "click", 10));
    assertThat(client.count(prefix + "all")).as("the alias is not that of both").isEqualTo(15);

    client.request("POST", "/" + prefix + "click/_close").orThrow();
    assertThat(backups.planRestore(backup, List.of(), "", false).conflicts()).hasSize(1);
    RestorePlan inPlace = backups.planRestore(backup, List.of(), "", true);
    assertThat(inPlace.conflicts()).isEmpty();
    assertThat(inPlace.replaced()).extracting(IndexInfo::name).containsExactly(prefix + "click");
    assertThat(backups.restore(inPlace, SILENT))
        .containsExactly(new Restored(prefix + "click", 10));
    assertThat(client.count(prefix + "all")).isEqualTo(10);
  }

  @Test
  void dataThatIsMissingInTheRepositoryFailsTheRestoreAndIsNamed() throws Exception {
    publish("click", 10);
    Backup backup = createMonday().backup();
    for (Path file : files()) {
      if (file.getFileName().toString().startsWith("__")) {
        Files.delete(file);
      }
    }
    RestorePlan plan = backups.planRestore(backup, List.of(), "copy-", false);

    assertThatThrownBy(() -> backups.restore(plan, SILENT))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll(
            "not restored", "copy-" + prefix + "click shard 0: ", "NoSuchFile");
  }

  @Test
  void aBackupThatCannotBeReadIsNotVerified() throws Exception {
    publish("click", 10);
    createMonday();
    for (Path file : files()) {
      if (file.toString().contains("/indices/") && file.toString().contains("snap-")) {
        Files.delete(file);
      }
    }
    assertThatThrownBy(() -> backups.verify()).isInstanceOf(IOException.class);
  }

  @Test
  void aRepositoryThatCannotBeWrittenToFailsTheBackup() throws Exception {
    publish("click", 10);
    createMonday();
    for (Path file : files()) {
      Files.delete(file);
    }
    Path indices = location().resolve("indices");
    try (Stream<Path> below = Files.walk(indices)) {
      for (Path directory : below.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(directory);
      }
    }
    Files.createFile(indices); // where the engine needs a directory; root may write everywhere

    assertThatThrownBy(() -> backups.create(TUESDAY, patterns, SILENT))
        .isInstanceOf(IOException.class);
    Files.delete(indices);
    try {
      assertThat(backups.list()).noneMatch(Backup::isGood);
    } catch (ClusterRefusedException e) { // Elasticsearch 7 and later remember what was there
      assertThat(e.errorType()).isIn("repository_exception", "snapshot_missing_exception");
    }
  }

  @Test
  void aRepositoryThatANodeCannotUseIsFoundBeforeTheBackup() throws Exception {
    publish("click", 10);
    try (Stream<Path> all = Files.walk(location())) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
    Files.createFile(location());

    for (ThrowingCallable use :
        List.<ThrowingCallable>of(
            () -> backups.create(MONDAY, patterns, SILENT), () -> backups.verify())) {
      assertThatThrownBy(use)
          .isInstanceOf(ClusterRefusedException.class)
          .hasMessageContaining("all nodes have to share");
    }
  }

  @Test
  void wrongRepositoriesAreExplained() throws Exception {
    Backups unknown = new Backups(sink, "unknown" + test);
    publish("click", 1);

    assertThatThrownBy(unknown::list)
        .isInstanceOfSatisfying(
            ClusterRefusedException.class,
            e -> assertThat(e.errorType()).isEqualTo("repository_missing_exception"));
    assertThatThrownBy(() -> unknown.create(MONDAY, patterns, SILENT))
        .isInstanceOfSatisfying(
            ClusterRefusedException.class,
            e -> assertThat(e.errorType()).isEqualTo("repository_missing_exception"));
    assertThatThrownBy(() -> unknown.register("/outside"))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll("\"/outside\"", "path.repo of every node");
    Path file = Files.createFile(location().resolveSibling("file" + test));
    assertThatThrownBy(() -> unknown.register(file + "/repository"))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll(file + "/repository", "path.repo of every node");
    assertThatThrownBy(unknown::list)
        .as("it is not registered")
        .hasMessageContaining("[unknown" + test + "] missing");
    assertThatThrownBy(() -> backups.register(location() + "-2"))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll("exists already", location() + "\" instead of", "another name");
    backups.register(location().toString());
    assertThatThrownBy(() -> backups.create(MONDAY, List.of("nothing-*"), SILENT))
        .hasMessageContaining("no index matches nothing-*");
  }

  @Test
  void snapshotsOfOthersAreNeitherListedNorCounted() throws Exception {
    publish("click", 1);
    client
        .request("PUT", "/_snapshot/repository" + test + "/nightly?wait_for_completion=true", "{}")
        .orThrow();
    client
        .request(
            "PUT",
            "/_snapshot/repository" + test + "/eventstream-before?wait_for_completion=true",
            "{\"indices\":\"" + prefix + "click\"}")
        .orThrow();
    assertThat(backups.list()).isEmpty();
    assertThat(backups.verify().newest()).isEmpty();
    Backup ours = createMonday().backup();

    backups.delete(ours);
    backups.delete(ours); // by another server

    assertThat(client.request("GET", "/_snapshot/repository" + test + "/_all").body())
        .contains("nightly", "eventstream-before")
        .doesNotContain(ours.name());
  }

  private Created createMonday() {
    try {
      return backups.create(MONDAY, patterns, SILENT);
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Indexes events of a type, which is the rest of the name of their index. */
  private List<Outcome.Indexed> publish(String type, int events) throws IOException {
    List<Event> all = Collections.nCopies(events, Event.of(prefix + type, "home"));
    ElasticsearchSink own = ElasticsearchSink.builder(List.of(shared.get().url())).build();
    try (EventStream stream = EventStream.builder().sink(own).build()) {
      List<Outcome.Indexed> indexed = new ArrayList<>();
      stream.publishAll(all).join().forEach(outcome -> indexed.add((Outcome.Indexed) outcome));
      return indexed;
    }
  }

  private Path location() {
    return shared.get().repositories().resolve("location" + test);
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> all = Files.walk(location())) {
      return all.filter(Files::isRegularFile).toList();
    }
  }
}
