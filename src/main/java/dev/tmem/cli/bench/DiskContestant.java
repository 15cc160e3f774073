package dev.tmem.cli.bench;

import java.nio.ByteBuffer;
import java.nio.file.Path;

/** A store on disk of somebody else, as a user would take it for pages; found by its name. */
public interface DiskContestant {

  /** Also the name of its row. */
  String name();

  /**
   * Makes an empty one that compresses with LZ4, and is durable only when it is told to be.
   *
   * @param folder there, empty, and removed by the caller
   */
  DiskKeeper open(Path folder);

  /**
   * As {@link #open}, but every page is on stable storage when its store returns.
   *
   * @param folder as there
   */
  DurableKeeper openDurable(Path folder);

  /** Pages that are stored one by one, by many threads at once. Thread-safe. */
  interface DurableKeeper extends AutoCloseable {

    /** Returns when the page is on stable storage. */
    void store(long number, ByteBuffer pages, int at);

    @Override
    void close();
  }

  /** Pages on disk. Confined to one thread. */
  interface DiskKeeper extends PageKeeper {

    /** Everything that was stored is on stable storage. */
    void flush();
  }
}
