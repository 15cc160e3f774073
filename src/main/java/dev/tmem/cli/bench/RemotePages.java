package dev.tmem.cli.bench;

import dev.tmem.SwapArea;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * The pages of a corpus that leave their node when they are lent: all but the same-filled ones,
 * which are kept in their slots wherever others go. Immutable.
 */
final class RemotePages {

  private final int[] numbers;

  private RemotePages(int[] numbers) {
    this.numbers = numbers;
  }

  static RemotePages of(Corpus corpus) {
    return new RemotePages(
        IntStream.range(0, corpus.pages()).filter(i -> !isSameFilled(corpus, i)).toArray());
  }

  private static boolean isSameFilled(Corpus corpus, int number) {
    ByteBuffer page = corpus.buffer();
    page.limit(corpus.at(number) + Corpus.PAGE_BYTES).position(corpus.at(number));
    int rest = Corpus.PAGE_BYTES - Long.BYTES;
    ByteBuffer words = page.slice();
    return words.slice(0, rest).equals(words.slice(Long.BYTES, rest));
  }

  int count() {
    return numbers.length;
  }

  /** Their numbers, in a row. */
  int[] numbers() {
    return numbers.clone();
  }

  /** So many of them, at random. */
  int[] order(int count, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int[] order = new int[count];
    Arrays.setAll(order, i -> numbers[random.nextInt(numbers.length)]);
    return order;
  }

  /** Stores all of them, by their numbers, in local RAM. */
  void store(Corpus corpus, SwapArea area) {
    PageKeeper keeper = new AreaKeeper(area);
    for (int number : numbers) {
      keeper.store(number, corpus.buffer(), corpus.at(number));
    }
  }
}
