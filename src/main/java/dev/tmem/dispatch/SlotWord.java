package dev.tmem.dispatch;

import dev.tmem.backend.Codec;
import dev.tmem.backend.Zpage;

/**
 * The state word of a slot.
 *
 * <pre>
 *  63                                    21 20    16 15   13 12 11 10  9  8 7 6 5 4 3   0
 * +----------------------------------------+--------+-------+-----+-----+-+-+-+-+-+-----+
 * | epoch                                  | ordinal| state |codec| refs|M|X|S|I|T| age |
 * +----------------------------------------+--------+-------+-----+-----+-+-+-+-+-+-----+
 *  M    a demotion or a recompression is under way; any access clears it, and that is given up
 *  X    the page has further copies in the stripe's table of extra copies
 *  S    the page is shorter than the page size
 *  I    marked as idle by an operator; any access clears it
 *  T    no codec makes the zpage any smaller: recompression has been through
 *  age  of a page whose primary copy lies in RAM: how long it has not been accessed, see {@link
 *       IdleAge}; any access makes it 0. Of a page whose primary copy lies in a slow backend, as
 *       its wave: when it became exposed, see {@link Exposures}; 0: it is safe
 * </pre>
 *
 * An epoch of 43 bits lasts 10 million stores a second in one stripe for ten days without a break,
 * or 100,000 a second for nearly three years.
 */
final class SlotWord {

  /** The page has its content. */
  static final int PRESENT = 1;

  /** A store that has to wait is under way: no content, the page's operations queue. */
  static final int STORING = 2;

  /** An exclusive load is between its two phases: absent to everybody, copies stay. */
  static final int TAKEN = 3;

  /** Every copy is known to be gone. */
  static final int LOST = 4;

  static final int MAX_REFERENCES = 3;

  static final long MOVING = 1L << 8;
  static final long EXTRA = 1L << 7;
  static final long SHORT = 1L << 6;
  static final long IDLE = 1L << 5;
  static final long TRIED = 1L << 4;

  /** The highest age. */
  static final int MAX_AGE = 15;

  private static final long AGE_MASK = MAX_AGE;

  private static final int REFERENCES_SHIFT = 9;
  private static final int CODEC_SHIFT = 11;
  private static final int STATE_SHIFT = 13;
  private static final int ORDINAL_SHIFT = 16;
  private static final int EPOCH_SHIFT = 21;

  static final long MAX_EPOCH = (1L << (64 - EPOCH_SHIFT)) - 1;

  /** Ordinals run from 0 to 30. */
  static final int MAX_BACKENDS = 31;

  /** The ordinal of a slot whose page lies nowhere: storing, lost, or kept in the slot itself. */
  static final int NOWHERE = 31;

  private static final long CODEC_MASK = 3L << CODEC_SHIFT;
  private static final long REFERENCES_MASK = 3L << REFERENCES_SHIFT;
  private static final long STATE_MASK = 7L << STATE_SHIFT;
  private static final long ORDINAL_MASK = 31L << ORDINAL_SHIFT;

  private SlotWord() {}

  static long of(long epoch, int ordinal, int state, Codec codec, boolean isShort) {
    return epoch << EPOCH_SHIFT
        | (long) ordinal << ORDINAL_SHIFT
        | (long) state << STATE_SHIFT
        | (long) codec.number() << CODEC_SHIFT
        | (isShort ? SHORT : 0);
  }

  static long epoch(long word) {
    return word >>> EPOCH_SHIFT;
  }

  static int ordinal(long word) {
    return (int) (word >>> ORDINAL_SHIFT) & 31;
  }

  static int state(long word) {
    return (int) (word >>> STATE_SHIFT) & 7;
  }

  static Codec codec(long word) {
    return Codec.of((int) (word >>> CODEC_SHIFT) & 3);
  }

  static int references(long word) {
    return (int) (word >>> REFERENCES_SHIFT) & 3;
  }

  static int age(long word) {
    return (int) (word & AGE_MASK);
  }

  static boolean has(long word, long flag) {
    return (word & flag) != 0;
  }

  /** A full page of one repeated word: it is kept in the slot's handle, no backend has it. */
  static boolean isInSlot(long word) {
    return ordinal(word) == NOWHERE && state(word) != LOST && state(word) != STORING;
  }

  /** Whether a zpage can be a copy of the page: codec and length are what the slot says. */
  static boolean fits(long word, Zpage zpage, int pageSize) {
    int length = zpage.originalLength();
    boolean lengthFits = has(word, SHORT) ? length > 0 && length < pageSize : length == pageSize;
    return lengthFits && zpage.codec() == codec(word);
  }

  /** The word with an epoch; it has none yet. */
  static long withEpoch(long word, long epoch) {
    return word | epoch << EPOCH_SHIFT;
  }

  static long withState(long word, int state) {
    return (word & ~STATE_MASK) | ((long) state << STATE_SHIFT);
  }

  static long withOrdinal(long word, int ordinal) {
    return (word & ~ORDINAL_MASK) | ((long) ordinal << ORDINAL_SHIFT);
  }

  static long withCodec(long word, Codec codec) {
    return (word & ~CODEC_MASK) | ((long) codec.number() << CODEC_SHIFT);
  }

  static long withAge(long word, int age) {
    return (word & ~AGE_MASK) | age;
  }

  static long withReferences(long word, int references) {
    return (word & ~REFERENCES_MASK) | ((long) references << REFERENCES_SHIFT);
  }

  /** Of a page that lies in a slow backend: the wave in which it became exposed; 0: it is safe. */
  static int wave(long word) {
    return (int) (word & AGE_MASK);
  }

  static long withWave(long word, int wave) {
    return (word & ~AGE_MASK) | wave;
  }

  /** As {@link #touched}, of a page that lies in a slow backend: whether it is safe stays. */
  static long fetched(long word) {
    return withWave(touched(word), wave(word));
  }

  /** The word after an access: nothing under way, not idle, of age 0, one reference more. */
  static long touched(long word) {
    int references = Math.min(references(word) + 1, MAX_REFERENCES);
    return withReferences(word & ~(MOVING | IDLE | AGE_MASK), references);
  }
}
