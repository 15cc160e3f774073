package dev.tmem.eventbus;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.tmem.ErrorCode;
import dev.tmem.TmemException;
import io.vertx.core.buffer.Buffer;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The body of a batch, byte for byte. */
class BatchLayoutTest {

  @Test
  void isAsDocumented() {
    Buffer body =
        BatchLayout.encode(new long[] {1, -2}, Arrays.asList(Buffer.buffer("ab"), (Buffer) null));
    Buffer expected =
        Buffer.buffer().appendLong(1).appendInt(2).appendString("ab").appendLong(-2).appendInt(-1);
    assertEquals(expected, body);
    BatchLayout.Batch batch = BatchLayout.decode(body);
    assertArrayEquals(new long[] {1, -2}, batch.offsetArray());
    assertEquals(Arrays.asList(Buffer.buffer("ab"), null), batch.pages());
    Buffer offsets = BatchLayout.encodeOffsets(new long[] {1, -2});
    assertEquals(Buffer.buffer().appendLong(1).appendLong(-2), offsets);
    assertArrayEquals(new long[] {1, -2}, BatchLayout.decodeOffsets(offsets));
  }

  @Test
  void anEmptyPageIsNotAnAbsentOne() {
    List<? extends @Nullable Buffer> pages = Arrays.asList(Buffer.buffer(), null);
    Buffer body = BatchLayout.encode(new long[] {1, 2}, pages);
    assertEquals(pages, BatchLayout.decode(body).pages());
  }

  @Test
  void aPageIsACopyOfTheMessage() {
    Buffer body = BatchLayout.encode(new long[] {1}, List.of(Buffer.buffer("ab")));
    Buffer page = BatchLayout.decode(body).pages().get(0);
    body.setString(BatchLayout.HEADER_BYTES, "xy");
    assertEquals(Buffer.buffer("ab"), page);
  }

  /** Any bytes are a batch that encodes to the same bytes again, or are refused. */
  @Test
  void anyBytesAreABatchOrRefused() {
    for (long seed = 0; seed < 20_000; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      Buffer body = Buffer.buffer();
      for (int entry = random.nextInt(4); entry >= 0; entry--) {
        int length = random.nextInt(20) - 1;
        body.appendLong(random.nextLong()).appendInt(random.nextInt(8) == 0 ? -length : length);
        byte[] bytes = new byte[Math.max(0, length)];
        random.nextBytes(bytes);
        body.appendBytes(bytes);
      }
      Buffer cut = body.getBuffer(0, random.nextInt(3) == 0 ? body.length() / 2 : body.length());
      try {
        BatchLayout.Batch batch = BatchLayout.decode(cut);
        assertEquals(cut, BatchLayout.encode(batch.offsetArray(), batch.pages()), "seed " + seed);
      } catch (TmemException e) {
        assertEquals(ErrorCode.MALFORMED_MESSAGE, e.code(), "seed " + seed);
      }
    }
  }

  @Test
  void lengthsThatLieAreRefused() {
    for (int length : new int[] {-2, Integer.MIN_VALUE, Integer.MAX_VALUE, 3, 1 << 30}) {
      Buffer body = Buffer.buffer().appendLong(1).appendInt(length).appendString("ab");
      assertThrows(TmemException.class, () -> BatchLayout.decode(body), "length " + length);
    }
  }

  @Test
  void tooManyPagesAreRefused() {
    Buffer body = Buffer.buffer();
    for (int i = 0; i < BatchLayout.MAX_PAGES; i++) {
      body.appendLong(i).appendInt(-1);
    }
    assertEquals(BatchLayout.MAX_PAGES, BatchLayout.decode(body).pages().size());
    body.appendLong(1).appendInt(-1);
    assertThrows(TmemException.class, () -> BatchLayout.decode(body));
  }
}
