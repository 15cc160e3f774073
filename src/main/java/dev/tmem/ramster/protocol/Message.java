package dev.tmem.ramster.protocol;

import dev.tmem.backend.PageKey;
import dev.tmem.backend.Zpage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What nodes say to each other. Immutable, but for pages in a frame. Requests have an answer of the
 * same name with {@code Reply}; all may come late, twice, in any order, or never.
 */
public sealed interface Message {

  /**
   * I am here. To everyone, once a second; and to a newcomer when it is first heard.
   *
   * @param sequence grows with each gossip of an incarnation
   * @param startedMillis wall clock when the incarnation began: tells which of two of one name is
   *     the later one
   * @param spareBytes what may be lent, now
   * @param leaving lends no more and is about to stop
   * @param nodeId how the cluster manager calls this node; may be empty
   * @param address where frames for this node go
   * @param rack what it would be lost together with; empty: not known
   */
  record Gossip(
      String name,
      long sequence,
      long startedMillis,
      long spareBytes,
      boolean leaving,
      String nodeId,
      String address,
      String rack)
      implements Message {}

  /**
   * Keep these.
   *
   * @param floor the owner's tickets below it are settled at this lender
   * @param entries 1 to {@link WireLayout#ENTRIES_MAX}, their tickets consecutive or not
   */
  record Put(long floor, List<PutEntry> entries) implements Message {}

  /** A page of a put, at its owner or at its lender. */
  sealed interface PutEntry permits LeavingPage, FramedPage {

    long ticket();

    boolean ephemeral();

    PageKey key();

    long epoch();

    /** Bytes of the zpage. */
    int length();

    default Ticket named() {
      return new Ticket(ticket(), key(), epoch());
    }
  }

  /** A page that its owner sends. */
  record LeavingPage(long ticket, boolean ephemeral, Zpage zpage) implements PutEntry {

    @Override
    public PageKey key() {
      return zpage.key();
    }

    @Override
    public long epoch() {
      return zpage.epoch();
    }

    @Override
    public int length() {
      return zpage.length();
    }
  }

  /**
   * @param spareBytes what may be lent, after this put
   * @param verdicts one for each entry of the put
   */
  record PutReply(long spareBytes, List<Verdict> verdicts) implements Message {}

  /** Send these; they stay. */
  record Get(long floor, List<Ticket> tickets) implements Message {}

  /**
   * Some of the pages of a get; several replies make one answer, since together they may not fit
   * into a frame.
   *
   * @param first which ticket of the get the first entry answers
   */
  record GetReply(int first, List<GetEntry> entries) implements Message {}

  /**
   * @param zpage there if the verdict is {@link Verdict#DONE}
   * @param intact whether the checksum fits; found out when the frame is read
   */
  record GetEntry(Verdict verdict, @Nullable Zpage zpage, boolean intact) {}

  /** Nobody will ask for these again; all are below the floor. */
  record Free(long floor, List<Ticket> tickets) implements Message {}

  record FreeReply(List<Verdict> verdicts) implements Message {}

  /** A node tells what it is about to do; repeated until it is answered. */
  record Goodbye(Kind kind) implements Message {

    /** The numbers stand on the wire. */
    public enum Kind {
      /** Take your pages back from me. */
      LENDER_LEAVES(0),
      /** This incarnation has ended: drop its pages, and what it kept is gone. */
      GONE(1);

      private final byte number;

      Kind(int number) {
        this.number = (byte) number;
      }

      byte number() {
        return number;
      }
    }
  }

  record GoodbyeReply(Goodbye.Kind kind) implements Message {}

  /** From a lender: which of these are still in use? */
  record Sweep(List<Ticket> tickets) implements Message {}

  record SweepReply(List<Verdict> verdicts) implements Message {}

  /**
   * From a lender: take these elsewhere, I need their room. They stay readable until that is done.
   */
  record HandBack(List<Ticket> tickets) implements Message {}

  /**
   * For each ticket {@link Verdict#DONE}: its page lies elsewhere, as its slot says; {@link
   * Verdict#UNKNOWN}: it is in no use; {@link Verdict#NO_ROOM}: it has to stay for now.
   */
  record HandBackReply(List<Verdict> verdicts) implements Message {}

  /** From an owner: do you have these? */
  record Holds(List<Ticket> tickets) implements Message {}

  record HoldsReply(List<Verdict> verdicts) implements Message {}
}
