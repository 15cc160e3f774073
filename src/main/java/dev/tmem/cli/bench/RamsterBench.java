package dev.tmem.cli.bench;

import dev.tmem.PeerTransport;
import java.util.List;

/** Peers' RAM, against the bare transports that carry the same bytes. */
final class RamsterBench {

  private static final int HEAP_MIB = 512;

  static final Bench BENCH =
      new Bench(
          "ramster",
          List.of(
              JobSpec.speed(
                  "channel",
                  HEAP_MIB,
                  () -> new RemoteLoadJob(PeerTransport.CHANNEL, "", 1.4, 0.6),
                  "load-p50",
                  "load-64"),
              JobSpec.speed(
                  "bus",
                  HEAP_MIB,
                  () -> new RemoteLoadJob(PeerTransport.EVENTBUS, "-bus", 1.25, 0.8),
                  "load-p50-bus",
                  "load-64-bus"),
              JobSpec.speed("remotify", HEAP_MIB, RemotifyJob::new, "remotify"),
              JobSpec.memory("memory", HEAP_MIB, LentMemoryJob::new, "lender-ram", "owner-ram"),
              JobSpec.speed("tail", HEAP_MIB, RemotifyTailJob::new, "tail")));

  private RamsterBench() {}
}
