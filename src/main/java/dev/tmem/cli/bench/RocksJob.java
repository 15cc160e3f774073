package dev.tmem.cli.bench;

import dev.tmem.backend.Fetched;
import dev.tmem.cli.bench.DiskContestant.DiskKeeper;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;

/**
 * Ours against a store on disk that somebody else would take, with the same pages and LZ4 on both
 * sides: pages written with the disk forced at the end, pages loaded at random. Compressing counts
 * on both sides. Confined to the main thread.
 */
final class RocksJob implements Job {

  private static final String NAME = "rocksdb";
  private static final double GOAL = 1.0;
  private static final double FILE_PARTS = 2.5;

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
        return List.of(Row.worstOf(NAME, "pages/s", GOAL, parts));
      }
    }
  }

  private static long written(Passes passes, DiskKeeper keeper, int from, int to) {
    long nanos = passes.store(from, to);
    long began = System.nanoTime();
    keeper.flush();
    return nanos + System.nanoTime() - began;
  }
}
