package dev.tmem.swapfile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.backend.Backend;
import dev.tmem.backend.Fetched;
import dev.tmem.backend.PageKey;
import dev.tmem.backend.PageRef;
import dev.tmem.backend.Zpage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Random operations against a plain map, with the file nearly full and the cleaner at work. */
class SwapfileTwinTest {

  private static final int SEGMENTS = 32;
  private static final int STEPS = 6_000;

  @TempDir Path folder;

  private final long seed = Long.getLong("tmem.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final HostTwin twin = new HostTwin();
  private long epochs;

  @Test
  void agreesWithAMapWhileSegmentsAreReused() {
    System.out.println("SwapfileTwinTest seed " + seed);
    try (Rig rig = new Rig(folder.resolve("swap"), SEGMENTS)) {
      rig.backend.attach(twin);
      long full = rig.geometry.liveLimit() / 10 * 9;
      for (int step = 0; step < STEPS; step++) {
        int choice = random.nextInt(10);
        if (choice < 5 || twin.recordBytes() < full / 2) {
          put(rig, full);
        } else if (choice < 6) {
          free(rig);
        } else {
          get(rig);
        }
        rig.backend.checkInvariants();
      }
      checkAll(rig);
      assertTrue(rig.counter("cleaner_moved") > 1000, "the cleaner had work");
      assertTrue(
          rig.counter("bytes_written") > 4 * rig.geometry.fileBytes(), "segments were reused");
      for (HostTwin.Slot slot : twin.slots()) {
        rig.backend.free(List.of(slot.ref()));
      }
      assertEquals(0, rig.backend.usage().usedBytes());
      assertEquals(0, rig.counter("bd_count"));
      assertEquals(0, rig.counter("bad_frees"));
      rig.backend.checkInvariants();
    }
  }

  private PageKey key() {
    return new PageKey(1 + random.nextInt(2), random.nextInt(2000));
  }

  private void put(Rig rig, long full) {
    List<Zpage> pages = new ArrayList<>();
    int count = 1 + random.nextInt(16);
    for (int i = 0; i < count; i++) {
      PageKey key = key();
      if (pages.stream().noneMatch(page -> page.key().equals(key))) {
        pages.add(Rig.page(random, key, ++epochs, Rig.length(random)));
      }
    }
    // An overwrite takes the old copies out first; then room is made by giving others up.
    List<PageRef> old = new ArrayList<>();
    for (Zpage page : pages) {
      HostTwin.Slot slot = twin.remove(page.key());
      if (slot != null) {
        old.add(slot.ref());
      }
    }
    rig.backend.free(old);
    while (twin.recordBytes() > full) {
      free(rig);
    }
    long[] handles = Rig.await(rig.backend.put(pages));
    for (int i = 0; i < handles.length; i++) {
      if (handles[i] != Backend.REFUSED) {
        twin.install(pages.get(i), handles[i]);
      }
    }
  }

  private void free(Rig rig) {
    List<HostTwin.Slot> slots = twin.slots();
    if (!slots.isEmpty()) {
      HostTwin.Slot slot = twin.remove(slots.get(random.nextInt(slots.size())).page().key());
      if (slot != null) {
        rig.backend.free(List.of(slot.ref()));
      }
    }
  }

  private void get(Rig rig) {
    List<HostTwin.Slot> slots = new ArrayList<>();
    for (int i = 1 + random.nextInt(16); i > 0; i--) {
      HostTwin.Slot slot = twin.slot(key());
      if (slot != null) {
        slots.add(slot);
      }
    }
    if (!slots.isEmpty()) {
      check(rig, slots);
    }
  }

  private void check(Rig rig, List<HostTwin.Slot> slots) {
    List<PageRef> refs = slots.stream().map(HostTwin.Slot::ref).toList();
    List<Fetched> answers = Rig.await(rig.backend.get(refs));
    for (int i = 0; i < answers.size(); i++) {
      HostTwin.Slot now = twin.slot(slots.get(i).page().key());
      Fetched answer = answers.get(i);
      // The cleaner may have been quicker: then the slot names another place by now.
      if (answer instanceof Fetched.Gone && now != null && now.handle() != slots.get(i).handle()) {
        answer = rig.get(now.ref());
      }
      Rig.assertFound(slots.get(i).page(), answer);
    }
  }

  private void checkAll(Rig rig) {
    List<HostTwin.Slot> slots = twin.slots();
    for (int at = 0; at < slots.size(); at += 256) {
      check(rig, slots.subList(at, Math.min(slots.size(), at + 256)));
    }
    assertEquals(twin.size(), rig.counter("bd_count"));
    assertEquals(twin.recordBytes(), rig.counter("live_bytes"));
  }
}
