package dev.tmem.node;

import dev.tmem.Fsync;
import dev.tmem.SwapArea;
import dev.tmem.SwapAreaOptions;
import dev.tmem.Tmem;
import dev.tmem.TmemOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A node with a durable area, to be killed. First it checks what it finds against what it is told
 * may be there, and says what is; then it stores and invalidates without end, and says when each
 * begins and when it is acknowledged.
 *
 * <pre>
 *   found OFFSET VERSION .   a line for each page; below 0: it was invalidated; 0: never there
 *   wrong TEXT               and it ends
 *   ready
 *   b OFFSET VERSION .       begun
 *   a OFFSET VERSION .       acknowledged
 * </pre>
 *
 * The dot says that the line is whole.
 */
final class DurableVictim {

  static final int OFFSETS = 512;
  private static final int IN_FLIGHT = 16;
  private static final int PAGE_BYTES = 4096;

  private final SwapArea area;
  private final PrintStream out;
  private final Random random;
  private final long[] versions = new long[OFFSETS];

  private DurableVictim(SwapArea area, PrintStream out, Random random) {
    this.area = area;
    this.out = out;
    this.random = random;
  }

  /**
   * @param args the data folder, {@code interval} or {@code always}, a seed, a file with what may
   *     be there: a line for each offset, of the versions allowed
   */
  public static void main(String[] args) throws IOException {
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.US_ASCII);
    Vertx vertx = Vertx.vertx();
    Tmem tmem =
        await(
            Tmem.start(
                vertx,
                new TmemOptions()
                    .setName("victim")
                    .setDataFolder(args[0])
                    .setMemoryLimit(16L << 20)
                    .setSwapFileSize(TmemOptions.MIN_SWAP_FILE_SIZE)));
    SwapAreaOptions options =
        new SwapAreaOptions()
            .setDurable(true)
            .setFsync(args[1].equals("always") ? Fsync.ALWAYS : Fsync.INTERVAL);
    SwapArea area = await(tmem.swapOn("a", options));
    DurableVictim victim = new DurableVictim(area, out, new Random(Long.parseLong(args[2])));
    if (victim.check(Files.readAllLines(Path.of(args[3])))) {
      say(out, "ready");
      victim.run();
    }
  }

  private static synchronized void say(PrintStream out, String line) {
    out.println(line);
    out.flush();
  }

  /** What a version of a page holds; 4 KiB at most, of any compressibility. */
  static byte[] content(long offset, long version) {
    Random random = new Random(offset * 1_000_003 + version);
    byte[] bytes = new byte[1 + random.nextInt(PAGE_BYTES)];
    byte[] noise = new byte[random.nextInt(bytes.length + 1)];
    random.nextBytes(noise);
    System.arraycopy(noise, 0, bytes, 0, noise.length);
    ByteBuffer head = ByteBuffer.allocate(16).putLong(offset).putLong(version);
    System.arraycopy(head.array(), 0, bytes, 0, Math.min(bytes.length, 16));
    return bytes;
  }

  private boolean check(List<String> allowed) {
    for (int offset = 0; offset < OFFSETS; offset++) {
      Buffer there;
      try {
        there = await(area.load(offset));
      } catch (RuntimeException e) {
        say(out, "wrong page " + offset + ": " + e.getCause());
        return false;
      }
      Long version = fitting(offset, allowed.get(offset), there);
      if (version == null) {
        long found = there == null || there.length() < 16 ? -1 : there.getLong(8);
        say(
            out,
            "wrong page " + offset + ": version " + found + ", allowed " + allowed.get(offset));
        return false;
      }
      versions[offset] = Math.abs(version);
      out.println("found " + offset + " " + version + " .");
    }
    return true;
  }

  private static @Nullable Long fitting(int offset, String allowed, @Nullable Buffer there) {
    for (String word : allowed.split(" ", -1)) {
      long version = Long.parseLong(word);
      boolean fits =
          version <= 0
              ? there == null
              : there != null && there.equals(Buffer.buffer(content(offset, version)));
      if (fits) {
        return version;
      }
    }
    return null;
  }

  private void run() {
    for (int chain = 0; chain < IN_FLIGHT; chain++) {
      next(chain);
    }
  }

  /** Each chain has offsets of its own, so that a page's operations follow one another. */
  private void next(int chain) {
    int offset;
    boolean invalidates;
    synchronized (random) {
      offset = random.nextInt(OFFSETS / IN_FLIGHT) * IN_FLIGHT + chain;
      invalidates = random.nextInt(5) == 0;
    }
    long version = ++versions[offset];
    long said = invalidates ? -version : version;
    say(out, "b " + offset + " " + said + " .");
    Future<Void> done =
        invalidates
            ? area.invalidatePage(offset)
            : area.store(offset, Buffer.buffer(content(offset, version)));
    done.onComplete(result -> {
      say(out, (result.succeeded() ? "a " : "failed ") + offset + " " + said + " .");
      next(chain);
    });
  }

  private static <T extends @Nullable Object> T await(Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(2, TimeUnit.MINUTES);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
