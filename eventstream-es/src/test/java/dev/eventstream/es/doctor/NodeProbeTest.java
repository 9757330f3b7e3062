package dev.eventstream.es.doctor;

import static dev.eventstream.es.Writes.sink;
import static dev.eventstream.es.doctor.Findings.find;
import static org.assertj.core.api.Assertions.assertThat;

import dev.eventstream.es.Credentials;
import dev.eventstream.es.ElasticsearchSink;
import dev.eventstream.es.StandInCluster;
import dev.eventstream.es.doctor.Finding.Severity;
import dev.eventstream.testkit.TestCa;
import dev.eventstream.testkit.TestCa.Issued;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the doctor says about nodes, with real connections and handshakes. */
class NodeProbeTest {
  private static final URI DEAD = URI.create("http://127.0.0.1:1");

  @TempDir Path directory;

  private static List<Finding> examine(ElasticsearchSink sink) throws Exception {
    return ClusterDoctor.of(sink).examine();
  }

  /** A cluster with this certificate, of a CA that is trusted. */
  private List<Finding> examine(TestCa ca, Issued certificate) throws Exception {
    try (StandInCluster cluster = StandInCluster.https(certificate.server(ca));
        ElasticsearchSink sink =
            sink(cluster.url())
                .certificateAuthorities(ca.write(directory.resolve("ca.pem")))
                .build()) {
      return examine(sink);
    }
  }

  @Test
  void aPortWithoutServerIsAFaultAndNothingElseIsExamined() throws Exception {
    try (ElasticsearchSink sink = sink(DEAD).build()) {
      assertThat(examine(sink))
          .singleElement()
          .satisfies(
              only -> {
                assertThat(only.code()).isEqualTo("node-connection");
                assertThat(only.severity()).isEqualTo(Severity.FAULT);
                assertThat(only.subjects()).containsExactly(DEAD.toString());
              });
    }
  }

  @Test
  void aNodeThatIsAwayIsAWarningIfAnotherAnswers() throws Exception {
    try (StandInCluster cluster = StandInCluster.http();
        ElasticsearchSink sink = sink(DEAD, cluster.url()).build()) {
      List<Finding> all = examine(sink);

      assertThat(find(all, "node-connection").severity()).isEqualTo(Severity.WARNING);
      assertThat(find(all, "node-answer").subjects()).containsExactly(cluster.url().toString());
      assertThat(find(all, "red-index").severity()).isEqualTo(Severity.OK);
    }
  }

  @Test
  void aHostWithoutAddressIsNamed() throws Exception {
    try (ElasticsearchSink sink = sink(URI.create("http://es-1.invalid:9200")).build()) {
      assertThat(find(examine(sink), "node-name").message()).contains("es-1.invalid");
    }
  }

  @Test
  void aUrlWithTlsForAPortWithoutIsNamed() throws Exception {
    try (StandInCluster cluster = StandInCluster.http();
        ElasticsearchSink sink = sink(cluster.url("https", "127.0.0.1")).build()) {
      assertThat(examine(sink))
          .singleElement()
          .satisfies(
              only -> {
                assertThat(only.code()).isEqualTo("node-scheme");
                assertThat(only.remedy()).contains("http://");
              });
    }
  }

  @Test
  void aUrlWithoutTlsForAPortWithTlsIsNamed() throws Exception {
    TestCa ca = new TestCa("ca");
    try (StandInCluster cluster = StandInCluster.https(ca.issue("es", "127.0.0.1").server(ca));
        ElasticsearchSink sink = sink(cluster.url("http", "127.0.0.1")).build()) {
      assertThat(examine(sink))
          .singleElement()
          .satisfies(
              only -> {
                assertThat(only.code()).isEqualTo("node-scheme");
                assertThat(only.remedy()).contains("https://");
              });
    }
  }

  @Test
  void theEndOfTheCertificateIsSaid() throws Exception {
    TestCa ca = new TestCa("ca");

    Finding valid = find(examine(ca, ca.issue("es", "127.0.0.1")), "node-certificate");
    assertThat(valid.severity()).isEqualTo(Severity.OK);
    assertThat(valid.message()).contains("CN=", "valid until");

    Finding ending =
        find(examine(ca, ca.issue(Duration.ofDays(15), "es", "127.0.0.1")), "node-certificate");
    assertThat(ending.severity()).isEqualTo(Severity.WARNING);
    assertThat(ending.message()).contains("CN=es", "expires at");
  }

  @Test
  void anExpiredCertificateIsAFaultWithItsDate() throws Exception {
    TestCa ca = new TestCa("ca");

    List<Finding> all = examine(ca, ca.issueExpired("es", "127.0.0.1"));

    assertThat(find(all, "node-certificate").severity()).isEqualTo(Severity.FAULT);
    assertThat(find(all, "node-certificate").message()).contains("CN=es", "expired at");
    assertThat(find(all, "node-tls").remedy()).contains("renew");
  }

  @Test
  void aCertificateOfAnUnknownAuthorityIsAFaultWithTheRemedy() throws Exception {
    Finding tls = find(examine(new TestCa("ours"), new TestCa("x").issue("es")), "node-tls");

    assertThat(tls.severity()).isEqualTo(Severity.FAULT);
    assertThat(tls.remedy()).contains("configure the cluster's CA");
  }

  @Test
  void credentialsThatAreRejectedAreAFaultAndNotShown() throws Exception {
    try (StandInCluster cluster = StandInCluster.http();
        ElasticsearchSink sink =
            sink(cluster.url()).credentials(Credentials.basic("me", () -> "hush")).build()) {
      cluster.answering(request -> 401);

      List<Finding> all = examine(sink);

      assertThat(find(all, "credentials").severity()).isEqualTo(Severity.FAULT);
      assertThat(find(all, "credentials").remedy()).isNotEmpty();
      assertThat(all.toString()).doesNotContain("hush", "bWU6aHVzaA");
    }
  }

  @Test
  void credentialsThatMayOnlyWriteAreInOrder() throws Exception {
    try (StandInCluster cluster = StandInCluster.http();
        ElasticsearchSink sink = sink(cluster.url()).build()) {
      cluster.answering(request -> 403);

      List<Finding> all = examine(sink);

      assertThat(find(all, "node-answer").severity()).isEqualTo(Severity.OK);
      assertThat(find(all, "red-index").severity()).isEqualTo(Severity.UNKNOWN);
      assertThat(find(all, "red-index").message()).contains("403");
    }
  }

  @Test
  void aNodeThatAcceptsConnectionsAndSaysNothingIsNotWaitedFor() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        ElasticsearchSink sink =
            sink(URI.create("http://127.0.0.1:" + silent.getLocalPort()))
                .requestTimeout(Duration.ofMinutes(5))
                .build()) {
      List<Finding> all = ClusterDoctor.of(sink).timeLimit(Duration.ofSeconds(6)).examine();

      assertThat(all)
          .singleElement()
          .satisfies(only -> assertThat(only.message()).contains("no answer within 1 s"));
    }
  }

  @Test
  void aProxyThatIsAwayIsAFault() throws Exception {
    try (ElasticsearchSink sink =
        sink(URI.create("http://es-1.invalid:9200")).proxy("127.0.0.1", 1).build()) {
      assertThat(find(examine(sink), "node-answer").severity()).isEqualTo(Severity.FAULT);
    }
  }
}
