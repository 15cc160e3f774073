package dev.tmem.cleancache.shared.protocol;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tmem.cleancache.shared.protocol.Message.Operation;
import dev.tmem.cleancache.shared.protocol.Message.Outcome;
import dev.tmem.cleancache.shared.protocol.Message.Reply;
import dev.tmem.cleancache.shared.protocol.Message.Request;
import io.vertx.core.Promise;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One request of this node's that is under way. Thread-safe: its monitor.
 *
 * <p>A change has the same number in every copy that is sent, until a home refuses it: that home
 * never carries out this number any more, so the next copy has a new one. What is not refused may
 * have been carried out, however often it was sent.
 */
final class Call {

  /** A get that meets other views is not tried more often. */
  private static final int GET_ATTEMPTS = 4;

  final Request wanted;
  final @Nullable Member only;
  final Promise<Reply> promise = Promise.promise();

  /** Its place among the requests to its pages; set before it is begun. Null: it has none. */
  volatile Turns.@Nullable Turn turn;

  /** 0: it was not sent yet, since it waits for its turn. */
  @GuardedBy("this")
  long number;

  @GuardedBy("this")
  boolean over;

  @GuardedBy("this")
  long deadline;

  /** When it is sent again. */
  @GuardedBy("this")
  long nextAt;

  @GuardedBy("this")
  int attempts;

  /** How often it was sent to {@code sentTo} under its number, which was not refused. */
  @GuardedBy("this")
  private int copies;

  @GuardedBy("this")
  @Nullable UUID sentTo;

  @GuardedBy("this")
  @Nullable String sentAddress;

  @GuardedBy("this")
  @Nullable ViewName sentView;

  /** An earlier home may have carried it out. */
  @GuardedBy("this")
  private boolean doubtful;

  /**
   * @param only the home that is asked; null: the object's
   */
  Call(Request wanted, @Nullable Member only, long deadline) {
    this.wanted = wanted;
    this.only = only;
    this.deadline = deadline;
  }

  @GuardedBy("this")
  void sentTo(Member to, long resendAt) {
    if (!to.incarnation().equals(sentTo)) {
      doubtful |= copies > 0;
      copies = 0;
    }
    sentTo = to.incarnation();
    sentAddress = to.address();
    attempts++;
    copies++;
    nextAt = resendAt;
  }

  /**
   * Whether it is not over with that answer.
   *
   * @param current the view that is installed now
   */
  @GuardedBy("this")
  boolean goesOn(Outcome outcome, @Nullable View current, Timing timing, long now) {
    return switch (outcome) {
      case OTHER_VIEW, NO_LEASE, NOT_YET, LATE -> {
        copies = 0;
        boolean isGet = wanted.operation() == Operation.GET;
        nextAt = isGet ? now : now + Timing.nanos(timing.retryMillis());
        boolean isOtherView = current != null && !current.name().equals(sentView);
        yield isGet
            ? isOtherView && attempts < GET_ATTEMPTS
            : only == null || outcome != Outcome.OTHER_VIEW;
      }
      case LOADING -> {
        deadline = now + Timing.nanos(timing.callMillis());
        nextAt = now + Timing.nanos(timing.resendMillis());
        yield true;
      }
      // it speaks for one copy only, and another may find room
      case OVERLOADED -> wanted.operation().changes() && copies > 1;
      case DONE, LOAD_IT, LOAD_FAILED, OTHER_OPTIONS -> false;
    };
  }

  /** Whether no home has its number any more, nor ever will. */
  @GuardedBy("this")
  boolean mayBeRenumbered() {
    return copies == 0 && wanted.operation().changes();
  }

  /** Whether that answer tells of one home, and an earlier one may have carried it out. */
  @GuardedBy("this")
  boolean leavesOpen(Outcome outcome) {
    return doubtful && outcome != Outcome.DONE && wanted.operation().changes();
  }

  /** Whether it may have been carried out, or still may be, though nobody has said so. */
  @GuardedBy("this")
  boolean isUnknown() {
    return copies > 0 || doubtful;
  }

  @GuardedBy("this")
  Request request(ViewName view, long floor) {
    sentView = view;
    boolean asInvalidate = doubtful && wanted.operation() == Operation.PUT;
    return new Request(
        view,
        number,
        floor,
        asInvalidate ? Operation.INVALIDATE_PAGE : wanted.operation(),
        wanted.cache(),
        wanted.object(),
        wanted.indexes(),
        asInvalidate ? List.of() : wanted.pages(),
        asInvalidate ? 0 : wanted.token());
  }
}
