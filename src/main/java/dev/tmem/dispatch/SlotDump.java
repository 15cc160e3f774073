package dev.tmem.dispatch;

import dev.tmem.backend.Codec;
import dev.tmem.backend.RamBackend;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Slots as an administrator sees them, as zram's {@code block_state} shows them. Thread-safe; holds
 * no state.
 */
final class SlotDump {

  private final Backends backends;

  SlotDump(Backends backends) {
    this.backends = backends;
  }

  /** Those of the offsets that are present, in their order. */
  @SuppressWarnings("GuardedBy") // the stripe's lock is held
  List<JsonObject> of(PageSpace space, long[] offsets) {
    List<JsonObject> slots = new ArrayList<>(offsets.length);
    for (long offset : offsets) {
      Stripe stripe = space.stripe(offset);
      stripe.lock.lock();
      try {
        long ref = stripe.slots.find(offset);
        if (ref >= 0) {
          slots.add(describe(stripe, ref));
        }
      } finally {
        stripe.lock.unlock();
      }
    }
    return slots;
  }

  @SuppressWarnings("GuardedBy") // the caller holds the stripe's lock
  private JsonObject describe(Stripe stripe, long ref) {
    long word = stripe.slots.word(ref);
    List<Copy> copies = stripe.copies(ref);
    RamBackend ram = copies.isEmpty() ? null : backends.get(copies.get(0).ordinal()).ram();
    JsonArray extra = new JsonArray();
    copies.stream().skip(1).forEach(copy -> extra.add(name(copy)));
    String backend =
        switch (SlotWord.state(word)) {
          case SlotWord.LOST -> "lost";
          case SlotWord.STORING -> "storing";
          default -> copies.isEmpty() ? "same" : name(copies.get(0));
        };
    JsonObject slot =
        new JsonObject()
            .put("offset", stripe.slots.key(ref))
            .put("backend", backend)
            .put("extra", extra)
            .put("codec", SlotWord.codec(word).name().toLowerCase(Locale.ROOT))
            .put("state", new JsonArray(states(word, copies, ram)));
    if (ram != null) {
      slot.put("length", zpageLength(copies.get(0), ram, word))
          .put("idleSeconds", IdleAge.secondsOf(SlotWord.age(word)));
    }
    return slot;
  }

  /** 0: its backend does not say. */
  private int zpageLength(Copy copy, RamBackend ram, long word) {
    try {
      return RamForm.zpageLength(ram, word, copy.handle());
    } catch (RuntimeException thrown) {
      backends.get(copy.ordinal()).inRam().lookFault(thrown);
      return 0;
    }
  }

  /** The words that hold of a slot, in the order of {@code docs/admin.md}. */
  private static List<String> states(long word, List<Copy> copies, @Nullable RamBackend ram) {
    List<String> states = new ArrayList<>(4);
    int state = SlotWord.state(word);
    if (state == SlotWord.LOST || state == SlotWord.STORING) {
      return states;
    }
    boolean tried = SlotWord.has(word, SlotWord.TRIED);
    boolean raw = SlotWord.codec(word) == Codec.RAW;
    add(states, "same", SlotWord.codec(word) == Codec.SAME);
    add(states, "raw", raw);
    add(states, "huge", raw && ram != null);
    add(states, "idle", SlotWord.has(word, SlotWord.IDLE));
    add(states, "demoted", ram == null && !copies.isEmpty());
    add(states, "recompressed", tried && !raw);
    add(states, "incompressible", tried && raw);
    add(states, "taken", state == SlotWord.TAKEN);
    return states;
  }

  private static void add(List<String> states, String word, boolean holds) {
    if (holds) {
      states.add(word);
    }
  }

  private String name(Copy copy) {
    return backends.get(copy.ordinal()).name();
  }
}
