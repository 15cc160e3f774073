package dev.tmem.zram;

import dev.tmem.memory.RegionPool;
import java.nio.ByteBuffer;

/**
 * The free places of the spans of one size class; the layout is {@link SpanLayout}'s. It has no
 * state of its own. Confined to the lock of its size class.
 */
final class FreePlaces {
  private final RegionPool pool;
  private final SpanLayout layout;
  private final boolean wide;

  FreePlaces(RegionPool pool, SpanLayout layout) {
    this.pool = pool;
    this.layout = layout;
    this.wide = layout.occupancyWords() > 0;
  }

  /** Makes every place of a new span free. */
  void reset(SpanRecords records, int index, int span) {
    if (!wide) {
      records.setFree(index, lowBits(layout.places()));
      return;
    }
    int words = layout.occupancyWords();
    records.setFree(index, lowBits(words));
    ByteBuffer buffer = pool.buffer(span);
    for (int word = 0; word < words; word++) {
      int left = Math.min(Long.SIZE, layout.places() - word * Long.SIZE);
      buffer.putLong(wordAt(span, word), lowBits(left));
    }
  }

  /** Takes the lowest free place; there must be one. */
  int take(SpanRecords records, int index, int span) {
    long word = records.free(index);
    assert word != 0 : "span " + span + " is full";
    int low = Long.numberOfTrailingZeros(word);
    if (!wide) {
      records.setFree(index, word & (word - 1));
      return low;
    }
    ByteBuffer buffer = pool.buffer(span);
    int at = wordAt(span, low);
    long places = buffer.getLong(at);
    long left = places & (places - 1);
    buffer.putLong(at, left);
    if (left == 0) {
      records.setFree(index, word & (word - 1));
    }
    return low * Long.SIZE + Long.numberOfTrailingZeros(places);
  }

  void give(SpanRecords records, int index, int span, int place) {
    if (!wide) {
      records.setFree(index, records.free(index) | 1L << place);
      return;
    }
    int word = place / Long.SIZE;
    int at = wordAt(span, word);
    ByteBuffer buffer = pool.buffer(span);
    buffer.putLong(at, buffer.getLong(at) | 1L << place);
    records.setFree(index, records.free(index) | 1L << word);
  }

  boolean isFree(SpanRecords records, int index, int span, int place) {
    long word =
        wide ? pool.buffer(span).getLong(wordAt(span, place / Long.SIZE)) : records.free(index);
    return (word >>> place & 1) != 0;
  }

  /** Counts them, and checks that both levels agree. */
  int count(SpanRecords records, int index, int span) {
    if (!wide) {
      return Long.bitCount(records.free(index));
    }
    int count = 0;
    for (int word = 0; word < layout.occupancyWords(); word++) {
      long places = pool.buffer(span).getLong(wordAt(span, word));
      count += Long.bitCount(places);
      if ((places != 0) != ((records.free(index) >>> word & 1) != 0)) {
        throw new AssertionError("span " + span + " word " + word + ": levels disagree");
      }
    }
    return count;
  }

  private int wordAt(int span, int word) {
    return pool.position(span) + layout.occupancyAt() + word * Long.BYTES;
  }

  private static long lowBits(int count) {
    return count == Long.SIZE ? -1L : (1L << count) - 1;
  }
}
