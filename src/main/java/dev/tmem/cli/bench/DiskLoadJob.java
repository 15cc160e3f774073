package dev.tmem.cli.bench;

import dev.tmem.backend.Fetched;
import dev.tmem.backend.Zpage;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;

/**
 * Pages read at random from a file that lies in the page cache, and decompressed, against bare
 * reads of the same lengths: one at a time, and eight by eight threads. Confined to the main
 * thread.
 */
final class DiskLoadJob implements Job {

  private static final double GOAL = 0.80;
  private static final int FLIGHTS = 8;

  /** Pages that one loads before it is the other's turn. */
  private static final int CHUNK = 1024;

  private static final double FILE_PARTS = 1.5;

  /** Loads the page of a position into a place of a buffer; its length. Confined to a thread. */
  private interface Loader {
    int load(int number, ByteBuffer into, int at) throws Exception;
  }

  /** What a thread loads into, and what it loads with. Confined to one thread at a time. */
  private static final class Lane {
    private final Corpus corpus;
    private final Loader loader;
    private final MemorySegment loaded;
    private final ByteBuffer buffer;
    private final int[] lengths;

    /**
     * @param room pages that are loaded before they are compared
     */
    Lane(Corpus corpus, Loader loader, int room) {
      this.corpus = corpus;
      this.loader = loader;
      loaded = Arena.ofAuto().allocate((long) room * Corpus.PAGE_BYTES, Corpus.PAGE_BYTES);
      buffer = loaded.asByteBuffer();
      lengths = new int[room];
    }

    void load(int[] order, int from, int to) {
      try {
        for (int i = from; i < to; i++) {
          lengths[i - from] = loader.load(order[i], buffer, (i - from) * Corpus.PAGE_BYTES);
        }
      } catch (Exception e) {
        throw new IllegalStateException("a page could not be loaded", e);
      }
    }

    void compare(int[] order, int from, int to) {
      for (int i = from; i < to; i++) {
        long at = (long) (i - from) * Corpus.PAGE_BYTES;
        corpus.verify(order[i], corpus.index(order[i]), loaded, at, lengths[i - from]);
      }
    }
  }

  @Override
  public List<Row> measure(JobRun run) throws Exception {
    int count = run.speedPages();
    try (Corpus corpus = Corpus.build(count, run.seed());
        PackedPages packed = PackedPages.of(corpus, new BareCodec(), count)) {
      DiskPages pages = DiskPages.of(corpus, packed);
      long fileBytes = (long) (pages.packedBytes() * FILE_PARTS) + (64L << 20);
      try (DiskRig rig = DiskRig.open(fileBytes, count);
          BareFile bare = new BareFile(rig.folder(), count);
          ExecutorService threads = Executors.newFixedThreadPool(FLIGHTS)) {
        for (int i = 0; i < pages.count(); i++) {
          int number = pages.number(i);
          rig.put(number, packed.chunk(number), packed.at(number), packed.length(number));
          bare.put(number, packed.chunk(number), packed.at(number), packed.length(number));
        }
        rig.flush();
        bare.force();
        int[] order = Orders.uniform(pages.count(), pages.count(), run.seed());
        for (int i = 0; i < order.length; i++) {
          order[i] = pages.number(order[i]);
        }
        Map<String, Pairs> flights = new LinkedHashMap<>();
        for (int lanes : new int[] {1, FLIGHTS}) {
          flights.put(
              Integer.toString(lanes),
              rates(run, lanes, threads, corpus, order, () -> ours(rig), () -> bare(bare, packed)));
        }
        return List.of(Row.worstOf("load", "pages/s", GOAL, flights));
      }
    }
  }

  private static Loader ours(DiskRig rig) {
    BareCodec codec = new BareCodec();
    return (number, into, at) -> {
      Fetched answer = DiskRig.done(rig.backend().get(List.of(rig.ref(number)))).getFirst();
      if (!(answer instanceof Fetched.Found found)) {
        throw new IllegalStateException("page " + number + ": " + answer);
      }
      Zpage zpage = found.zpage();
      return codec.decompress(ByteBuffer.wrap(zpage.bytes()), 0, zpage.length(), into, at);
    };
  }

  private static Loader bare(BareFile bare, PackedPages packed) {
    BareCodec codec = new BareCodec();
    ByteBuffer buffer = ByteBuffer.allocateDirect(2 * Corpus.PAGE_BYTES);
    return (number, into, at) -> {
      int length = packed.length(number);
      bare.read(number, buffer, length);
      return codec.decompress(buffer, 0, length, into, at);
    };
  }

  private static Pairs rates(
      JobRun run,
      int lanes,
      ExecutorService threads,
      Corpus corpus,
      int[] order,
      Supplier<Loader> ours,
      Supplier<Loader> beside) {
    List<Lane> our = new ArrayList<>();
    List<Lane> other = new ArrayList<>();
    for (int i = 0; i < lanes; i++) {
      our.add(new Lane(corpus, ours.get(), CHUNK / lanes));
      other.add(new Lane(corpus, beside.get(), CHUNK / lanes));
    }
    return new Alternation(run, order.length, CHUNK)
        .rates(
            "load, " + lanes + " in flight",
            (from, to) -> nanos(our, threads, order, from, to),
            (from, to) -> nanos(other, threads, order, from, to));
  }

  /** What the loads take, from the beginning of the first to the end of the last. */
  private static long nanos(
      List<Lane> lanes, ExecutorService threads, int[] order, int from, int to) {
    int share = (to - from + lanes.size() - 1) / lanes.size();
    long began = System.nanoTime();
    if (lanes.size() == 1) {
      lanes.getFirst().load(order, from, to);
    } else {
      List<Future<?>> parts = new ArrayList<>();
      for (int i = 0; i < lanes.size(); i++) {
        Lane lane = lanes.get(i);
        int begin = Math.min(to, from + i * share);
        parts.add(threads.submit(() -> lane.load(order, begin, Math.min(to, begin + share))));
      }
      parts.forEach(DiskLoadJob::await);
    }
    long nanos = System.nanoTime() - began;
    for (int i = 0; i < lanes.size(); i++) {
      int begin = Math.min(to, from + i * share);
      lanes.get(i).compare(order, begin, Math.min(to, begin + share));
    }
    return nanos;
  }

  private static void await(Future<?> part) {
    try {
      part.get();
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException("a page could not be loaded", e);
    }
  }
}
