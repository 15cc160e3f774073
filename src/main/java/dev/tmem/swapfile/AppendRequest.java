package dev.tmem.swapfile;

/** Records on their way to the log, each of which gets an answer. Confined to the writer. */
sealed interface AppendRequest extends Work permits PutRequest, InvalidateRequest {

  int size();

  /** Whether a record is to be written for this one. */
  boolean wanted(int index);

  /** Number of the page space. */
  int space(int index);

  int payloadLength(int index);

  /**
   * Says what became of one that is wanted.
   *
   * @param handle where it lies, or {@link dev.tmem.backend.Backend#REFUSED}
   * @return whether all that is wanted is settled now: the caller may be answered
   */
  boolean settle(int index, long handle);

  /** Tells the caller what became of it; what he does then may take a while. */
  void answer();
}
