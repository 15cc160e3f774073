package dev.tmem.cli.bench;

/**
 * The pages of the corpus that reach a disk: those that are one word repeated stay in their slots.
 * Immutable.
 *
 * @param numbers of them, in the corpus and among the packed ones
 */
record DiskPages(int[] numbers, long packedBytes) {

  static DiskPages of(Corpus corpus, PackedPages packed) {
    int[] numbers = new int[packed.pages()];
    int count = 0;
    long bytes = 0;
    for (int i = 0; i < packed.pages(); i++) {
      if (!corpus.isZero(corpus.index(i))) {
        numbers[count++] = i;
        bytes += packed.length(i);
      }
    }
    return new DiskPages(java.util.Arrays.copyOf(numbers, count), bytes);
  }

  int count() {
    return numbers.length;
  }

  int number(int position) {
    return numbers[position];
  }

  /** Of a range of positions. */
  long bytes(PackedPages packed, int from, int to) {
    long bytes = 0;
    for (int i = from; i < to; i++) {
      bytes += packed.length(numbers[i]);
    }
    return bytes;
  }
}
