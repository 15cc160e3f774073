package dev.tmem.cli.bench;

import dev.tmem.Fsync;
import dev.tmem.SwapArea;
import dev.tmem.SwapAreaOptions;
import dev.tmem.backend.Fetched;
import dev.tmem.cli.bench.DiskContestant.DiskKeeper;
import dev.tmem.cli.bench.DiskContestant.DurableKeeper;
import io.vertx.core.Context;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Ours against a store on disk that somebody else would take, with the same pages and LZ4 on both
 * sides: pages written with the disk forced at the end, pages loaded at random, pages that are on
 * stable storage when each store of many at once is acknowledged. Compressing counts on both sides.
 * Confined to the main thread.
 */
final class RocksJob implements Job {

  private static final String NAME = "rocksdb";
  private static final double GOAL = 1.0;
  private static final double FILE_PARTS = 2.5;

  /** Who store durably, one page after the other each. */
  private static final int WRITERS = 64;

  /** Of the pages so many parts are stored durably, so many at a time. */
  private static final int DURABLE_PARTS = 32;

  private static final int DURABLE_CHUNK = 16 * WRITERS;
  private static final long MEMORY_BYTES = 64L << 20;

  /** Of the file for each page. */
  private static final long DURABLE_FILE_BYTES = 8192;

  /** Pages that one loads before it is the other's turn. */
  private static final int CHUNK = 4096;

  /** Ours, with a codec of its own, as a store and a load through the dispatcher have it. */
  private record SwapKeeper(DiskRig rig, BareCodec codec) implements DiskKeeper {

    @Override
    public void store(long number, ByteBuffer pages, int at) {
      int length = codec.compress(pages, at);
      rig.put((int) number, codec.packed(), 0, length);
    }

    @Override
    public int load(long number, ByteBuffer into, int at) {
      Fetched answer;
      try {
        answer = DiskRig.done(rig.backend().get(List.of(rig.ref((int) number)))).getFirst();
      } catch (Exception e) {
        throw new IllegalStateException("page " + number + " was not read", e);
      }
      return answer instanceof Fetched.Found found
          ? codec.decompress(
              ByteBuffer.wrap(found.zpage().bytes()), 0, found.zpage().length(), into, at)
          : -1;
    }

    @Override
    public void flush() {
      try {
        rig.flush();
      } catch (Exception e) {
        throw new IllegalStateException("the pages were not written", e);
      }
    }

    @Override
    public void close() {
      // the rig belongs to the one who opened it
    }
  }

  @Override
  public List<Row> measure(JobRun run) throws Exception {
    int count = run.speedPages();
    DiskContestant contestant =
        ServiceLoader.load(DiskContestant.class).stream()
            .map(ServiceLoader.Provider::get)
            .filter(found -> found.name().equals(NAME))
            .findFirst()
            .orElseThrow();
    try (Corpus corpus = Corpus.build(count, run.seed())) {
      long packedBytes;
      try (PackedPages packed = PackedPages.of(corpus, new BareCodec(), count)) {
        packedBytes = packed.bytes();
      }
      long fileBytes = (long) (packedBytes * FILE_PARTS) + (128L << 20);
      try (DiskRig rig = DiskRig.open(fileBytes, count);
          DiskKeeper theirs = contestant.open(Files.createDirectory(rig.folder().resolve(NAME)))) {
        DiskKeeper ours = new SwapKeeper(rig, new BareCodec());
        int[] order = Orders.uniform(count, count, run.seed());
        Passes our = new Passes(corpus, ours, order);
        Passes other = new Passes(corpus, theirs, order);
        Map<String, Pairs> parts = new LinkedHashMap<>();
        parts.put(
            "demote",
            new Alternation(run, count, count)
                .rates(
                    "rocksdb, demote",
                    (from, to) -> written(our, ours, from, to),
                    (from, to) -> written(other, theirs, from, to)));
        parts.put(
            "load",
            new Alternation(run, count, CHUNK)
                .rates("rocksdb, load", our::loadInOrder, other::loadInOrder));
        parts.put("durable", durable(run, contestant, corpus));
        return List.of(Row.worstOf(NAME, "pages/s", GOAL, parts));
      }
    }
  }

  /** Stores that are on stable storage when they are acknowledged, by many writers at once. */
  private static Pairs durable(JobRun run, DiskContestant contestant, Corpus corpus)
      throws Exception {
    int count = (int) Math.max(BenchOptions.MIN_PAGES, run.pages() / DURABLE_PARTS);
    ExecutorService writers = Executors.newFixedThreadPool(WRITERS);
    try (DiskNode node = DiskNode.start(MEMORY_BYTES, (long) count * DURABLE_FILE_BYTES);
        DurableKeeper theirs =
            contestant.openDurable(Files.createDirectory(node.folder().resolve(NAME)))) {
      SwapArea area =
          node.area("durable", new SwapAreaOptions().setDurable(true).setFsync(Fsync.ALWAYS));
      Context context = node.vertx().getOrCreateContext();
      Pairs pairs =
          new Alternation(run, count, DURABLE_CHUNK)
              .rates(
                  "rocksdb, durable",
                  (from, to) ->
                      Asking.all(
                              context,
                              to - from,
                              WRITERS,
                              i ->
                                  area.store(from + i, corpus.page(corpus.index(from + i)))
                                      .map(true),
                              null)
                          .nanos(),
                  (from, to) -> theirStores(theirs, writers, corpus, from, to));
      for (int i = 0; i < count; i++) {
        corpus.verify(i, Peers.await(area.load(i)));
      }
      return pairs;
    } finally {
      writers.shutdown();
    }
  }

  private static long theirStores(
      DurableKeeper theirs, ExecutorService writers, Corpus corpus, int from, int to) {
    AtomicInteger next = new AtomicInteger(from);
    long began = System.nanoTime();
    List<Future<?>> done = new ArrayList<>(WRITERS);
    for (int writer = 0; writer < WRITERS; writer++) {
      done.add(
          writers.submit(() -> {
            for (int i = next.getAndIncrement(); i < to; i = next.getAndIncrement()) {
              theirs.store(i, corpus.buffer(), corpus.at(corpus.index(i)));
            }
          }));
    }
    for (Future<?> writer : done) {
      try {
        writer.get();
      } catch (InterruptedException | ExecutionException e) {
        throw new IllegalStateException("the pages were not stored", e);
      }
    }
    return System.nanoTime() - began;
  }

  private static long written(Passes passes, DiskKeeper keeper, int from, int to) {
    long nanos = passes.store(from, to);
    long began = System.nanoTime();
    keeper.flush();
    return nanos + System.nanoTime() - began;
  }
}
