package dev.tmem.cli.bench;

import dev.tmem.PeerTransport;
import dev.tmem.Protection;
import dev.tmem.SwapArea;
import dev.tmem.SwapAreaOptions;
import io.vertx.core.json.JsonObject;
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
      SwapArea warm = lent.lend("warm", Protection.NONE, Peers.RAMSTER);
      lent.giveUp(warm);
      run.progress("lender-ram: both warm");
      double own = lent.own();

      long lenderBefore = peers.lender(LenderMain.RAM);
      long ownerBefore = lent.ownerBytes();
      SwapArea single = lent.lend("single", Protection.NONE, Peers.RAMSTER);
      double foreign = (double) (peers.lender(LenderMain.RAM) - lenderBefore) / pages.count();
      double one = (double) (lent.ownerBytes() - ownerBefore) / pages.count();
      lent.giveUp(single);
      run.progress(
          "lender-ram: %.0f bytes a foreign page, %.0f one of its own".formatted(foreign, own));

      long before = lent.ownerBytes();
      SwapArea twice = lent.lend("twice", Protection.DISK, Peers.RAMSTER, SWAPFILE);
      double two = (double) (lent.ownerBytes() - before) / pages.count();
      lent.giveUp(twice);
      return List.of(
          Row.compared("lender-ram", foreign, own, "bytes/page", LENDER_GOAL, Better.LOWER),
          owner(one, two));
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

  /** The two nodes. Confined to the main thread. */
  private record Lent(Corpus corpus, Peers peers, RemotePages pages) {

    /** What a page of its own takes at the lender. */
    double own() {
      long before = peers.lender(LenderMain.RAM);
      peers.lender(LenderMain.FILL);
      long after = peers.lender(LenderMain.RAM);
      peers.lender(LenderMain.CLEAR);
      return (double) (after - before) / pages.count();
    }

    /** Stores all pages, and sends them down. */
    SwapArea lend(String name, Protection protection, String... lower) {
      List<String> tiers = Stream.concat(Stream.of(Peers.ZRAM), Stream.of(lower)).toList();
      SwapArea area =
          peers.area(name, new SwapAreaOptions().setTiers(tiers).setProtection(protection));
      pages.store(corpus, area);
      Peers.await(
          peers
              .tmem()
              .admin("shrink", new JsonObject().put("backend", Peers.ZRAM).put("pages", 0)));
      long remote = peers.remotePages();
      if (remote != pages.count()) {
        throw new IllegalStateException(remote + " pages of " + pages.count() + " are lent");
      }
      return area;
    }

    /** Compares some with what was stored, and deletes all. */
    void giveUp(SwapArea area) throws Exception {
      for (int number : pages.order(BenchOptions.SAMPLE, 1)) {
        corpus.verify(number, Peers.await(area.load(number)));
      }
      Peers.await(area.swapOff());
      peers.awaitFreed();
      peers.admin("compact");
    }

    /** What this node takes: outside the heap as it accounts for it, and what lives on the heap. */
    long ownerBytes() {
      peers.admin("compact");
      return peers.admin("stats").getLong("memoryUsed") + Footprint.now().heapBytes();
    }
  }
}
