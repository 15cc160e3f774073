package dev.tmem.cli.torture;

import dev.tmem.Options;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** What may happen to a node. */
enum Fault {
  /** SIGKILL, and a new process of that name. */
  KILL(false),
  /** SIGSTOP, and SIGCONT after a while. */
  PAUSE(false),
  /** Cut off from all other nodes, both sides alive. */
  PARTITION(true),
  /** A thin link. */
  SLOW(true),
  /** Its swap file is full to the brim. */
  FULL_DISK(false);

  private final boolean needsNetwork;

  Fault(boolean needsNetwork) {
    this.needsNetwork = needsNetwork;
  }

  /** Whether it can only be done to a node that has a network of its own. */
  boolean needsNetwork() {
    return needsNetwork;
  }

  String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  static Fault of(String word) {
    return Arrays.stream(values())
        .filter(fault -> fault.word().equals(word))
        .findFirst()
        .orElseThrow(() -> Options.refuse("--faults", word, words()));
  }

  static String words() {
    return Arrays.stream(values()).map(Fault::word).collect(Collectors.joining(", "));
  }
}
