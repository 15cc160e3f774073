package dev.tmem.memory;

import static dev.tmem.memory.ObjectLayout.NONE;

/**
 * Gives objects, which are named by 128 bits, and their pages, which have an index of 32 bits in
 * their object, keys of 64 bits for a {@link SlotTable}; and knows the pages of each object. All of
 * it lies off-heap, in a table of its own, and goes when the last page of the object does.
 *
 * <p>An object has a number while it has pages. Its pages stand in chunks of 64 indexes, a bit for
 * each, and its chunks in a chain in no order, so that finding all pages of an object costs what
 * the object has, and adding or removing one costs a few look-ups. While an object has never had
 * more than one page it has no chunk: that page's index stands with the object. {@link #detach}
 * takes the name off: its pages are not found any more, and are removed by number; pages that are
 * added under that name later have another number.
 *
 * <p>Names are the words of {@link ObjectHash}. Two objects whose first words differ in the top bit
 * alone, which chance does not bring about, cannot be kept together: the later one is refused.
 *
 * <p>Invariants: a number has an object record exactly if it has a chunk or a single page, and not
 * both; no chunk is empty; the chain of an object leads through all its chunks; a name record names
 * a number that leads back to it; {@code pages} is the sum of all bits and single pages.
 *
 * <p>Confined to its owner's lock.
 */
public final class ObjectDirectory {

  private final SlotTable records;

  /** The last number given; numbers go round, past those that are in use. */
  private long lastNumber;

  private long pages;
  private long objects;

  /**
   * @param salt of the positions of its records
   */
  public ObjectDirectory(BlockPool pool, long salt) {
    this.records = new SlotTable(pool, salt);
  }

  /** The number of the object of that name; 0: it has no pages. */
  public long find(long first, long second) {
    long ref = records.find(ObjectLayout.nameKey(first));
    return ref < 0 || !isName(ref, first, second)
        ? 0
        : ObjectLayout.numberOfName(records.handle(ref));
  }

  private boolean isName(long ref, long first, long second) {
    return records.word(ref) == second
        && ObjectLayout.first(records.key(ref), records.handle(ref)) == first;
  }

  /** The key of a page of an object that was found. */
  public static long pageKey(long number, int index) {
    return ObjectLayout.pageKey(number, index);
  }

  /** The index of the page that has that key. */
  public static int index(long pageKey) {
    return (int) pageKey;
  }

  /**
   * Adds a page.
   *
   * @return its key; -1: no memory (or two names that cannot be kept together), nothing has changed
   */
  public long add(long first, long second, int index) {
    long number = find(first, second);
    if (number == 0) {
      number = create(first, second, index);
      pages += number == 0 ? 0 : 1;
      return number == 0 ? -1 : ObjectLayout.pageKey(number, index);
    }
    long key = ObjectLayout.pageKey(number, index);
    long ref = chunkFor(number, ObjectLayout.chunk(key));
    if (ref < 0) {
      return -1;
    }
    long bit = ObjectLayout.bit(key);
    assert (records.word(ref) & bit) == 0 : "index " + index + " is in the directory";
    records.setWord(ref, records.word(ref) | bit);
    pages++;
    return key;
  }

  /** The chunk of an object that has pages, perhaps an empty one; -1: no memory. */
  private long chunkFor(long number, long chunk) {
    long ref = records.find(ObjectLayout.chunkKey(number, chunk));
    if (ref >= 0) {
      return ref;
    }
    long handle = records.handle(records.find(ObjectLayout.objectKey(number)));
    if (!ObjectLayout.isSingle(handle)) {
      return addChunk(number, chunk, handle);
    }
    long single = ObjectLayout.pageKey(number, ObjectLayout.indexOfSingle(handle));
    ref = addChunk(number, ObjectLayout.chunk(single), NONE);
    if (ref < 0) {
      return -1;
    }
    records.setWord(ref, ObjectLayout.bit(single));
    boolean isSame = ObjectLayout.chunk(single) == chunk;
    return isSame ? ref : addChunk(number, chunk, ObjectLayout.chunk(single));
  }

  private static long chunkKey(long pageKey) {
    return ObjectLayout.chunkKey(ObjectLayout.number(pageKey), ObjectLayout.chunk(pageKey));
  }

