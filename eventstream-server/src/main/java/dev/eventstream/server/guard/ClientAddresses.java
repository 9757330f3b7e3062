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
 * Determines the client of a request that passed proxies. Follows the chain of forwarded addresses
 * from the nearest proxy outwards, as long as each proxy is trusted. Immutable, thread-safe.
 */
public final class ClientAddresses {
  /** The header in which trusted proxies name their client. */
  public enum Header {
    /** {@code X-Forwarded-For: client, proxy}. */
    X_FORWARDED_FOR("X-Forwarded-For"),
    /** {@code Forwarded: for=client, for=proxy} (RFC 7239). */
    FORWARDED("Forwarded");

    private final String fieldName;

    Header(String fieldName) {
      this.fieldName = fieldName;
    }

    /** The name of the header field. */
    public String fieldName() {
      return fieldName;
    }
  }

  /** The longest chain of proxies that is followed. */
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
   * Trusts these proxies only.
   *
   * @param proxies addresses, or networks such as {@code 10.0.0.0/8}
   * @param header the header that they set; others are ignored, since clients may have set them
   * @throws IllegalArgumentException if one is not an address or a network; with the remedy
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
        // reported below
      }
    }
    throw new IllegalArgumentException(
        "\"" + text + "\" is not an address; write addresses or networks such as 10.0.0.0/8");
  }

  /** The header in which proxies name their client. */
  public Header header() {
    return header;
  }

  /**
   * Determines the client.
   *
   * @param peer the remote address of the connection
   * @param forwarded the values of {@link #header()}, in the order of the request
   * @return the client's address; of an IPv6 address the /64 network, which one client owns as a
   *     whole
   */
  public String client(String peer, List<String> forwarded) {
    InetAddress client = address(peer);
    if (client == null) {
      return peer;
    }
    if (isTrusted(client)) {
      List<String> hops = hops(forwarded);
      for (int i = hops.size() - 1; i >= Math.max(0, hops.size() - MAX_HOPS); i--) {
        InetAddress before = address(hops.get(i));
        if (before == null) {
          break; // hidden or malformed: the nearest known address counts
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

  private List<String> hops(List<String> forwarded) {
    List<String> hops = new ArrayList<>();
    for (String value : forwarded) {
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

  /** Parses an address of a header, with or without a port; null: not an address. */
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
      return null; // a name: not resolved
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
      throw new IllegalStateException("16 bytes are an address", e);
    }
  }
}
