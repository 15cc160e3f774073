package dev.tmem.cli.bench;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;

/**
 * Gets of pages whose home is elsewhere: against the same bytes over the bare socket, as they
 * travel, and against gets of an {@code IMap} between the same two processes. Every page is
 * compared with what was put; the comparing does not count, nor that the bare side's are
 * decompressed for it. Confined to the main thread.
 */
final class SharedGetJob implements Job {

  private static final double LATENCY_GOAL = 1.4;
  private static final double RATE_GOAL = 1.5;

  private static final int HEAP_MIB = 256;

  /** Of the {@code IMap} in the other process. */
  private static final int HEAP_BYTES_PER_PAGE = 6 << 10;

  @Override
  public List<Row> measure(JobRun run) throws Exception {
    int count = (int) Math.max(BenchOptions.MIN_PAGES, run.pages() / 16);
    long mib = HEAP_MIB + (((long) HEAP_BYTES_PER_PAGE * count) >> 20);
    List<String> heap = List.of("-Xms" + mib + "m", "-Xmx" + mib + "m", "-XX:+AlwaysPreTouch");
    try (Corpus corpus = Corpus.build(count, run.seed());
        SharedHome home = SharedHome.start(corpus.pages(), corpus.pages(), run.seed(), heap)) {
      home.put(corpus, 0, corpus.pages());
      home.chooseKeys(corpus.pages());
      home.imapPut(corpus, 0, corpus.pages());
      int[] order = Orders.uniform(count, corpus.pages(), run.seed());
      Gets gets = new Gets(corpus, home, order);
      SideBySide both = new SideBySide(run, EventLoops.of(home.vertx()), count);
      return List.of(
          both.latency("get-p50", gets::ours, gets::bare, LATENCY_GOAL),
          both.rate("imap-rate", gets::ours, gets::imap, RATE_GOAL));
    }
  }

  /** All three sides. Confined to the main thread. */
  private static final class Gets {

    private final Corpus corpus;
    private final SharedHome home;
    private final int[] order;
    private final BareCodec codec = new BareCodec();

    Gets(Corpus corpus, SharedHome home, int[] order) {
      this.corpus = corpus;
      this.home = home;
      this.order = order;
    }

    long ours(Context from, SideBySide.Span span) {
      return pages(from, span, home::get);
    }

    long imap(Context from, SideBySide.Span span) {
      return pages(from, span, number -> home.imapGet(from, number));
    }

    long bare(Context from, SideBySide.Span span) {
      return pages(
          from,
          span,
          number -> home.bare().ask(BareFrames.page(number)).map(BareFrames::pageOf),
          zpage -> BareFrames.restored(codec, zpage));
    }

    private long pages(Context from, SideBySide.Span span, IntFunction<Future<Buffer>> get) {
      return pages(from, span, get, page -> page);
    }

    private long pages(
        Context from,
        SideBySide.Span span,
        IntFunction<Future<Buffer>> get,
        UnaryOperator<Buffer> page) {
      Asking.Answers<Buffer> answers =
          Asking.all(
              from,
              span.pages(),
              span.inFlight(),
              i -> get.apply(order[span.from() + i]),
              span.taken());
      for (int i = 0; i < span.pages(); i++) {
        corpus.verify(order[span.from() + i], page.apply(answers.answers().get(i)));
      }
      return answers.nanos();
    }
  }
}
