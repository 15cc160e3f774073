package dev.tmem.ramster.protocol;

import dev.tmem.backend.Codec;
import dev.tmem.backend.PageKey;
import dev.tmem.backend.Zpage;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * A page of a put as it lies in the frame that brought it: its head, and behind it the zpage, just
 * as a lender keeps them ({@link ZpageLayout}). Its fields have been checked, but for the checksum.
 * Of use as long as the frame is.
 */
public final class FramedPage implements Message.PutEntry {

  private final long ticket;
  private final boolean ephemeral;
  private final ByteBuffer frame;
  private final int head;
  private final int length;

  /**
   * @param frame read by absolute positions only
   * @param head where the head begins
   * @param length bytes of the zpage
   */
  FramedPage(long ticket, boolean ephemeral, ByteBuffer frame, int head, int length) {
    this.ticket = ticket;
    this.ephemeral = ephemeral;
    this.frame = frame;
    this.head = head;
    this.length = length;
  }

  @Override
  public long ticket() {
    return ticket;
  }

  @Override
  public boolean ephemeral() {
    return ephemeral;
  }

  @Override
  public PageKey key() {
    return new PageKey(space(), offset());
  }

  int space() {
    return frame.getInt(head + ZpageLayout.SPACE);
  }

  long offset() {
    return ZpageLayout.offset(frame.getLong(head + ZpageLayout.PLACE));
  }

  @Override
  public long epoch() {
    return frame.getLong(head + ZpageLayout.EPOCH);
  }

  @Override
  public int length() {
    return length;
  }

  /** Where head and zpage lie. */
  ByteBuffer frame() {
    return frame;
  }

  int head() {
    return head;
  }

  /** Whether the checksum fits; looks at every byte. */
  public boolean intact() {
    CRC32C crc = new CRC32C();
    int start = head + ZpageLayout.HEAD_BYTES;
    crc.update(frame.slice(start, length));
    return (int) crc.getValue() == frame.getInt(head + ZpageLayout.CRC);
  }

  /** A copy. */
  public Zpage zpage() {
    byte[] bytes = new byte[length];
    frame.get(head + ZpageLayout.HEAD_BYTES, bytes);
    return Zpage.arrived(
        key(),
        epoch(),
        Codec.of(frame.get(head + ZpageLayout.CODEC)),
        ZpageLayout.originalLength(frame.getLong(head + ZpageLayout.PLACE)),
        bytes,
        frame.getInt(head + ZpageLayout.CRC));
  }
}
