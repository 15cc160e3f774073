package dev.tmem.cli.bench;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.Message;
import java.nio.ByteBuffer;

/**
 * Answers on the event bus with pages, and with nothing around them. A request is a row of page
 * numbers, 8 bytes each. One page comes as it lies there; of a batch each is decompressed first,
 * and stands behind as many bytes as a batch of ours has before each page. Confined to its event
 * loop.
 */
final class BareResponder extends VerticleBase {

  static final String PAGE = "bench.page";
  static final String BATCH = "bench.batch";

  /** Number and length. */
  static final int HEADER_BYTES = Long.BYTES + Integer.BYTES;

  private static final int ENTRY_BYTES = HEADER_BYTES + Corpus.PAGE_BYTES;

  private final Corpus corpus;
  private final PackedPages packed;
  private final BareCodec codec = new BareCodec();

  BareResponder(Corpus corpus, PackedPages packed) {
    this.corpus = corpus;
    this.packed = packed;
  }

  @Override
  public Future<?> start() {
    Future<Void> page = vertx.eventBus().<Buffer>consumer(PAGE).handler(this::page).completion();
    Future<Void> batch = vertx.eventBus().<Buffer>consumer(BATCH).handler(this::batch).completion();
    return Future.all(page, batch);
  }

  private void page(Message<Buffer> request) {
    request.reply(corpus.page(corpus.index(request.body().getLong(0))));
  }

  private void batch(Message<Buffer> request) {
    Buffer numbers = request.body();
    int count = numbers.length() / Long.BYTES;
    byte[] answer = new byte[count * ENTRY_BYTES];
    ByteBuffer into = ByteBuffer.wrap(answer);
    for (int i = 0; i < count; i++) {
      int at = i * ENTRY_BYTES;
      int number = (int) numbers.getLong(i * Long.BYTES);
      into.putLong(at, number).putInt(at + Long.BYTES, Corpus.PAGE_BYTES);
      codec.decompress(
          packed.chunk(number), packed.at(number), packed.length(number), into, at + HEADER_BYTES);
    }
    request.reply(Buffer.buffer(answer));
  }

  /** Request for some pages. */
  static Buffer request(int[] numbers) {
    Buffer body = Buffer.buffer(numbers.length * Long.BYTES);
    for (int number : numbers) {
      body.appendLong(number);
    }
    return body;
  }

  /** Page number i of the answer to a batch. */
  static Buffer pageOf(Buffer answer, int i) {
    int at = i * ENTRY_BYTES + HEADER_BYTES;
    return answer.slice(at, at + Corpus.PAGE_BYTES);
  }
}
