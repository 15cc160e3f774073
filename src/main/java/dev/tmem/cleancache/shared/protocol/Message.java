package dev.tmem.cleancache.shared.protocol;

import dev.tmem.ObjectKey;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What nodes tell each other about shared caches. Each is immutable. */
public sealed interface Message {

  /** The token of an {@link Operation#OPEN} of a node that has the cache open. */
  long HELD = 1;

  /**
   * To everyone: this node is there. From it others learn of newcomers, of members that leave, and
   * of views that they have missed.
   *
   * @param self the sender
   * @param sequence grows with each hello of an incarnation
   * @param nodeId how the cluster manager calls the sender
   * @param leaving it is about to stop
   * @param stray it has given up another lineage, in which pages may be newer than in this one
   * @param view the view it has installed; null: none
   * @param members of that view
   */
  record Hello(
      Member self,
      long sequence,
      String nodeId,
      boolean leaving,
      boolean stray,
      @Nullable ViewName view,
      int members)
      implements Message {}

  /** A view that was agreed upon. */
  record Install(View view) implements Message {}

  /** The sender has installed that view and serves under no earlier one. */
  record Installed(ViewName view) implements Message {}

  /** Asks a member of a view for a promise about its successor. */
  record Prepare(ViewName view, long ballot) implements Message {}

  /**
   * No lower ballot will be accepted.
   *
   * @param acceptedBallot of what was accepted before
   * @param accepted that; null: nothing
   */
  record Promise(ViewName view, long ballot, long acceptedBallot, @Nullable View accepted)
      implements Message {}

  /** Asks a member of a view to agree to its successor. */
  record Accept(ViewName view, long ballot, View successor) implements Message {}

  /** Agreed. */
  record Accepted(ViewName view, long ballot) implements Message {}

  /** A higher ballot was promised to another proposer. */
  record Overtaken(ViewName view, long ballot, long promised) implements Message {}

  /** Asks for a lease; {@code asked} is the sender's clock. */
  record Renew(ViewName view, long asked) implements Message {}

  /** The lease is granted. */
  record Granted(ViewName view, long asked) implements Message {}

  /**
   * An operation on pages of one object.
   *
   * @param view under which the sender believes the receiver to be the object's home
   * @param number of the request among the sender's; repeated when it is sent again
   * @param floor numbers of puts and invalidates below it are over for the sender
   * @param indexes of the pages; none if all are meant
   * @param pages to be put, as many; else none
   * @param token of the load that a put ends; of an open {@link #HELD} if the sender has the cache
   *     open, and 0 if it wants to; else 0
   */
  record Request(
      ViewName view,
      long number,
      long floor,
      Operation operation,
      CacheName cache,
      ObjectKey object,
      List<Integer> indexes,
      List<Buffer> pages,
      long token)
      implements Message {}

  /**
   * What became of a request.
   *
   * @param pages of a get that was served, null for each that is not there
   * @param token of the load that the asker is to run; 0: none
   * @param reason of a load that failed; else empty
   */
  record Reply(
      long number, Outcome outcome, List<@Nullable Buffer> pages, long token, String reason)
      implements Message {
    /** An answer without pages. */
    public static Reply of(long number, Outcome outcome) {
      return new Reply(number, outcome, List.of(), 0, "");
    }
  }

  /** What nodes ask of an object's home. */
  enum Operation {
    GET(0, false),
    PUT(1, true),
    INVALIDATE_PAGE(2, true),
    INVALIDATE_OBJECT(3, true),
    /** All pages of the cache that the receiver is home of. */
    INVALIDATE_CACHE(4, true),
    /** A get that says who is to load the page if it is not there. */
    LOAD(5, false),
    /** The page could not be loaded; {@code token} names the load. */
    LOAD_FAILED(6, true),
    /** The sender holds the cache open. */
    OPEN(7, false),
    /** The sender does not hold it any more. */
    CLOSE(8, false);

    private final int number;
    private final boolean changes;

    Operation(int number, boolean changes) {
      this.number = number;
      this.changes = changes;
    }

    /** As it travels; never given to another. */
    public int number() {
      return number;
    }

    /**
     * The one with that number.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Operation of(int number) {
      for (Operation operation : values()) {
        if (operation.number == number) {
          return operation;
        }
      }
      throw new IllegalArgumentException("operation " + number);
    }

    /** Whether it is meant for a home, and not for an object. */
    boolean ofAll() {
      return this == INVALIDATE_CACHE || this == OPEN || this == CLOSE;
    }

    /** Whether it must not be done twice. */
    boolean changes() {
      return changes;
    }
  }

  /** What a home answers. */
  enum Outcome {
    DONE(0),
    /** Served under another view, or not the home: nothing was done. */
    OTHER_VIEW(1),
    /** The home has no lease: nothing was done. */
    NO_LEASE(2),
    /** Too early after a change of the view: nothing was done. */
    NOT_YET(3),
    /**
     * Its number was refused before or is below the sender's own floor: it is not done any more.
     */
    LATE(4),
    /** Somebody else loads the page: ask again. */
    LOADING(5),
    /** The asker is to load the page. */
    LOAD_IT(6),
    /** Whoever loaded the page has failed; {@code reason} tells how. */
    LOAD_FAILED(7),
    /** Refused for good: the cache has other options. */
    OTHER_OPTIONS(8),
    /** The receiver has too much to do, or no room: nothing was done. */
    OVERLOADED(9);

    private final int number;

    Outcome(int number) {
      this.number = number;
    }

    /** As it travels; never given to another. */
    public int number() {
      return number;
    }

    /**
     * The one with that number.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Outcome of(int number) {
      for (Outcome outcome : values()) {
        if (outcome.number == number) {
          return outcome;
        }
      }
      throw new IllegalArgumentException("outcome " + number);
    }
  }

  /** What tells a cache from others. */
  record CacheName(UUID uuid, int pageSize, int timeToLiveSeconds) {}
}
