package dev.tmem.dispatch;

/** Slots, some at a time. Confined to one user at a time. */
interface SlotSource {

  /** Visits the next ones, each under the lock of its stripe; false: there was none. */
  boolean next(TableWalk.Visitor visitor);
}
