package dev.tmem.ramster.protocol;

/** The counters of the protocol, by the names under which they are published. */
public enum Count {
  EPH_PAGES_REMOTED("eph_pages_remoted"),
  PERS_PAGES_REMOTED("pers_pages_remoted"),
  EPH_PAGES_REMOTE_FAILED("eph_pages_remote_failed"),
  PERS_PAGES_REMOTE_FAILED("pers_pages_remote_failed"),
  REMOTE_EPH_PAGES_SUCC_GET("remote_eph_pages_succ_get"),
  REMOTE_PERS_PAGES_SUCC_GET("remote_pers_pages_succ_get"),
  REMOTE_EPH_PAGES_UNSUCC_GET("remote_eph_pages_unsucc_get"),
  REMOTE_PERS_PAGES_UNSUCC_GET("remote_pers_pages_unsucc_get"),
  /** Lent pages that were freed at their lender. */
  REMOTE_PAGES_FLUSHED("remote_pages_flushed"),
  /** Frees that found no place in their queue; the lender's sweep finds their pages. */
  REMOTE_PAGE_FLUSHES_FAILED("remote_page_flushes_failed"),
  /** Batches of puts that waited, since too much was on its way to lenders. */
  PUTS_HELD_BACK("puts_held_back"),
  /** Puts and gets that were given up unanswered. */
  CALLS_GIVEN_UP("calls_given_up"),
  /** Copies that pages named and their lenders did not have. */
  REMOTE_PAGES_SWEPT("remote_pages_swept"),
  /** Zpages that came back from a lender with a wrong checksum. */
  REMOTE_PAGES_CORRUPT("remote_pages_corrupt"),
  /** Foreign pages that were not kept, for whatever reason. */
  FOREIGN_PAGES_REFUSED("foreign_pages_refused"),
  /** Foreign pages that arrived with a wrong checksum. */
  FOREIGN_PAGES_DAMAGED("foreign_pages_damaged"),
  /** Foreign pages whose owner did not know them any more. */
  FOREIGN_PAGES_SWEPT("foreign_pages_swept"),
  /** Foreign pages that their owners took elsewhere when they were asked to. */
  FOREIGN_PAGES_HANDED_BACK("foreign_pages_handed_back"),
  /** Times that an owner had no other place for a foreign page. */
  FOREIGN_PAGES_KEPT("foreign_pages_kept"),
  /**
   * Foreign pages dropped because their owner ended, or was silent beyond the grace; or because
   * they were ephemeral, and their room was needed.
   */
  FOREIGN_PAGES_DROPPED("foreign_pages_dropped"),
  /** Frames that did not decode. */
  MALFORMED_FRAMES("malformed_frames"),
  /** Frames of another version of the protocol. */
  OTHER_VERSION_FRAMES("other_version_frames"),
  /** Messages from nobody known, or for another incarnation. */
  MISDIRECTED_MESSAGES("misdirected_messages"),
  /** Requests that were reached after their deadline. */
  EXPIRED_REQUESTS("expired_requests");

  private final String published;

  Count(String published) {
    this.published = published;
  }

  public String published() {
    return published;
  }
}
