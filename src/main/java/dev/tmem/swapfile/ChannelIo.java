package dev.tmem.swapfile;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** The real file. Thread-safe. */
record ChannelIo(FileChannel channel) implements FileIo {

  @Override
  public int write(ByteBuffer from, long position) throws IOException {
    return channel.write(from, position);
  }

  @Override
  public int read(ByteBuffer into, long position) throws IOException {
    return channel.read(into, position);
  }

  @Override
  public void force() throws IOException {
    channel.force(false);
  }
}
