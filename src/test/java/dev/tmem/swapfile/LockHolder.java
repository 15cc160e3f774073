package dev.tmem.swapfile;

import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Another process: locks the file it is given, says so, and holds it until its input ends. */
final class LockHolder {

  private LockHolder() {}

  public static void main(String[] args) throws Exception {
    try (FileChannel channel = FileChannel.open(Path.of(args[0]), StandardOpenOption.WRITE);
        var lock = channel.tryLock()) {
      System.out.println(lock != null ? "locked" : "not locked");
      while (System.in.read() >= 0) {
        // Whatever comes in is of no interest.
      }
    }
  }
}
