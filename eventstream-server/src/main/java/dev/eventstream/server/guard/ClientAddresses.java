package dev.eventstream.server.guard;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Whom a request is from, where proxies stand between: what a proxy says of its client is believed
 * only as far as proxies are trusted, from ours outwards. Immutable, thread-safe.
 */
public final class ClientAddresses {
  /** The header in which the trusted proxies say whom they speak for. */
  public enum Header {
    /** {@code X-Forwarded-For: client, proxy}. */
    X_FORWARDED_FOR("X-Forwarded-For"),
    /** {@code Forwarded: for=client, for=proxy} (RFC 7239). */
    FORWARDED("Forwarded");

    private final String fieldName;

    Header(String fieldName) {
      this.fieldName = fieldName;
    }

    /**
     * How it is called in a request.
     *
     * @return the name of the field
     */
    public String fieldName() {
      return fieldName;
    }
  }

  /** Further than this no chain of honest proxies goes. */
  private static final int MAX_HOPS = 32;

  private static final Pattern IPV4 = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");
  private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");
  private static final Pattern FOR =
      Pattern.compile("(?:^|[;,])\\s*for=(\"[^\"]*\"|[^;,\\s]*)", Pattern.CASE_INSENSITIVE);

  private final List<Network> trusted;
  private final Header header;

  private record Network(InetAddress address, int prefix) {
    boolean contains(InetAddress other) {
      byte[] mine = address.getAddress();
      byte[] theirs = other.getAddress();
      if (mine.length != theirs.length) {
        return false;
      }
      for (int bit = 0; bit < prefix; bit++) {
        int mask = 0x80 >> (bit & 7);
        if ((mine[bit >> 3] & mask) != (theirs[bit >> 3] & mask)) {
          return false;
        }
      }
      return true;
    }
  }

  private ClientAddresses(List<Network> trusted, Header header) {
    this.trusted = trusted;
    this.header = header;
  }

  /**
   * Believes these proxies, and nobody else.
   *
   * @param proxies addresses, or networks such as {@code 10.0.0.0/8}; none: no proxy is believed
   * @param header where they say it; others are not looked at, as a client may have written them
   * @return the addresses
   * @throws IllegalArgumentException when one is no address or network, with what to write
   */
  public static ClientAddresses behind(List<String> proxies, Header header) {
    return new ClientAddresses(proxies.stream().map(ClientAddresses::network).toList(), header);
  }

  private static Network network(String text) {
    int slash = text.indexOf('/');
    InetAddress address = address(slash < 0 ? text : text.substring(0, slash));
    if (address != null) {
      int bits = 8 * address.getAddress().length;
      try {
        int prefix = slash < 0 ? bits : Integer.parseInt(text.substring(slash + 1));
        if (prefix >= 0 && prefix <= bits) {
          return new Network(address, prefix);
        }
      } catch (NumberFormatException e) {
        // told below
      }
    }
    throw new IllegalArgumentException(
        "\"" + text + "\" is no address; write addresses or networks such as 10.0.0.0/8");
  }

  /**
   * The header in which proxies say whom they speak for.
   *
   * @return one of the two
   */
  public Header header() {
    return header;
  }

  /**
   * Finds the client.
   *
   * @param peer the address at the other end of the connection
   * @param said the values of {@link #header()}, in the order of the request
   * @return the client's address; for one of IPv6 the first half, which is what a client has for
   *     itself
   */
  public String client(String peer, List<String> said) {
    InetAddress client = address(peer);
    if (client == null) {
      return peer;
    }
    if (isTrusted(client)) {
      List<String> hops = hops(said);
      for (int i = hops.size() - 1; i >= Math.max(0, hops.size() - MAX_HOPS); i--) {
        InetAddress before = address(hops.get(i));
        if (before == null) {
          break; // hidden, or nonsense: the last one that is known answers for it
        }
        client = before;
        if (!isTrusted(client)) {
          break;
        }
      }
    }
    return key(client);
  }

  private boolean isTrusted(InetAddress address) {
    for (Network network : trusted) {
      if (network.contains(address)) {
        return true;
      }
    }
    return false;
  }

  private List<String> hops(List<String> said) {
    List<String> hops = new ArrayList<>();
    for (String value : said) {
      if (header == Header.X_FORWARDED_FOR) {
        for (String hop : value.split(",", -1)) {
          hops.add(hop.strip());
        }
      } else {
        Matcher matcher = FOR.matcher(value);
        while (matcher.find()) {
          hops.add(matcher.group(1).replace("\"", ""));
        }
      }
    }
    return hops;
  }

  /** An address as it is written in headers, maybe with a port; null when it is none. */
  private static @Nullable InetAddress address(String text) {
    String host = text.strip().toLowerCase(Locale.ROOT);
    if (host.startsWith("[")) {
      int end = host.indexOf(']');
      host = end < 0 ? "" : host.substring(1, end);
    } else if (host.indexOf(':') >= 0 && host.indexOf(':') == host.lastIndexOf(':')) {
      host = host.substring(0, host.indexOf(':'));
    }
    int zone = host.indexOf('%');
    host = zone < 0 ? host : host.substring(0, zone);
    if (!IPV4.matcher(host).matches() && !IPV6.matcher(host).matches()) {
      return null; // a name: not to be looked up
    }
    try {
      return InetAddress.getByName(host);
    } catch (UnknownHostException e) {
      return null;
    }
  }

  private static String key(InetAddress client) {
    byte[] bytes = client.getAddress();
    if (bytes.length == 4) {
      return client.getHostAddress();
    }
    for (int i = 8; i < bytes.length; i++) {
      bytes[i] = 0;
    }
    try {
      return InetAddress.getByAddress(bytes).getHostAddress() + "/64";
    } catch (UnknownHostException e) {
      throw new IllegalStateException("sixteen bytes are an address", e);
    }
  }
}
