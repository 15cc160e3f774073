package dev.tmem.cli.bench;

import java.util.Arrays;

/**
 * The pages of the corpus that reach a disk: those that are zero stay in their slots. Immutable.
 */
final class DiskPages {

  /** In the corpus and among the packed ones. */
  private final int[] numbers;

  private final long packedBytes;

  private DiskPages(int[] numbers, long packedBytes) {
    this.numbers = numbers;
    this.packedBytes = packedBytes;
  }

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
    return new DiskPages(Arrays.copyOf(numbers, count), bytes);
  }

  int count() {
    return numbers.length;
  }

  int number(int position) {
    return numbers[position];
  }

  /** Of their zpages. */
  long packedBytes() {
    return packedBytes;
  }
}
