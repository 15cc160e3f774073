package dev.tmem.swapfile;

import java.io.IOException;
import java.nio.ByteBuffer;

/** The two copies of a file's header, on disk. Holds no state. */
final class HeaderBlocks {

  private HeaderBlocks() {}

  /** One copy after the other, so that one is whole whenever the power fails. */
  static void write(FileIo io, FileHeader header) throws IOException {
    ByteBuffer block = ByteBuffer.allocate(HeaderLayout.BLOCK_BYTES);
    for (int copy = 0; copy < HeaderLayout.COPIES; copy++) {
      header.encode(block);
      io.writeFully(block, (long) copy * HeaderLayout.BLOCK_BYTES);
      io.force();
    }
  }
}
