package dev.tmem.cli.bench;

import java.nio.ByteBuffer;

/**
 * Keeps pages under numbers: what is measured, whoever does it. Confined to one thread; several may
 * share what they keep, if they say so.
 */
public interface PageKeeper extends AutoCloseable {

  /**
   * Keeps a page, in place of an older one of that number.
   *
   * @param pages direct; its position and limit mean nothing and may be changed
   * @param at where the page begins
   */
  void store(long number, ByteBuffer pages, int at);

  /**
   * Brings a page back.
   *
   * @param into direct; its position and limit mean nothing and may be changed
   * @param at where to begin
   * @return bytes of the page, less than a whole one if it is not there
   */
  int load(long number, ByteBuffer into, int at);

  /** Ends it and gives its memory back. */
  @Override
  void close();
}
