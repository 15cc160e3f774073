package dev.tmem.cli.bench;

import dev.tmem.SwapArea;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.Message;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Loads over the event bus from a {@link BusNode}: from its area, and from the {@link
 * BareResponder} beside it. Every page is compared with what was stored; the comparing does not
 * count. Confined to the main thread.
 */
final class BusLoads {

  /** Pages of one batch while the area is being filled. */
  private static final int FILL_PAGES = 256;

  private final Corpus corpus;
  private final int[] order;
  private final SwapArea area;
  private final Vertx vertx;
  private final Context context;

  /**
   * @param order the page of each position
   */
  BusLoads(Corpus corpus, BusNode node, int[] order) {
    this.corpus = corpus;
    this.order = order;
    this.area = node.area();
    this.vertx = node.vertx();
    this.context = vertx.getOrCreateContext();
  }

  /** Stores every page. */
  void fill() {
    for (int from = 0; from < corpus.pages(); from += FILL_PAGES) {
      int to = Math.min(corpus.pages(), from + FILL_PAGES);
      area.storeAll(
              LongStream.range(from, to).toArray(),
              IntStream.range(from, to).mapToObj(corpus::page).toList())
          .await();
    }
  }

  // ---- One page at a time

  long singles(int from, int to, @Nullable Latencies taken) {
    return pages(from, to, i -> area.load(order[i]), taken);
  }

  long bareSingles(int from, int to, @Nullable Latencies taken) {
    return pages(from, to, i -> bare(BareResponder.PAGE, order[i]), taken);
  }

  /** What a page is asked for with. */
  @FunctionalInterface
  private interface PageLoad {
    Future<@Nullable Buffer> of(int position);
  }

  private long pages(int from, int to, PageLoad load, @Nullable Latencies taken) {
    Asking.Answers<Buffer> answers =
        Asking.all(context, to - from, 1, i -> load.of(from + i).map(BusLoads::present), taken);
    for (int i = from; i < to; i++) {
      corpus.verify(order[i], answers.answers().get(i - from));
    }
    return answers.nanos();
  }

  private static Buffer present(@Nullable Buffer page) {
    if (page == null) {
      throw new IllegalStateException("a page is absent");
    }
    return page;
  }

  private Future<@Nullable Buffer> bare(String address, int... numbers) {
    return vertx
        .eventBus()
        .<Buffer>request(address, BareResponder.request(numbers))
        .map(Message::body);
  }

  // ---- Batches

  /**
   * @param size pages of each
   */
  long batches(int from, int to, int size, int inFlight) {
    Asking.Answers<List<@Nullable Buffer>> answers =
        Asking.all(
            context,
            Math.ceilDiv(to - from, size),
            inFlight,
            i -> area.loadAll(offsets(numbers(from, to, size, i))),
            null);
    for (int i = 0; i < answers.answers().size(); i++) {
      int[] numbers = numbers(from, to, size, i);
      for (int j = 0; j < numbers.length; j++) {
        corpus.verify(numbers[j], answers.answers().get(i).get(j));
      }
    }
    return answers.nanos();
  }

  long bareBatches(int from, int to, int size, int inFlight) {
    Asking.Answers<Buffer> answers =
        Asking.all(
            context,
            Math.ceilDiv(to - from, size),
            inFlight,
            i -> bare(BareResponder.BATCH, numbers(from, to, size, i)).map(BusLoads::present),
            null);
    for (int i = 0; i < answers.answers().size(); i++) {
      int[] numbers = numbers(from, to, size, i);
      for (int j = 0; j < numbers.length; j++) {
        corpus.verify(numbers[j], BareResponder.pageOf(answers.answers().get(i), j));
      }
    }
    return answers.nanos();
  }

  /** The pages of batch i of those from one position to another. */
  private int[] numbers(int from, int to, int size, int i) {
    int start = from + i * size;
    return Arrays.copyOfRange(order, start, Math.min(to, start + size));
  }

  private static long[] offsets(int[] numbers) {
    return Arrays.stream(numbers).asLongStream().toArray();
  }
}