  /** Name and object records, of an object with that page; 0: no memory. */
  private long create(long first, long second, int index) {
    long nameKey = ObjectLayout.nameKey(first);
    if (nameKey == SlotLayout.FORBIDDEN_KEY || records.find(nameKey) >= 0) {
      return 0;
    }
    long number = nextNumber();
    long name = records.insert(nameKey);
    if (name < 0) {
      return 0;
    }
    records.setWord(name, second);
    records.setHandle(name, ObjectLayout.nameHandle(first, number));
    long object = records.insert(ObjectLayout.objectKey(number));
    if (object < 0) {
      records.remove(records.find(nameKey));
      return 0;
    }
    records.setWord(object, nameKey);
    records.setHandle(object, ObjectLayout.single(index));
    lastNumber = number;
    objects++;
    return number;
  }

  private long nextNumber() {
    long number = lastNumber;
    do {
      number = number == ObjectLayout.MAX_NUMBER ? 1 : number + 1;
    } while (records.find(ObjectLayout.objectKey(number)) >= 0);
    return number;
  }

  /**
   * An empty chunk at the head of the chain.
   *
   * @param head of the chain so far
   * @return -1: no memory
   */
  private long addChunk(long number, long chunk, long head) {
    if (records.insert(ObjectLayout.chunkKey(number, chunk)) < 0) {
      return -1;
    }
    records.setHandle(records.find(ObjectLayout.objectKey(number)), chunk);
    if (head != NONE) {
      long next = records.find(ObjectLayout.chunkKey(number, head));
      long links = records.handle(next);
      records.setHandle(next, ObjectLayout.links(chunk, ObjectLayout.next(links)));
    }
    long ref = records.find(ObjectLayout.chunkKey(number, chunk));
    records.setHandle(ref, ObjectLayout.links(NONE, head));
    return ref;
  }

  /** Whether a page is there. */
  public boolean contains(long pageKey) {
    long ref = records.find(chunkKey(pageKey));
    return ref >= 0 ? (records.word(ref) & ObjectLayout.bit(pageKey)) != 0 : isSingle(pageKey);
  }

  /** Whether it is the only page of its object, which has no chunk. */
  private boolean isSingle(long pageKey) {
    long object = records.find(ObjectLayout.objectKey(ObjectLayout.number(pageKey)));
    return object >= 0 && records.handle(object) == ObjectLayout.single(index(pageKey));
  }

  /** Removes a page that is there. */
  public void remove(long pageKey) {
    remove(pageKey, ObjectLayout.bit(pageKey));
  }

  /** Removes pages that are there, without repetition; best those of a chunk in a row. */
  public void removeAll(long[] pageKeys, int count) {
    int at = 0;
    while (at < count) {
      long some = pageKeys[at];
      long chunkKey = chunkKey(some);
      long bits = 0;
      while (at < count && chunkKey(pageKeys[at]) == chunkKey) {
        bits |= ObjectLayout.bit(pageKeys[at++]);
      }
      remove(some, bits);
    }
  }

  /**
   * @param some of the pages
   * @param bits of all of them in their chunk
   */
  private void remove(long some, long bits) {
    pages -= Long.bitCount(bits);
    long ref = records.find(chunkKey(some));
    if (ref < 0) {
      assert isSingle(some) && bits == ObjectLayout.bit(some) : "no such page";
      removeObject(ObjectLayout.number(some));
      return;
    }
    assert (records.word(ref) & bits) == bits : "no such page";
    long rest = records.word(ref) & ~bits;
    if (rest != 0) {
      records.setWord(ref, rest);
    } else {
      removeChunk(ref);
    }
  }

  private void removeChunk(long ref) {
    long key = records.key(ref);
    long number = ObjectLayout.numberOfRecord(key);
    long previous = ObjectLayout.previous(records.handle(ref));
    long next = ObjectLayout.next(records.handle(ref));
    records.remove(ref);
    if (next != NONE) {
      long after = records.find(ObjectLayout.chunkKey(number, next));
      long links = records.handle(after);
      records.setHandle(after, ObjectLayout.links(previous, ObjectLayout.next(links)));
    }
    if (previous != NONE) {
      long before = records.find(ObjectLayout.chunkKey(number, previous));
      long links = records.handle(before);
      records.setHandle(before, ObjectLayout.links(ObjectLayout.previous(links), next));
    } else if (next != NONE) {
      records.setHandle(records.find(ObjectLayout.objectKey(number)), next);
    } else {
      removeObject(number);
    }
  }

  /** Removes the records of an object without chunks; a single page goes with it. */
  private void removeObject(long number) {
    long object = records.find(ObjectLayout.objectKey(number));
    long nameKey = records.word(object);
    records.remove(object);
    objects--;
    removeName(nameKey, number);
  }

