package dev.eventstream.es.connect;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClusterNodesTest {
  private static List<URI> parse(String answer) throws IOException {
    return ClusterNodes.parse(answer.getBytes(UTF_8), "https");
  }

  @Test
  void takesTheAddressesThatNodesPublishByNameWhereTheyHaveOne() throws Exception {
    assertThat(
            parse(
                """
                {"cluster_name":"c","nodes":{
                  "b":{"roles":["data"],"http":{"publish_address":"es-2.example/10.0.0.2:9201"}},
                  "a":{"roles":["master","data"],"http":{"publish_address":"10.0.0.1:9200"}},
                  "c":{"roles":[],"http":{"publish_address":"[::1]:9200"}}}}
                """))
        .containsExactlyInAnyOrder(
            URI.create("https://10.0.0.1:9200"),
            URI.create("https://es-2.example:9201"),
            URI.create("https://[::1]:9200"));
  }

  @Test
  void leavesOutNodesThatOnlyManageOrHaveNoHttp() throws Exception {
    assertThat(
            parse(
                """
                {"nodes":{
                  "a":{"roles":["master"],"http":{"publish_address":"10.0.0.1:9200"}},
                  "b":{"roles":["cluster_manager"],"http":{"publish_address":"10.0.0.2:9200"}},
                  "c":{"roles":["data"]},
                  "d":{"roles":["data"],"http":{"publish_address":"no address: at all"}}}}
                """))
        .isEmpty();
  }

  @Test
  void knowsNoNodesOfAnAnswerOfAnotherKind() throws Exception {
    assertThat(parse("{\"error\":\"no\"}")).isEmpty();
    assertThat(parse("[]")).isEmpty();
  }
}
