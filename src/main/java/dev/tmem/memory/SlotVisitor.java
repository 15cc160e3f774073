package dev.tmem.memory;

/** What {@link SlotTable#sweep} calls for each slot. */
@FunctionalInterface
public interface SlotVisitor {

  /** May read the slot and set its word and handle; must not insert or remove. */
  void visit(long ref);
}
