package dev.tmem.swapfile;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.jspecify.annotations.Nullable;

/**
 * The real file. Thread-safe.
 *
 * @param system null: the system offers no more than Java's channels
 */
record ChannelIo(FileChannel channel, @Nullable SystemFile system) implements FileIo {

  @Override
  public int write(ByteBuffer from, long position) throws IOException {
    return channel.write(from, position);
  }

  @Override
  public int read(ByteBuffer into, long position) throws IOException {
    return channel.read(into, position);
  }

  @Override
  public boolean readNow(ByteBuffer into, long position) {
    return system != null && system.readNow(into, position);
  }

  @Override
  public void startWriting(long position, long bytes) {
    if (system != null) {
      system.startWriting(position, bytes);
    }
  }

  @Override
  public void force() throws IOException {
    channel.force(false);
  }
}
