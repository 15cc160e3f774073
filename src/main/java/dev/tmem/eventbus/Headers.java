package dev.tmem.eventbus;

/** The headers of requests and replies; {@code docs/event-bus.md} describes them. */
final class Headers {

  static final String ACTION = "action";
  static final String AREA = "area";
  static final String CACHE = "cache";

  /** 32 hexadecimal digits, or a UUID. */
  static final String OBJECT = "object";

  /** Unsigned, 32 bits. */
  static final String INDEX = "index";

  static final String OFFSET = "offset";
  static final String MAX = "max";
  static final String TAKE = "take";

  /** Number of the area or cache that is meant: it was made anew if it differs. */
  static final String NUMBER = "number";

  /** Incarnation of the node that is meant: it was restarted if it differs. */
  static final String INCARNATION = "incarnation";

  /** Milliseconds since the epoch after which the request is not to be carried out. */
  static final String DEADLINE = "deadline";

  /** Who asks: any text of at most 128 characters that nobody else uses. */
  static final String CLIENT = "client";

  /** Number of the request among those of its client. */
  static final String SEQUENCE = "sequence";

  /** The lowest number of which the client still waits for an answer: those below are over. */
  static final String FLOOR = "floor";

  /** Where answers to a published admin command are sent. */
  static final String REPLY_ADDRESS = "replyAddress";

  private Headers() {}
}
