package dev.eventstream.server.config;

/**
 * A host and a port.
 *
 * @param host a name or an address; an IPv6 address without brackets
 * @param port 1 to 65535
 */
public record HostAndPort(String host, int port) {

  /** Parses {@code host:port}; throws like {@link ValueType#parser}. */
  static HostAndPort parse(String text) {
    int colon = text.lastIndexOf(':');
    String host = colon < 0 ? "" : text.substring(0, colon);
    boolean bracketed = host.startsWith("[") && host.endsWith("]");
    if (bracketed) {
      host = host.substring(1, host.length() - 1);
    }
    String remedy = "write a host and a port, such as proxy.example.com:3128 or [::1]:3128";
    boolean plain = (host.indexOf(':') < 0 || bracketed) && host.indexOf('/') < 0;
    if (host.isEmpty() || !plain || host.indexOf('@') >= 0) {
      throw new IllegalArgumentException(remedy);
    }
    try {
      int port = ValueType.integer(1, 65_535).parser().apply(text.substring(colon + 1));
      return new HostAndPort(host, port);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(remedy, e);
    }
  }
}
