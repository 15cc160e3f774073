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

/** One request of this node's that is under way. Thread-safe: its monitor. */
final class Call {

  /** A get that meets other views is not tried more often. */
  private static final int GET_ATTEMPTS = 4;

  final long number;
  final Request wanted;
  final @Nullable Member only;
  final Promise<Reply> promise = Promise.promise();

  @GuardedBy("this")
  long deadline;

  /** When it is sent again. */
  @GuardedBy("this")
  long nextAt;

  @GuardedBy("this")
  int attempts;

  /** Sent to {@code sentTo}, and not answered by a refusal. */
  @GuardedBy("this")
  int copies;

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
  Call(long number, Request wanted, @Nullable Member only, long deadline) {
    this.number = number;
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
        copies--;
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
      case OVERLOADED -> --copies > 0; // another copy may find room
      case DONE, LOAD_IT, LOAD_FAILED, OTHER_OPTIONS -> false;
    };
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
