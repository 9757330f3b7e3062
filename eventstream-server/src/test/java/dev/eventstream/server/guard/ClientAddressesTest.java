package dev.eventstream.server.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.eventstream.server.guard.ClientAddresses.Header;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ClientAddressesTest {
  private static final List<String> PROXIES = List.of("10.0.0.0/8", "fd00::/8", "192.0.2.1");

  private static String client(Header header, String peer, String... said) {
    return ClientAddresses.behind(PROXIES, header).client(peer, List.of(said));
  }

  @Test
  void believesNobodyWhoIsNotTrusted() {
    assertThat(client(Header.X_FORWARDED_FOR, "198.51.100.7", "203.0.113.9"))
        .isEqualTo("198.51.100.7");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          203.0.113.9                        | 203.0.113.9
          1.1.1.1, 203.0.113.9               | 203.0.113.9
          1.1.1.1, 203.0.113.9, 10.7.7.7     | 203.0.113.9
          203.0.113.9:4711                   | 203.0.113.9
          10.9.9.9, 10.7.7.7                 | 10.9.9.9
          unknown                            | 10.1.2.3
          203.0.113.9, localhost             | 10.1.2.3
          203.0.113.9, 10.7.7.7, ''          | 10.1.2.3
          999.1.1.1                          | 10.1.2.3
          [2001:db8:1:2:3:4:5:6]:443         | 2001:db8:1:2:0:0:0:0/64
          ::ffff:203.0.113.9                 | 203.0.113.9
          """)
  void believesTrustedProxiesAsFarAsTheyReach(String said, String client) {
    assertThat(client(Header.X_FORWARDED_FOR, "10.1.2.3", said.replace("''", "")))
        .isEqualTo(client);
  }

  @Test
  void readsSeveralFieldsAsOne() {
    assertThat(client(Header.X_FORWARDED_FOR, "192.0.2.1", "1.1.1.1, 203.0.113.9", "10.7.7.7"))
        .isEqualTo("203.0.113.9");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          for=203.0.113.9                                    | 203.0.113.9
          proto=https;For="203.0.113.9:4711";by=10.0.0.1     | 203.0.113.9
          for=1.1.1.1, for=203.0.113.9;proto=http, for=10.0.0.4 | 203.0.113.9
          for="[2001:db8::1]:4711"                           | 2001:db8:0:0:0:0:0:0/64
          for=_hidden                                        | 10.1.2.3
          203.0.113.9                                        | 10.1.2.3
          """)
  void readsTheStandardHeader(String said, String client) {
    assertThat(client(Header.FORWARDED, "10.1.2.3", said)).isEqualTo(client);
  }

  @Test
  void takesAllAddressesOfOneNetworkOfIpv6ForOneClient() {
    assertThat(client(Header.FORWARDED, "2001:db8:0:1::1"))
        .isEqualTo(client(Header.FORWARDED, "2001:db8:0:1:ffff::2"))
        .isNotEqualTo(client(Header.FORWARDED, "2001:db8:0:2::1"));
  }

  @Test
  void doesNotFollowAChainWithoutEnd() {
    String endless = "1.1.1.1" + ", 10.0.0.1".repeat(100_000);

    assertThat(client(Header.X_FORWARDED_FOR, "10.1.2.3", endless)).isEqualTo("10.0.0.1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"proxy.example", "10.0.0.0/33", "10.0.0/8", "::1/129", "", "10.0.0.1/x"})
  void refusesProxiesThatAreNoAddresses(String proxy) {
    assertThatThrownBy(() -> ClientAddresses.behind(List.of(proxy), Header.FORWARDED))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "\"" + proxy + "\" is not an address; write addresses or networks such as 10.0.0.0/8");
  }
}
