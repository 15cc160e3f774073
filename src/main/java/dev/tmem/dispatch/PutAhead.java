package dev.tmem.dispatch;

import dev.tmem.backend.Backend;
import dev.tmem.codec.CodecScratch;
import org.jspecify.annotations.Nullable;

/**
 * A page that lies in RAM, or in a word, and has no slot yet: nobody else knows of it. Whoever put
 * it gives it a slot or frees it, and is {@link UnderWay} meanwhile, so that its backend stays.
 *
 * <p>Immutable.
 *
 * @param backend where it lies, or would lie
 * @param word the slot's, without an epoch
 * @param handle the slot's
 * @param originalLength bytes of the page
 * @param zpageLength bytes of the zpage; 0: the handle is the content
 */
record PutAhead(
    RegisteredBackend backend, long word, long handle, int originalLength, int zpageLength) {

  /** Puts what the scratch holds; null: there is no room. */
  static @Nullable PutAhead put(RegisteredBackend ram, CodecScratch scratch, int pageSize) {
    return put(ram, scratch, RamForm.finish(scratch, pageSize), pageSize);
  }

  /**
   * As {@link #put(RegisteredBackend, CodecScratch, int)}, of what is {@link RamForm#finish
   * finished} already.
   *
   * @param length as {@link RamForm#finish} returned it
   */
  static @Nullable PutAhead put(
      RegisteredBackend ram, CodecScratch scratch, int length, int pageSize) {
    boolean inSlot = length == RamForm.IN_SLOT;
    long handle = inSlot ? scratch.sameWord() : ram.putInRam(scratch.memory(), length);
    if (!inSlot && handle == Backend.REFUSED) {
      return null;
    }
    return new PutAhead(
        ram,
        RamForm.word(ram, scratch, length, pageSize),
        handle,
        scratch.originalLength(),
        inSlot ? 0 : scratch.length());
  }

  /** It has a slot. */
  void count(SpaceCounters counters) {
    counters.stored(SlotWord.codec(word), originalLength, zpageLength);
  }

  /** It gets no slot. */
  void free() {
    if (!SlotWord.isInSlot(word)) {
      backend.freeInRam(handle);
    }
  }
}
