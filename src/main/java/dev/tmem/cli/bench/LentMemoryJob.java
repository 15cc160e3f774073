package dev.tmem.cli.bench;

import dev.tmem.PeerTransport;
import dev.tmem.Protection;
import dev.tmem.SwapArea;
import dev.tmem.SwapAreaOptions;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What lent pages take of RAM: of the lender's, against pages of its own; and of their owner's.
 * Confined to the main thread.
 */
final class LentMemoryJob implements Job {

  private static final double LENDER_GOAL = 1.05;
  private static final double OWNER_GOAL = 40;
  private static final double SECOND_COPY_GOAL = 64;

  /** Of which the median counts: what else lives on the heap comes and goes. */
  private static final int ROUNDS = 3;

  private static final String SWAPFILE = "swapfile";

  @Override
  public List<Row> measure(JobRun run) throws Exception {
    int count = (int) Math.max(BenchOptions.MIN_PAGES, run.pages() / 10);
    try (Corpus corpus = Corpus.build(count, run.seed());
        Peers peers = Peers.start(PeerTransport.CHANNEL, corpus.pages(), run.seed())) {
      RemotePages pages = RemotePages.of(corpus);
      Lent lent = new Lent(corpus, peers, pages);
      // The first time is to warm up: code is compiled, and what is kept for further use is there.
      lent.own();
      lent.single();
      lent.twice();
      run.progress("lender-ram: both warm");
      double own = lent.own();
      long before = peers.lender(LenderMain.RAM);
      double one = lent.single();
      double foreign = (double) (lent.lenderBytes - before) / pages.count();
      run.progress(
          "lender-ram: %.0f bytes a foreign page, %.0f one of its own".formatted(foreign, own));
      double[] ones = new double[ROUNDS];
      double[] twos = new double[ROUNDS];
      for (int round = 0; round < ROUNDS; round++) {
        ones[round] = round == 0 ? one : lent.single();
        twos[round] = lent.twice();
      }
      return List.of(
          Row.compared("lender-ram", foreign, own, "bytes/page", LENDER_GOAL, Better.LOWER),
          owner(median(ones), median(twos)));
    }
  }

  /** As good as the worse of the two, each against its own goal. */
  private static Row owner(double one, double two) {
    Map<String, Double> parts = new LinkedHashMap<>();
    parts.put("one copy", one);
    parts.put("second copy", two);
    double worse = Math.max(one, two * OWNER_GOAL / SECOND_COPY_GOAL);
    return Row.absolute("owner-ram", worse, "bytes/page", OWNER_GOAL, Better.LOWER).with(parts);
  }

  private static double median(double[] figures) {
    Arrays.sort(figures);
    return figures[figures.length / 2];
  }

  /** The two nodes. Confined to the main thread. */
  private static final class Lent {

    private final Corpus corpus;
    private final Peers peers;
    private final RemotePages pages;

    /** What the lender's process took while pages were lent the last time. */
    long lenderBytes;

    Lent(Corpus corpus, Peers peers, RemotePages pages) {
      this.corpus = corpus;
      this.peers = peers;
      this.pages = pages;
    }

    /** What a page of its own takes at the lender. */
    double own() {
      long before = peers.lender(LenderMain.RAM);
      peers.lender(LenderMain.FILL);
      long after = peers.lender(LenderMain.RAM);
      peers.lender(LenderMain.CLEAR);
      return (double) (after - before) / pages.count();
    }

    /** What a page takes here that is lent. */
    double single() throws Exception {
      return owner("single", Protection.NONE, Peers.RAMSTER);
    }

    /** What a page takes here that is lent, and in the swap file too. */
    double twice() throws Exception {
      return owner("twice", Protection.DISK, Peers.RAMSTER, SWAPFILE);
    }

    private double owner(String name, Protection protection, String... lower) throws Exception {
      long before = ownerBytes();
      SwapArea area = lend(name, protection, lower);
      long after = ownerBytes();
      lenderBytes = peers.lender(LenderMain.RAM);
      giveUp(area);
      return (double) (after - before) / pages.count();
    }

    /** Stores all pages, and sends them down. */
    private SwapArea lend(String name, Protection protection, String... lower) {
      List<String> tiers = Stream.concat(Stream.of(Peers.ZRAM), Stream.of(lower)).toList();
      SwapArea area =
          peers.area(name, new SwapAreaOptions().setTiers(tiers).setProtection(protection));
      pages.store(corpus, area);
      JsonObject all = new JsonObject().put("backend", Peers.ZRAM).put("pages", 0);
      Peers.await(peers.tmem().admin("shrink", all));
      long remote = peers.remotePages();
      if (remote != pages.count()) {
        throw new IllegalStateException(remote + " pages of " + pages.count() + " are lent");
      }
      return area;
    }

    /** Compares some with what was stored, and deletes all. */
    private void giveUp(SwapArea area) throws Exception {
      for (int number : pages.order(BenchOptions.SAMPLE, 1)) {
        corpus.verify(number, Peers.await(area.load(number)));
      }
      Peers.await(area.swapOff());
      peers.awaitFreed();
      peers.admin("compact");
    }

    /** What this node takes: outside the heap as it accounts for it, and what lives on the heap. */
    private long ownerBytes() {
      peers.admin("compact");
      return peers.admin("stats").getLong("memoryUsed") + LiveHeap.bytes();
    }
  }
}
