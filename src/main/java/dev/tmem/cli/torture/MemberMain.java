package dev.tmem.cli.torture;

import dev.tmem.SwapArea;
import dev.tmem.SwapAreaOptions;
import dev.tmem.Tmem;
import dev.tmem.TmemException;
import dev.tmem.node.ClusterLauncher;
import dev.tmem.node.NodeOptions;
import dev.tmem.node.RunningNode;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The process of one member: a node, its clients, and lines from and to the one who tortures it. It
 * takes a word from standard input, does what it says, and answers with one line of JSON. Confined
 * to the main thread.
 */
public final class MemberMain {

  /** What every line for the other side begins with. */
  static final String ANSWER = "member ";

  static final String LOAD = "load";
  static final String REST = "rest";
  static final String VERIFY = "verify";
  static final String END = "end";
  static final String FINDINGS = "findings";
  static final String STATE = "state";
  static final String FILL_DISK = "fill-disk";
  static final String FREE_DISK = "free-disk";

  private static final String SWAPFILE = "swapfile";
  private static final int BALLAST_BATCH = 64;
  private static final int BALLAST_MAX = 200_000;

  private final RunningNode node;
  private final Workload workload;
  private @Nullable SwapArea ballast;

  private MemberMain(RunningNode node, Workload workload) {
    this.node = node;
    this.workload = workload;
  }

  /**
   * Runs until standard input ends.
   *
   * @param config of the node
   * @param seed of its clients
   * @param kind what they do
   * @param ledger a file that all members map, if the workload needs one
   */
  public static void run(
      Path config,
      long seed,
      TortureWorkload kind,
      Path ledger,
      BufferedReader words,
      PrintStream out)
      throws IOException, InterruptedException {
    RunningNode node = ClusterLauncher.node(NodeOptions.read(config));
    Workload workload =
        switch (kind) {
          case SWAP -> new SwapWorkload(node.tmem(), seed);
          case SHARED -> new SharedWorkload(node.tmem(), seed, ledger);
        };
    MemberMain member = new MemberMain(node, workload);
    answer(out, new JsonObject().put("ready", node.readyLine()));
    String word = words.readLine();
    while (word != null) {
      answer(out, member.obey(word));
      word = words.readLine();
    }
    Runtime.getRuntime().halt(1);
  }

  private static void answer(PrintStream out, JsonObject answer) {
    out.println(ANSWER + answer.encode());
    out.flush();
  }

  private JsonObject obey(String word) throws InterruptedException {
    switch (word) {
      case FINDINGS -> {}
      case LOAD -> workload.begin();
      case REST -> workload.rest();
      case VERIFY -> workload.verify();
      case END -> workload.end();
      case FILL_DISK -> fillDisk();
      case FREE_DISK -> freeDisk();
      case STATE -> {
        return state();
      }
      default -> throw new IllegalArgumentException(word);
    }
    return workload.findings().toJson();
  }

  private JsonObject state() {
    Tmem tmem = node.tmem();
    JsonObject none = new JsonObject();
    return new JsonObject()
        .put("stats", tmem.admin("stats", none).await())
        .put("shared", tmem.admin("shared", none).await())
        .put("peers", tmem.admin("peers", none).await().getJsonArray("peers"))
        .put("problems", tmem.admin("check", none).await().getJsonArray("problems"));
  }

  /** Stores pages that lie in the swap file alone, until it takes no more. */
  private void fillDisk() {
    SwapArea area =
        node.tmem().swapOn("ballast", new SwapAreaOptions().setTiers(List.of(SWAPFILE))).await();
    ballast = area;
    int stored = 0;
    try {
      while (stored < BALLAST_MAX) {
        long[] offsets = new long[BALLAST_BATCH];
        Buffer[] pages = new Buffer[BALLAST_BATCH];
        for (int i = 0; i < BALLAST_BATCH; i++) {
          offsets[i] = stored++;
          pages[i] = Buffer.buffer(new TorturePage(0, offsets[i], 1).bytes());
        }
        area.storeAll(offsets, List.of(pages)).await();
      }
    } catch (TmemException full) {
      workload.findings().one("disks filled");
    }
  }

  private void freeDisk() {
    SwapArea area = ballast;
    if (area != null) {
      area.swapOff().await();
      ballast = null;
    }
  }
}
