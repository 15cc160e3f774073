package dev.tmem.cli.bench;

import dev.tmem.Protection;
import dev.tmem.RamShare;
import dev.tmem.SwapArea;
import dev.tmem.SwapAreaOptions;
import dev.tmem.ramster.protocol.WireLayout;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.concurrent.TimeoutException;

/**
 * An area whose pages are sent to a lender when its share of RAM is taken away, as reclaim does it;
 * and the same pages, sent over the bare socket. Confined to the main thread, but for the frames of
 * the bare socket, which are made on its event loop.
 */
final class Remotify {

  /** Of all pages, when they count as sent: the last few are what the cap leaves. */
  private static final double SENT = 0.9;

  /** Of all zpages, what the cap leaves. */
  private static final int CAP_SHIFT = 6;

  /** Frames of the bare socket that are not answered. */
  private static final int IN_FLIGHT = 16;

  private final Corpus corpus;
  private final Peers peers;
  private final RemotePages pages;
  private final PackedPages packed;
  private final SwapArea area;

  Remotify(Corpus corpus, Peers peers, RemotePages pages, PackedPages packed) {
    this.corpus = corpus;
    this.peers = peers;
    this.pages = pages;
    this.packed = packed;
    this.area = peers.area("cold", options(RamShare.ALL));
  }

  private static SwapAreaOptions options(RamShare cap) {
    return new SwapAreaOptions()
        .setTiers(List.of(Peers.ZRAM, Peers.RAMSTER))
        .setProtection(Protection.NONE)
        .setRamCap(cap);
  }

  /** Pages that are sent by the time {@link #isSent}. */
  int count() {
    return (int) (pages.count() * SENT);
  }

  /** Stores all pages in RAM. */
  void fill() {
    pages.store(corpus, area);
  }

  /** Lets them go. */
  void begin() {
    Peers.await(area.change(options(RamShare.bytes(packed.bytes() >> CAP_SHIFT))));
  }

  boolean isSent() {
    return peers.remotePages() >= count();
  }

  /** Compares some with what was stored, and makes all go away. */
  void clear() throws TimeoutException {
    for (int number : pages.order(BenchOptions.SAMPLE, 1)) {
      corpus.verify(number, Peers.await(area.load(number)));
    }
    Peers.await(area.invalidateArea());
    Peers.await(area.change(options(RamShare.ALL)));
    peers.awaitFreed();
  }

  /** Sends as many pages over the bare socket; completes when all are answered. */
  Future<Void> bare() {
    Sending sending = new Sending();
    peers.bare().context().runOnContext(go -> sending.begin());
    return sending.sent.future();
  }

  /** Confined to the event loop of the socket. */
  private final class Sending {

    private final int[] numbers = pages.numbers();
    private final Promise<Void> sent = Promise.promise();
    private int next;
    private int inFlight;

    void begin() {
      while (inFlight < IN_FLIGHT && next < count()) {
        inFlight++;
        batch();
      }
    }

    private void batch() {
      int from = next;
      int bytes = 0;
      while (next < count() && next - from < WireLayout.ENTRIES_MAX) {
        int more = BareFrames.putEntryBytes(packed, numbers[next]);
        if (next > from && bytes + more > WireLayout.BODY_BYTES_AIM) {
          break;
        }
        bytes += more;
        next++;
      }
      peers
          .bare()
          .ask(BareFrames.put(packed, numbers, from, next, bytes))
          .onSuccess(answer -> answered());
    }

    private void answered() {
      inFlight--;
      begin();
      if (inFlight == 0) {
        sent.complete();
      }
    }
  }
}
