package dev.tmem.dispatch;

import dev.tmem.backend.Backend;
import dev.tmem.backend.Codec;
import dev.tmem.backend.RamBackend;
import dev.tmem.codec.CodecScratch;
import dev.tmem.codec.PageCodec;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Makes zpages in RAM smaller by compressing their pages anew, slowly and better (zram's
 * recompression). One walk over some page spaces, as far as it is asked to go at a time.
 *
 * <p>A page is marked and restored under its stripe's lock, compressed without it, and changed
 * under it again, if it is the same version still and nobody has touched it. One that does not get
 * smaller is marked as tried, and passed over from then on. A page that has a copy in a lower
 * backend too is left alone: dropping it from RAM is free.
 *
 * <p>Confined to one thread at a time.
 */
final class Recompressor {

  /** The most pages of one step; a block of slots may add some more. */
  static final int STEP_PAGES = 64;

  /** The most blocks of slots of one step. */
  private static final int STEP_BLOCKS = 512;

  private record Candidate(Stripe stripe, long offset, long epoch) {}

  private final Dispatcher dispatcher;
  private final PageCodec codec;
  private final LongPredicate wanted;
  private final TableWalk walk;
  private final List<Candidate> candidates = new ArrayList<>();
  private long pages;
  private long savedBytes;
  private long looked;

  /** Of the page that is worked on: what its zpage is, and whether it could be restored. */
  private Codec zpageCodec = Codec.RAW;

  private int zpageLength;
  private boolean isWhole;

  /**
   * @param wanted which words of slots are meant, of pages in RAM that were not tried yet
   */
  Recompressor(Dispatcher dispatcher, List<PageSpace> spaces, LongPredicate wanted) {
    this.dispatcher = dispatcher;
    this.codec = dispatcher.codec();
    this.walk = new TableWalk(spaces);
    this.wanted = wanted;
  }

  /** Goes through all pages; completes with what was gained, fails only on a fault of the pool. */
  Future<Upkeep.Recompressed> run() {
    Promise<Upkeep.Recompressed> promise = Promise.promise();
    dispatcher.scheduler().execute(() -> next(promise));
    return promise.future();
  }

  private void next(Promise<Upkeep.Recompressed> promise) {
    boolean more;
    try {
      more = step();
    } catch (RuntimeException fault) {
      promise.fail(fault); // such as a damaged zpage, in the pool's debug mode
      return;
    }
    if (more) {
      dispatcher.scheduler().execute(() -> next(promise));
    } else {
      promise.complete(new Upkeep.Recompressed(pages, savedBytes));
    }
  }

  /** Pages that were compressed anew, with or without gain. */
  long looked() {
    return looked;
  }

  /** Works on some pages; false: that was the end of the walk. */
  boolean step() {
    UnderWay.Period period = dispatcher.underWay().begin();
    try {
      boolean more = true;
      for (int i = 0; more && i < STEP_BLOCKS && candidates.size() < STEP_PAGES; i++) {
        more = walk.next(this::look);
      }
      candidates.forEach(this::recompress);
      return more;
    } finally {
      candidates.clear();
      dispatcher.underWay().end(period);
    }
  }

  @SuppressWarnings("GuardedBy") // the walk holds the stripe's lock
  private void look(Stripe stripe, long ref) {
    long word = stripe.slots.word(ref);
    if (isCandidate(word)) {
      candidates.add(new Candidate(stripe, stripe.slots.key(ref), SlotWord.epoch(word)));
    }
  }

  private boolean isCandidate(long word) {
    return SlotWord.state(word) == SlotWord.PRESENT
        && !SlotWord.has(word, SlotWord.MOVING | SlotWord.EXTRA | SlotWord.TRIED)
        && SlotWord.codec(word) != Codec.SAME
        && ramOf(word) != null
        && wanted.test(word);
  }

  /** The backend of the primary copy, if that lies in RAM and may be put to. */
  private @Nullable RegisteredBackend ramOf(long word) {
    int ordinal = SlotWord.ordinal(word);
    if (ordinal == SlotWord.NOWHERE) {
      return null;
    }
    RegisteredBackend backend = dispatcher.backends().get(ordinal);
    return backend.isActive() && backend.ram() != null ? backend : null;
  }

  private void recompress(Candidate page) {
    try (CodecScratch scratch = codec.acquire()) {
      if (!markAndRestore(page, scratch)) {
        return;
      }
      looked++;
      if (isWhole) {
        scratch.compressHard();
      }
      boolean smaller = isWhole && scratch.codec() == Codec.LZ4 && scratch.length() < zpageLength;
      settle(page, smaller ? scratch : null);
    }
  }

  /** Brings the page into the scratch and notes what its zpage is; false: it is not to be had. */
  private boolean markAndRestore(Candidate page, CodecScratch scratch) {
    Stripe stripe = page.stripe();
    stripe.lock.lock();
    try {
      long ref = stripe.findVersion(page.offset(), page.epoch());
      long word = ref < 0 ? 0 : stripe.slots.word(ref);
      RegisteredBackend backend = ref >= 0 && isCandidate(word) ? ramOf(word) : null;
      RamBackend ram = backend == null ? null : backend.ram();
      if (backend == null || ram == null) {
        return false;
      }
      long handle = stripe.slots.handle(ref);
      int pageSize = stripe.space().config().pageSize();
      zpageCodec = SlotWord.codec(word);
      try {
        zpageLength = RamForm.zpageLength(ram, word, handle);
        isWhole =
            codec.restore(
                scratch,
                zpageCodec,
                ram.buffer(handle),
                ram.position(handle),
                zpageLength,
                RamForm.originalLength(ram, word, handle, pageSize));
      } catch (RuntimeException | AssertionError thrown) {
        backend.inRam().readFault(thrown);
        return false;
      }
      stripe.slots.setWord(ref, word | SlotWord.MOVING);
      return true;
    } finally {
      stripe.lock.unlock();
    }
  }

  /**
   * @param smaller holds the smaller form; null: there is none
   */
  private void settle(Candidate page, @Nullable CodecScratch smaller) {
    Stripe stripe = page.stripe();
    int pageSize = stripe.space().config().pageSize();
    int length = smaller == null ? 0 : RamForm.finish(smaller, pageSize);
    stripe.lock.lock();
    try {
      long ref = stripe.findVersion(page.offset(), page.epoch());
      long word = ref < 0 ? 0 : stripe.slots.word(ref);
      if (ref < 0 || !SlotWord.has(word, SlotWord.MOVING)) {
        return; // another version, or touched
      }
      word &= ~SlotWord.MOVING;
      stripe.slots.setWord(ref, word);
      // Compaction may have changed the handle, and nothing else, meanwhile.
      RegisteredBackend ram = isCandidate(word) ? ramOf(word) : null;
      if (ram == null || SlotWord.codec(word) != zpageCodec) {
        return;
      }
      if (smaller == null) {
        stripe.slots.setWord(ref, word | SlotWord.TRIED);
        return;
      }
      long handle = ram.putInRam(smaller.bytes(), 0, length);
      if (handle != Backend.REFUSED) {
        stripe.slots.setWord(ref, word | SlotWord.TRIED);
        stripe.replaceRamCopy(ref, ram, Codec.LZ4, handle);
        stripe.space().counters().recompressed.increment();
        pages++;
        savedBytes += zpageLength - smaller.length();
      }
    } finally {
      stripe.lock.unlock();
    }
  }
}
