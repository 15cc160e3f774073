package dev.tmem.cli.bench;

import dev.tmem.SwapArea;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.Message;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Loads of pages that lie with a lender, and of the same bytes from the bare lender beside it.
 * Every page is compared with what was stored; the comparing does not count. Confined to the main
 * thread.
 */
final class RemoteLoads {

  /** Pages of one batch while the area is being filled. */
  private static final int FILL_PAGES = 256;

  private final Corpus corpus;
  private final Peers peers;
  private final int[] order;
  private final SwapArea area;
  private final BareCodec codec = new BareCodec();
  private final BareCodec verifier = new BareCodec();

  /**
   * @param order the page of each position
   */
  RemoteLoads(Corpus corpus, Peers peers, int[] order) {
    this.corpus = corpus;
    this.peers = peers;
    this.order = order;
    this.area = peers.area("remote", Peers.RAMSTER);
  }

  /** Stores every page; with its lender, since the area has no other place. */
  void fill(RemotePages pages) {
    int[] numbers = pages.numbers();
    for (int from = 0; from < numbers.length; from += FILL_PAGES) {
      int to = Math.min(numbers.length, from + FILL_PAGES);
      int[] some = IntStream.range(from, to).map(i -> numbers[i]).toArray();
      Peers.await(
          area.storeAll(
              IntStream.of(some).asLongStream().toArray(),
              IntStream.of(some).mapToObj(corpus::page).toList()));
    }
    long remote = peers.remotePages();
    if (remote != numbers.length) {
      throw new IllegalStateException(remote + " pages of " + numbers.length + " are lent");
    }
  }

  /** Loads. */
  long ours(Context from, SideBySide.Span span) {
    return pages(from, span, number -> area.load(number).map(RemoteLoads::present));
  }

  private static Buffer present(@Nullable Buffer page) {
    if (page == null) {
      throw new IllegalStateException("a page is absent");
    }
    return page;
  }

  /** The same bytes over the socket, as they come. */
  long socketBytes(Context from, SideBySide.Span span) {
    return bytes(from, span, this::socket);
  }

  /** The same bytes over the event bus, as they come. */
  long busBytes(Context from, SideBySide.Span span) {
    return bytes(from, span, this::bus);
  }

  /** The same bytes over the socket, decompressed. */
  long socketPages(Context from, SideBySide.Span span) {
    return pages(from, span, number -> socket(number).map(this::page));
  }

  /** The same bytes over the event bus, decompressed. */
  long busPages(Context from, SideBySide.Span span) {
    return pages(from, span, number -> bus(number).map(this::page));
  }

  private Future<Buffer> socket(int number) {
    return peers.bare().ask(BareFrames.get(number));
  }

  private Future<Buffer> bus(int number) {
    return peers
        .vertx()
        .eventBus()
        .<Buffer>request(BareLender.ADDRESS, BareFrames.get(number))
        .map(Message::body);
  }

  /** On the event loop that asks; only one does at a time. */
  private Buffer page(Buffer answer) {
    return BareFrames.page(codec, answer);
  }

  private long bytes(Context context, SideBySide.Span span, IntFunction<Future<Buffer>> ask) {
    Asking.Answers<Buffer> answers = ask(context, span, ask);
    for (int i = 0; i < span.pages(); i++) {
      corpus.verify(order[span.from() + i], BareFrames.page(verifier, answers.answers().get(i)));
    }
    return answers.nanos();
  }

  private long pages(Context context, SideBySide.Span span, IntFunction<Future<Buffer>> load) {
    Asking.Answers<Buffer> answers = ask(context, span, load);
    for (int i = 0; i < span.pages(); i++) {
      corpus.verify(order[span.from() + i], answers.answers().get(i));
    }
    return answers.nanos();
  }

  private Asking.Answers<Buffer> ask(
      Context context, SideBySide.Span span, IntFunction<Future<Buffer>> question) {
    return Asking.all(
        context,
        span.pages(),
        span.inFlight(),
        i -> question.apply(order[span.from() + i]),
        span.taken());
  }
}
