package dev.tmem.zram;

import java.util.Arrays;

/**
 * The spans of one size class, on lists by how full they are.
 *
 * <p>Invariant: every span of the class is on exactly one list: a partial one by its fullness,
 * {@link #FULL} if it has no free place, or {@link #VICTIMS} if compaction wants it empty; a victim
 * has a free place, since none but partial spans are chosen and nothing is put there. Lists are
 * doubly linked through the records, so that every change is a few steps.
 *
 * <p>Confined to the lock of its size class.
 */
final class SpanLists {
  /** Lists of spans that have free places, from nearly empty to nearly full. */
  static final int PARTIAL = 8;

  static final int FULL = PARTIAL;
  static final int VICTIMS = FULL + 1;
  private static final int COUNT = VICTIMS + 1;
  private static final int NONE = -1;

  private final SpanDirectory directory;
  private final int places;
  private final int[] heads = new int[COUNT];

  SpanLists(SpanDirectory directory, int places) {
    this.directory = directory;
    this.places = places;
    Arrays.fill(heads, NONE);
  }

  /** A span with a free place, of the fullest there are, or -1: new objects fill those up first. */
  int fullest() {
    for (int list = PARTIAL - 1; list >= 0; list--) {
      if (heads[list] != NONE) {
        return heads[list];
      }
    }
    return NONE;
  }

  /** Puts a span that is on no list where it belongs. */
  void add(SpanRecords records, int span) {
    link(records, span, listFor(records.live(SpanDirectory.index(span))));
  }

  void remove(SpanRecords records, int span) {
    unlink(records, span);
  }

  /** Moves a span whose fullness changed to its list. A victim stays one. */
  void update(SpanRecords records, int span) {
    int index = SpanDirectory.index(span);
    int list = records.list(index);
    int wanted = listFor(records.live(index));
    if (list != wanted && list != VICTIMS) {
      unlink(records, span);
      link(records, span, wanted);
    }
  }

  /** One of the spans to be emptied, or -1. */
  int victim() {
    return heads[VICTIMS];
  }

  /** Puts a victim back among the others. */
  void pardon(SpanRecords records, int span) {
    unlink(records, span);
    add(records, span);
  }

  /**
   * Chooses the victims anew: as many of the sparsest partial spans as leave room in the other
   * partial ones for all their objects.
   *
   * @return how many
   */
  int chooseVictims() {
    for (int span = heads[VICTIMS]; span != NONE; span = heads[VICTIMS]) {
      pardon(directory.get(span), span);
    }
    int[] quota = countPartialByLive();
    int chosen = keepSparsest(quota);
    for (int list = 0; list < PARTIAL; list++) {
      int next;
      for (int span = heads[list]; span != NONE; span = next) {
        SpanRecords records = directory.get(span);
        int index = SpanDirectory.index(span);
        next = records.next(index);
        if (quota[records.live(index)]-- > 0) {
          unlink(records, span);
          link(records, span, VICTIMS);
        }
      }
    }
    return chosen;
  }

  private int[] countPartialByLive() {
    int[] spansByLive = new int[places];
    for (int list = 0; list < PARTIAL; list++) {
      int next;
      for (int span = heads[list]; span != NONE; span = next) {
        SpanRecords records = directory.get(span);
        int index = SpanDirectory.index(span);
        next = records.next(index);
        spansByLive[records.live(index)]++;
      }
    }
    return spansByLive;
  }

  /**
   * Lowers the counts to those of the spans to be emptied. Emptying a span takes its free places
   * out of the room and adds its objects to what must find room: together one span's places,
   * however they are divided. So the free places of all, in whole spans, are the spans to gain, and
   * the sparsest are the least work.
   */
  private int keepSparsest(int[] spansByLive) {
    long free = 0;
    for (int live = 0; live < places; live++) {
      free += (long) spansByLive[live] * (places - live);
    }
    int gain = (int) (free / places);
    int left = gain;
    for (int live = 0; live < places; live++) {
      spansByLive[live] = Math.min(spansByLive[live], left);
      left -= spansByLive[live];
    }
    return gain;
  }

  /** The first of all spans, or -1. */
  int any() {
    return firstFrom(0);
  }

  /** The span after that one when all are walked through, or -1. */
  int after(int span) {
    SpanRecords records = directory.get(span);
    int index = SpanDirectory.index(span);
    int next = records.next(index);
    return next != NONE ? next : firstFrom(records.list(index) + 1);
  }

  private int firstFrom(int list) {
    while (list < COUNT && heads[list] == NONE) {
      list++;
    }
    return list < COUNT ? heads[list] : NONE;
  }

  void checkPlace(SpanRecords records, int span) {
    int index = SpanDirectory.index(span);
    int list = records.list(index);
    int wanted = listFor(records.live(index));
    if (list == VICTIMS ? wanted == FULL : list != wanted) {
      throw new AssertionError(
          "span " + span + " with " + records.live(index) + " objects is on list " + list);
    }
  }

  private int listFor(int live) {
    return live == places ? FULL : live * PARTIAL / places;
  }

  private void link(SpanRecords records, int span, int list) {
    int index = SpanDirectory.index(span);
    int head = heads[list];
    records.setList(index, list);
    records.setPrevious(index, NONE);
    records.setNext(index, head);
    if (head != NONE) {
      directory.get(head).setPrevious(SpanDirectory.index(head), span);
    }
    heads[list] = span;
  }

  private void unlink(SpanRecords records, int span) {
    int index = SpanDirectory.index(span);
    int next = records.next(index);
    int previous = records.previous(index);
    if (next != NONE) {
      directory.get(next).setPrevious(SpanDirectory.index(next), previous);
    }
    if (previous == NONE) {
      heads[records.list(index)] = next;
    } else {
      directory.get(previous).setNext(SpanDirectory.index(previous), next);
    }
  }
}
