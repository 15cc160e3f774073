package dev.tmem.ramster.protocol;

import dev.tmem.backend.Codec;
import dev.tmem.backend.PageKey;
import dev.tmem.backend.RamBackend;
import dev.tmem.backend.Zpage;
import dev.tmem.memory.BlockPool;
import dev.tmem.memory.SlotTable;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The foreign pages of one borrower, by ticket. A slot is {@code ticket | word | pool handle}; bit
 * 0 of the word says that the page may be dropped. Confined to the lock of the {@link PeerNode}.
 */
final class ForeignTable {

  private static final long EPHEMERAL = 1;

  private final ForeignStore store;
  private final RamBackend pool;
  private final SlotTable slots;
  private long ephemeralPages;
  private long bytes;

  ForeignTable(ForeignStore store, RamBackend pool, BlockPool blocks) {
    this.store = store;
    this.pool = pool;
    this.slots = new SlotTable(blocks);
  }

  long pages() {
    return slots.size();
  }

  /** Bytes of the pages with their heads. */
  long bytes() {
    return bytes;
  }

  long ephemeralPages() {
    return ephemeralPages;
  }

  /** Keeps a page; a put that is repeated finds its page and changes nothing. */
  Verdict put(FramedPage entry, long floor) {
    long ref = slots.find(entry.ticket());
    if (ref >= 0) {
      return holds(slots.handle(ref), entry.named()) ? Verdict.DONE : Verdict.MISMATCH;
    }
    if (entry.ticket() < floor) {
      return Verdict.LATE;
    }
    if (!entry.intact()) {
      return Verdict.DAMAGED;
    }
    long handle = store.keep(entry);
    if (handle == RamBackend.REFUSED) {
      return Verdict.NO_ROOM;
    }
    long added = slots.insert(entry.ticket());
    if (added < 0) {
      store.drop(handle);
      return Verdict.NO_ROOM;
    }
    slots.setHandle(added, handle);
    slots.setWord(added, entry.ephemeral() ? EPHEMERAL : 0);
    bytes += ZpageLayout.HEAD_BYTES + entry.length();
    ephemeralPages += entry.ephemeral() ? 1 : 0;
    return Verdict.DONE;
  }

  Message.GetEntry get(Ticket ticket) {
    long ref = slots.find(ticket.number());
    if (ref < 0) {
      return new Message.GetEntry(Verdict.UNKNOWN, null, true);
    }
    long handle = slots.handle(ref);
    if (!holds(handle, ticket)) {
      return new Message.GetEntry(Verdict.MISMATCH, null, true);
    }
    return new Message.GetEntry(Verdict.DONE, zpage(handle, ticket), true);
  }

  /** Whether a page is there, without sending it. */
  Verdict look(Ticket ticket) {
    long ref = slots.find(ticket.number());
    if (ref < 0) {
      return Verdict.UNKNOWN;
    }
    return holds(slots.handle(ref), ticket) ? Verdict.DONE : Verdict.MISMATCH;
  }

  /** Copies a zpage out; its checksum goes with it and is looked at by its owner. */
  private Zpage zpage(long handle, Ticket ticket) {
    ByteBuffer buffer = pool.buffer(handle);
    int head = pool.position(handle);
    byte[] bytes = new byte[pool.length(handle) - ZpageLayout.HEAD_BYTES];
    buffer.get(head + ZpageLayout.HEAD_BYTES, bytes);
    return Zpage.arrived(
        ticket.key(),
        ticket.epoch(),
        Codec.of(buffer.get(head + ZpageLayout.CODEC)),
        ZpageLayout.originalLength(buffer.getLong(head + ZpageLayout.PLACE)),
        bytes,
        buffer.getInt(head + ZpageLayout.CRC));
  }

  Verdict free(Ticket ticket) {
    long ref = slots.find(ticket.number());
    if (ref < 0) {
      return Verdict.UNKNOWN;
    }
    long handle = slots.handle(ref);
    if (!holds(handle, ticket)) {
      return Verdict.MISMATCH;
    }
    ephemeralPages -= slots.word(ref) & EPHEMERAL;
    bytes -= pool.length(handle);
    slots.remove(ref);
    store.drop(handle);
    return Verdict.DONE;
  }

  /**
   * Drops pages that may be dropped, a block of slots at a time.
   *
   * @param wanted bytes that are enough
   * @return the number of pages
   */
  long dropEphemeral(long wanted) {
    long before = ephemeralPages;
    long enough = bytes - Math.min(wanted, bytes);
    long cursor = 0;
    while (cursor >= 0 && ephemeralPages > 0 && bytes > enough) {
      List<Ticket> block = new ArrayList<>();
      cursor =
          slots.sweep(
              cursor,
              ref -> {
                if (slots.word(ref) == EPHEMERAL) {
                  block.add(ticket(ref));
                }
              });
      block.forEach(this::free);
    }
    return before - ephemeralPages;
  }

  private boolean holds(long handle, Ticket ticket) {
    ByteBuffer buffer = pool.buffer(handle);
    int head = pool.position(handle);
    return buffer.getLong(head + ZpageLayout.EPOCH) == ticket.epoch()
        && buffer.getInt(head + ZpageLayout.SPACE) == ticket.key().space()
        && ZpageLayout.offset(buffer.getLong(head + ZpageLayout.PLACE)) == ticket.key().offset();
  }

  /**
   * Adds the tickets of one block of slots.
   *
   * @param cursor 0, or what the call before returned
   * @return -1 at the end
   */
  long list(long cursor, List<Ticket> into) {
    return slots.sweep(cursor, ref -> into.add(ticket(ref)));
  }

  private Ticket ticket(long ref) {
    long handle = slots.handle(ref);
    ByteBuffer buffer = pool.buffer(handle);
    int head = pool.position(handle);
    PageKey key =
        new PageKey(
            buffer.getInt(head + ZpageLayout.SPACE),
            ZpageLayout.offset(buffer.getLong(head + ZpageLayout.PLACE)));
    return new Ticket(slots.key(ref), key, buffer.getLong(head + ZpageLayout.EPOCH));
  }

  /** Offers the zpages of one block of slots to compaction; cursor as with {@link #list}. */
  long compact(long cursor) {
    return slots.sweep(
        cursor,
        ref -> {
          long handle = slots.handle(ref);
          if (pool.wantsMove(handle)) {
            slots.setHandle(ref, pool.relocate(handle));
          }
        });
  }

  /** Drops every page and gives all memory back; new pages may come. */
  void clear() {
    long cursor = 0;
    while (cursor >= 0) {
      cursor = slots.sweep(cursor, ref -> store.drop(slots.handle(ref)));
    }
    slots.clear();
    ephemeralPages = 0;
    bytes = 0;
  }
}
