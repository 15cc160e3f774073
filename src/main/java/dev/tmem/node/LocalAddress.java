package dev.tmem.node;

import dev.tmem.Options;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;

/** Questions about this machine's addresses and ports. */
final class LocalAddress {

  private static final int CONNECT_MILLIS = 1_000;

  private LocalAddress() {}

  /**
   * The address, in digits, that a process with these options listens at.
   *
   * @throws dev.tmem.TmemException with {@link dev.tmem.ErrorCode#INVALID_OPTION} if the host that
   *     was given is not this machine
   */
  static String of(ClusterOptions options) {
    String host = options.getHost();
    if (host != null) {
      return own("cluster.host", host);
    }
    return options.getJoin().isEmpty()
        ? ClusterOptions.LOOPBACK
        : facing(options.getJoin().getFirst());
  }

  /** A name or address of this machine, in digits. */
  static String own(String key, String host) {
    try {
      InetAddress address = InetAddress.getByName(host);
      if (NetworkInterface.getByInetAddress(address) != null) {
        return address.getHostAddress();
      }
    } catch (IOException unknown) {
      throw Options.refuse(key, host, "a name that can be resolved, or an address,");
    }
    throw Options.refuse(key, host, "an address of this machine");
  }

  /** The address of this machine from which packets to that place go out. */
  private static String facing(HostPort there) {
    InetSocketAddress target = there.socketAddress();
    if (target.isUnresolved()) {
      throw Options.refuse("cluster.join", there, "a name that can be resolved, or an address,");
    }
    if (target.getAddress().isLoopbackAddress()) {
      return ClusterOptions.LOOPBACK;
    }
    // Connecting a datagram socket asks for a route and sends nothing.
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.connect(target);
      InetAddress local = socket.getLocalAddress();
      return local.isAnyLocalAddress() ? ClusterOptions.LOOPBACK : local.getHostAddress();
    } catch (IOException | java.io.UncheckedIOException unreachable) {
      throw Options.refuse("cluster.join", there, "an address that can be reached");
    }
  }

  /** A port of that host which was free a moment ago. */
  static int freePort(String host) throws IOException {
    try (ServerSocket socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress(host, 0));
      return socket.getLocalPort();
    }
  }

  /**
   * @throws dev.tmem.TmemException with {@link dev.tmem.ErrorCode#INVALID_OPTION} if somebody else
   *     listens there
   */
  static void requireFree(String key, String host, int port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(host, port));
    } catch (IOException taken) {
      throw Options.refuse(key, port, "a port of " + host + " that is not in use, or 0,");
    }
  }

  /** Whether a connection to that address is taken. */
  static boolean listens(HostPort address) {
    try (Socket socket = new Socket()) {
      socket.connect(address.socketAddress(), CONNECT_MILLIS);
      return true;
    } catch (IOException refused) {
      return false;
    }
  }
}
