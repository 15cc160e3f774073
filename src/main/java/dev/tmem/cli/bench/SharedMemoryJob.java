package dev.tmem.cli.bench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the process takes of RAM in which the pages of a shared cache have their home, against one
 * in which the same pages are entries of an {@code IMap}. Confined to the main thread.
 */
final class SharedMemoryJob implements Job {

  private static final double GOAL = 2;
  private static final double GIB = 1 << 30;

  /** That part of the pages is put before the first look: code is compiled, buffers are there. */
  private static final int WARM_UP_PARTS = 4;

  private static final int NEW_MIB = 64;
  private static final int HEAP_MIB = 256;
  private static final int HEAP_BYTES_PER_PAGE = 6 << 10;

  /** Puts pages from a number to another. */
  @FunctionalInterface
  private interface Fill {
    void put(Corpus corpus, int from, int to);
  }

  @Override
  public List<Row> measure(JobRun run) throws Exception {
    int count = (int) Math.max(BenchOptions.MIN_PAGES, run.pages() / 5);
    try (Corpus corpus = Corpus.build(count, run.seed())) {
      double ours;
      try (SharedHome home = start(corpus, run.seed())) {
        ours = bytesPerPage(corpus, home, home::put);
      }
      run.progress("imap-memory: %.0f bytes a page".formatted(ours));
      double theirs;
      try (SharedHome home = start(corpus, run.seed())) {
        home.chooseKeys(corpus.pages());
        theirs = bytesPerPage(corpus, home, home::imapPut);
      }
      run.progress("imap-memory: %.0f bytes an entry".formatted(theirs));
      Map<String, Double> parts = new LinkedHashMap<>();
      parts.put("bytes/page", ours);
      parts.put("bytes/entry", theirs);
      return List.of(
          Row.compared("imap-memory", GIB / ours, GIB / theirs, "pages/GiB", GOAL, Better.HIGHER)
              .with(parts));
    }
  }

  /** With a heap that is given back as far as nothing lives in it. */
  private static SharedHome start(Corpus corpus, long seed) throws Exception {
    long mib = HEAP_MIB + (((long) HEAP_BYTES_PER_PAGE * corpus.pages()) >> 20);
    List<String> heap =
        List.of(
            "-XX:+UseSerialGC",
            "-XX:+AlwaysPreTouch", // else the heap grows whenever something touches more of it
            "-Xmn" + NEW_MIB + "m",
            "-Xms" + 2 * NEW_MIB + "m",
            "-Xmx" + mib + "m",
            "-XX:MinHeapFreeRatio=5",
            "-XX:MaxHeapFreeRatio=10");
    return SharedHome.start(corpus.pages(), 1, seed, heap);
  }

  private static double bytesPerPage(Corpus corpus, SharedHome home, Fill fill) {
    int first = corpus.pages() / WARM_UP_PARTS;
    fill.put(corpus, 0, first);
    long before = home.homeBytes();
    fill.put(corpus, first, corpus.pages());
    long grown = Math.max(1, home.homeBytes() - before);
    return (double) grown / (corpus.pages() - first);
  }
}
