package dev.tmem.dispatch;

import dev.tmem.backend.CopyWalk;
import dev.tmem.backend.PageRef;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The copies in one backend, by a walk over all slots. Confined to one user at a time. */
final class NamedCopies implements CopyWalk {

  /** A step ends when it has found that many; the block it ends with may add some more. */
  private static final int STEP_COPIES = 128;

  /** Blocks of slots that a step looks at. */
  private static final int STEP_BLOCKS = 256;

  private final RegisteredBackend backend;
  private final TableWalk walk;

  NamedCopies(Dispatcher dispatcher, RegisteredBackend backend) {
    this.backend = backend;
    this.walk = new TableWalk(dispatcher.spaces());
  }

  @Override
  public @Nullable List<PageRef> next() {
    List<PageRef> found = new ArrayList<>();
    boolean more = true;
    for (int i = 0; more && i < STEP_BLOCKS && found.size() < STEP_COPIES; i++) {
      more = walk.next((stripe, ref) -> look(stripe, ref, found));
    }
    return more || !found.isEmpty() ? found : null;
  }

  @SuppressWarnings("GuardedBy") // the walk holds the stripe's lock
  private void look(Stripe stripe, long ref, List<PageRef> found) {
    for (Copy copy : stripe.copies(ref)) {
      if (copy.ordinal() == backend.ordinal) {
        long epoch = SlotWord.epoch(stripe.slots.word(ref));
        found.add(new PageRef(stripe.space().key(stripe.slots.key(ref)), epoch, copy.handle()));
      }
    }
  }
}
