package dev.tmem.node;

import dev.tmem.Options;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where something listens. Immutable.
 *
 * @param host a name or an address, without brackets
 * @param port 1 to 65535
 */
public record HostPort(String host, int port) {

  private static final Pattern FORM =
      Pattern.compile("(?:\\[([0-9a-fA-F:.%]+)]|([^\\s:\\[\\],]+)):(\\d{1,5})");

  /**
   * Reads {@code host:port} or {@code [ipv6]:port}.
   *
   * @param key named in the error
   * @throws dev.tmem.TmemException with {@link dev.tmem.ErrorCode#INVALID_OPTION}
   */
  public static HostPort parse(String key, String text) {
    Matcher matcher = FORM.matcher(text.trim());
    if (!matcher.matches()) {
      throw Options.refuse(key, text, "host:port, such as 10.0.0.2:5701,");
    }
    String host = matcher.group(1) != null ? matcher.group(1) : matcher.group(2);
    int port = Integer.parseInt(matcher.group(3));
    if (port < 1 || port > 65535) {
      throw Options.refuse(key, text, "a port from 1 to 65535");
    }
    return new HostPort(host, port);
  }

  /** Reads {@code host:port,host:port}. */
  public static List<HostPort> parseList(String key, String text) {
    List<HostPort> found = new ArrayList<>();
    for (String one : text.split(",", -1)) {
      found.add(parse(key, one));
    }
    return List.copyOf(found);
  }

  /** The address to connect to; resolves the name. */
  public InetSocketAddress socketAddress() {
    return new InetSocketAddress(host, port);
  }

  @Override
  public String toString() {
    return host.indexOf(':') < 0 ? host + ":" + port : "[" + host + "]:" + port;
  }
}
