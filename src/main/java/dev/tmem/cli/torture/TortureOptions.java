package dev.tmem.cli.torture;

import dev.tmem.ErrorCode;
import dev.tmem.Options;
import dev.tmem.PeerTransport;
import dev.tmem.TmemException;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What is done to whom. Immutable.
 *
 * @param workload what is tortured
 * @param nodes how many
 * @param seconds how long faults happen; starting, healing and the check come on top
 * @param seed of the plan, the clients and the pages
 * @param faults at least one
 * @param transport of frames between the nodes
 */
public record TortureOptions(
    TortureWorkload workload,
    int nodes,
    int seconds,
    long seed,
    Set<String> faults,
    PeerTransport transport) {

  public static final int DEFAULT_NODES = 3;
  public static final int DEFAULT_SECONDS = 60;
  public static final String ALL_FAULTS = "kill,pause,partition,slow,full-disk";

  private static final int MAX_NODES = 5;
  private static final int MIN_SECONDS = 1;
  private static final int MAX_SECONDS = 86_400;

  /**
   * @throws TmemException with {@link ErrorCode#INVALID_OPTION} for a value that is not allowed
   */
  public TortureOptions {
    Options.inRange("--nodes", nodes, workload.minNodes(), MAX_NODES);
    Options.inRange("--seconds", seconds, MIN_SECONDS, MAX_SECONDS);
    faults = Set.copyOf(faults);
    if (faults.isEmpty()) {
      throw Options.refuse("--faults", "", Fault.words());
    }
    faults.forEach(Fault::of);
  }

  /** The faults that mean anything to the workload, in their own order. */
  List<Fault> kinds() {
    Set<Fault> kinds = faults.stream().map(Fault::of).collect(Collectors.toSet());
    return workload.touching(List.of(Fault.values()).stream().filter(kinds::contains).toList());
  }
}
