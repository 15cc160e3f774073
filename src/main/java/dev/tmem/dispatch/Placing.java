package dev.tmem.dispatch;

import dev.tmem.backend.Zpage;
import java.util.ArrayList;
import java.util.List;

/**
 * A zpage on its way to a place, and the copies of it so far. Confined to the {@link Placement}
 * that works on it, then to whoever started that.
 */
final class Placing {

  final PageSpace space;
  final Zpage zpage;

  /** Copies that stay whatever comes of this. */
  final List<Copy> kept;

  /** Copies made here; whoever started the placement names them in a slot, or frees them. */
  private final List<Copy> fresh = new ArrayList<>(2);

  Placing(PageSpace space, Zpage zpage, List<Copy> kept) {
    this.space = space;
    this.zpage = zpage;
    this.kept = kept;
  }

  /** A copy was made. Until it is named or freed the dispatcher knows it as being in flight. */
  void made(Copy copy) {
    fresh.add(copy);
    space.dispatcher().inFlight().add(copy);
  }

  /** The copies made here. */
  List<Copy> fresh() {
    return List.copyOf(fresh);
  }

  /** Adds the copies made here. */
  void addFreshTo(List<Copy> copies) {
    copies.addAll(fresh);
  }

  /** The copies made here stand in a slot now, or somebody else frees them. */
  void settled() {
    InFlight inFlight = space.dispatcher().inFlight();
    for (Copy copy : fresh) {
      inFlight.remove(copy);
    }
    fresh.clear();
  }

  /** Whether a copy made here was lost on its way: then none of them is to be named. */
  boolean isStruck() {
    for (Copy copy : fresh) {
      if (space.dispatcher().inFlight().isStruck(copy)) {
        return true;
      }
    }
    return false;
  }

  boolean hasCopies() {
    return !kept.isEmpty() || !fresh.isEmpty();
  }

  /** All copies, those in the lower tiers last. */
  List<Copy> copies() {
    List<Copy> all = new ArrayList<>(kept);
    all.addAll(fresh);
    return all;
  }

  /** Whether there is no copy that can be counted on. */
  boolean isHomeless() {
    Protector protector = space.dispatcher().protector();
    return !protector.hasSound(kept) && !protector.hasSound(fresh);
  }

  boolean isPlaced() {
    return space.dispatcher().protector().isSafe(space, kept.isEmpty() ? fresh : copies());
  }

  /**
   * Whether the page's other copies are as this placement knew them, as far as its own were made
   * apart from them: one that has come to a peer meanwhile may lie with the same one.
   */
  boolean isApartFrom(List<Copy> others) {
    return others.isEmpty()
        || fresh.stream().noneMatch(this::isLent)
        || others.stream().allMatch(copy -> kept.contains(copy) || !isLent(copy));
  }

  private boolean isLent(Copy copy) {
    return space.dispatcher().backends().get(copy.ordinal()).diesWithPeer();
  }

  /** Frees what was made here. */
  void undo(Freed freed) {
    freed.addAll(zpage.key(), zpage.epoch(), fresh);
    settled();
  }
}
