package dev.tmem.cli.torture;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Links that can be cut, without being root. Left out where the machine gives them to nobody. */
class UserNamespaceTest {

  private static final int NODES = 2;

  private static Namespaces made() {
    try {
      return Namespaces.ofUser(NODES);
    } catch (IOException notAllowed) {
      return abort("this machine allows none: " + notAllowed.getMessage());
    }
  }

  private static void reach(Network network, int from, int to) throws IOException {
    List<String> command = new ArrayList<>(network.prefix(from));
    command.addAll(List.of("bash", "-c", "exec 3<>/dev/udp/" + network.host(to) + "/9"));
    Commands.run(command);
  }

  @Test
  void linksAreMadeCutAndThin() throws IOException {
    try (Namespaces network = made()) {
      reach(network, 0, 1);
      network.cutOff(1);
      network.join(1);
      network.slow(0);
      network.quick(0);
      assertThrows(IOException.class, () -> network.quick(0), "it is quick already");
    }
  }
}
