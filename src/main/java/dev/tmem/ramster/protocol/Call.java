package dev.tmem.ramster.protocol;

/** A request to a lender that is not answered. Confined to the lock of the {@link PeerNode}. */
abstract class Call {

  private final Lent lent;
  private final Message message;

  /** Whether it is given up at a deadline, or only when the lender is. */
  private final boolean expires;

  long request;
  long deadlineNanos;
  long resendNanos;

  Call(Lent lent, Message message, boolean expires) {
    this.lent = lent;
    this.message = message;
    this.expires = expires;
  }

  Lent lent() {
    return lent;
  }

  Message message() {
    return message;
  }

  boolean expires() {
    return expires;
  }

  /** No answer will be taken any more; the call is out of the table already. */
  abstract void giveUp(String reason, long now, Outbox out);
}