  /** Nothing if the name was taken off, and perhaps stands for another number by now. */
  private void removeName(long nameKey, long number) {
    long name = records.find(nameKey);
    if (name >= 0 && ObjectLayout.numberOfName(records.handle(name)) == number) {
      records.remove(name);
    }
  }

  /**
   * Takes the name off an object: it is not found any more. Its pages stay until they are removed.
   *
   * @return its number; 0: there is no such object
   */
  public long detach(long first, long second) {
    long number = find(first, second);
    if (number != 0) {
      records.remove(records.find(ObjectLayout.nameKey(first)));
    }
    return number;
  }

  /**
   * Some pages of an object, as many as fit; none if it has none left.
   *
   * @param keys gets the pages' keys
   * @return how many there are
   */
  public int pages(long number, long[] keys) {
    long object = records.find(ObjectLayout.objectKey(number));
    if (object < 0) {
      return 0;
    }
    int count = 0;
    long chunk = records.handle(object);
    if (ObjectLayout.isSingle(chunk)) {
      keys[0] = ObjectLayout.pageKey(number, ObjectLayout.indexOfSingle(chunk));
      return 1;
    }
    while (chunk != NONE && count < keys.length) {
      long ref = records.find(ObjectLayout.chunkKey(number, chunk));
      long bits = records.word(ref);
      while (bits != 0 && count < keys.length) {
        keys[count++] = ObjectLayout.pageKey(number, chunk, Long.numberOfTrailingZeros(bits));
        bits &= bits - 1;
      }
      chunk = ObjectLayout.next(records.handle(ref));
    }
    return count;
  }

  /** Gets the name of an object. */
  public interface NameVisitor {
    void visit(long first, long second);
  }

  /**
   * Shows the names of some objects; nothing may be changed meanwhile.
   *
   * @param cursor 0, or what the call before returned
   * @return the next cursor; -1: that were the last ones
   */
  public long names(long cursor, NameVisitor visitor) {
    return records.sweep(
        cursor,
        ref -> {
          long key = records.key(ref);
          if (ObjectLayout.isNameKey(key)) {
            visitor.visit(ObjectLayout.first(key, records.handle(ref)), records.word(ref));
          }
        });
  }

  /** Pages of all objects. */
  public long pages() {
    return pages;
  }

  /** Objects that have pages, those whose name was taken off among them. */
  public long objects() {
    return objects;
  }

  /** Off-heap bytes. */
  public long blockBytes() {
    return records.blockBytes();
  }

  /** Forgets everything and gives the memory back; usable afterwards. */
  public void clear() {
    records.clear();
    pages = 0;
    objects = 0;
  }

  void checkInvariants() {
    records.checkInvariants();
    long[] seen = new long[4]; // names, objects, chunks, chunks found by chains
    long[] bits = {0};
    long cursor = 0;
    while (cursor >= 0) {
      cursor = records.sweep(cursor, ref -> check(ref, seen, bits));
    }
    verify(seen[1] == objects, "the number of objects");
    verify(bits[0] == pages, "the number of pages");
    verify(seen[2] == seen[3], "the chunks in chains");
    verify(seen[0] + seen[1] + seen[2] == records.size(), "the number of records");
  }

  private void check(long ref, long[] seen, long[] bits) {
    long key = records.key(ref);
    if (ObjectLayout.isNameKey(key)) {
      seen[0]++;
      long number = ObjectLayout.numberOfName(records.handle(ref));
      long object = records.find(ObjectLayout.objectKey(number));
      verify(object >= 0 && records.word(object) == key, "the way back to a name");
    } else if (ObjectLayout.isObjectKey(key)) {
      seen[1]++;
      boolean isSingle = ObjectLayout.isSingle(records.handle(ref));
      bits[0] += isSingle ? 1 : 0;
      seen[3] += isSingle ? 0 : checkChain(ObjectLayout.numberOfRecord(key), records.handle(ref));
    } else {
      seen[2]++;
      verify(records.word(ref) != 0, "an empty chunk");
      bits[0] += Long.bitCount(records.word(ref));
    }
  }

  private long checkChain(long number, long head) {
    verify(head != NONE, "an object without chunks");
    long chunks = 0;
    long previous = NONE;
    for (long chunk = head; chunk != NONE; chunks++) {
      long ref = records.find(ObjectLayout.chunkKey(number, chunk));
      verify(ref >= 0, "a chain leads nowhere");
      verify(ObjectLayout.previous(records.handle(ref)) == previous, "the way back in a chain");
      previous = chunk;
      chunk = ObjectLayout.next(records.handle(ref));
    }
    return chunks;
  }

  private static void verify(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what + " is wrong");
    }
  }
}
