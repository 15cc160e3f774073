package dev.tmem.cli.demo;

import dev.tmem.SwapArea;
import dev.tmem.TmemException;
import dev.tmem.cli.client.BatchWindow;
import dev.tmem.cli.client.Patience;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * Loads pages in batches, several at once, and judges each. Blocks; confined to one thread at a
 * time but for {@link #patience}.
 */
final class Loads {

  /** Pages of one batch. */
  static final int BATCH_PAGES = 64;

  /** After the first page that cannot be had, others are not waited for as long. */
  private static final Patience LITTLE = new Patience(2, 25);

  private final SwapArea area;
  private final Ledger ledger;
  private volatile Patience patience = Patience.MUCH;

  Loads(SwapArea area, Ledger ledger) {
    this.area = area;
    this.ledger = ledger;
  }

  /** Loads and judges; what cannot be had is lost. */
  void judge(long[] offsets, Stage stage, Tally... tallies) throws IOException {
    each(
        offsets,
        batch -> {
          enter(batch, load(batch), tallies);
          stage.add(batch.length);
        });
  }

  /**
   * Loads, and judges afterwards, so that the time is that of the loads.
   *
   * @return pages a second
   */
  double measure(long[] offsets, Stage stage, Tally... tallies) throws IOException {
    ConcurrentMap<Long, List<byte @Nullable []>> loaded = new ConcurrentHashMap<>();
    long began = System.nanoTime();
    each(
        offsets,
        batch -> {
          loaded.put(batch[0], load(batch));
          stage.add(batch.length);
        });
    double seconds = (System.nanoTime() - began) / 1e9;
    each(offsets, batch -> enter(batch, loaded.getOrDefault(batch[0], List.of()), tallies));
    return offsets.length / seconds;
  }

  private interface BatchAction {
    void run(long[] batch) throws IOException;
  }

  private static void each(long[] offsets, BatchAction action) throws IOException {
    try (BatchWindow window = new BatchWindow()) {
      for (int at = 0; at < offsets.length; at += BATCH_PAGES) {
        long[] batch = Arrays.copyOfRange(offsets, at, Math.min(offsets.length, at + BATCH_PAGES));
        window.submit(() -> action.run(batch));
      }
      window.finish();
    }
  }

  private void enter(long[] batch, List<byte @Nullable []> pages, Tally... tallies)
      throws IOException {
    for (int i = 0; i < batch.length; i++) {
      Verdict verdict = ledger.judge(batch[i], pages.get(i));
      for (Tally tally : tallies) {
        tally.add(batch[i], verdict);
      }
    }
  }

  private List<byte @Nullable []> load(long[] batch) {
    List<byte @Nullable []> pages = new ArrayList<>(batch.length);
    try {
      for (Buffer page : patience.loadAll(area, batch)) {
        pages.add(page == null ? null : page.getBytes());
      }
    } catch (TmemException some) {
      patience = LITTLE;
      pages.clear();
      for (long offset : batch) {
        pages.add(loadOne(offset));
      }
    }
    return pages;
  }

  private byte @Nullable [] loadOne(long offset) {
    try {
      Buffer page = patience.call(() -> area.load(offset));
      return page == null ? null : page.getBytes();
    } catch (TmemException cannotBeHad) {
      return null;
    }
  }
}
