package dev.tmem.cleancache.shared;

import static dev.tmem.Until.until;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.ErrorCode;
import dev.tmem.ObjectKey;
import dev.tmem.OutcomeUnknownException;
import dev.tmem.SharedCleanCache;
import dev.tmem.TmemException;
import dev.tmem.Until;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Nodes that share caches, and of which some are cut off or leave. */
class SharedCachesFaultsTest extends SharedKit {

  /** The first put meets nobody and is sent again, when the second is on its way already. */
  @Test
  void ofTwoPutsOfOneUserTheSecondStaysThoughTheFirstMetNobody() {
    List<SharedCleanCache> caches = together(3);
    SharedCleanCache cache = caches.getFirst();
    for (int round = 0; round < 4; round++) {
      List<Future<Void>> changes = new ArrayList<>();
      hub.cutOff("n0");
      for (int i = 0; i < 40; i++) {
        changes.add(cache.put(ObjectKey.of(i), round, page("A")));
      }
      hub.heal();
      for (int i = 0; i < 40; i++) {
        changes.add(
            i % 2 == 0
                ? cache.put(ObjectKey.of(i), round, page("B"))
                : cache.invalidatePage(ObjectKey.of(i), round));
      }
      changes.forEach(Until::done);
      for (int i = 0; i < 40; i++) {
        String expected = i % 2 == 0 ? "B" : null;
        assertEquals(expected, text(Until.done(cache.get(ObjectKey.of(i), round))), "page " + i);
      }
    }
  }

  @Test
  void anInvalidateOfTheCacheComesAfterThePutsBeforeIt() {
    List<SharedCleanCache> caches = together(3);
    hub.cutOff("n0");
    List<Future<Void>> changes = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      changes.add(caches.getFirst().put(ObjectKey.of(i), 0, page("before")));
    }
    hub.heal();
    changes.add(caches.getFirst().invalidateAll());
    changes.forEach(Until::done);
    for (int i = 0; i < 40; i++) {
      assertNull(Until.done(caches.get(1).get(ObjectKey.of(i), 0)));
    }
  }

  @Test
  void aNodeThatIsCutOffMissesAndTheOthersGoOn() {
    timing = HASTY;
    List<SharedCleanCache> caches = together(3);
    for (int i = 0; i < 60; i++) {
      Until.done(caches.get(0).put(ObjectKey.of(i), 0, page("p" + i)));
    }
    hub.cutOff("n2");
    until(() -> nodes.get(0).members() == 2 && nodes.get(1).members() == 2, "a view without it");
    until(() -> nodes.get(0).caches.hasLease() && nodes.get(1).caches.hasLease(), "leases");
    int hits = 0;
    for (int i = 0; i < 60; i++) {
      hits += Until.done(caches.get(1).get(ObjectKey.of(i), 0)) == null ? 0 : 1;
    }
    assertTrue(hits >= 30, hits + " of 60 pages are still there");
    hub.heal();
    until(() -> nodes.stream().allMatch(node -> node.members() == 3), "it is back");
    Until.done(caches.get(2).put(OBJECT, 1, page("after")));
    assertEquals("after", text(Until.done(caches.get(0).get(OBJECT, 1))));
  }

  /** Puts and invalidates fail, with one of the codes that a missing lease has. */
  private static int failForWantOfALease(SharedCleanCache cache) {
    List<Future<Void>> changes = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      changes.add(cache.put(ObjectKey.of(1_000 + i), 0, page("p")));
      changes.add(cache.invalidatePage(ObjectKey.of(2_000 + i), 0));
    }
    int withoutLease = 0;
    for (Future<Void> change : changes) {
      TmemException failed = assertThrows(TmemException.class, () -> Until.done(change));
      boolean isUnknown = failed instanceof OutcomeUnknownException;
      assertTrue(isUnknown || failed.code() == ErrorCode.NO_LEASE, failed::toString);
      withoutLease += isUnknown ? 0 : 1;
    }
    return withoutLease;
  }

  /** What a home that is cut off would have to carry out itself has surely not happened. */
  private void assertItFails(int node, SharedCleanCache cache) {
    boolean isHome = nodes.get(node).members() == 2;
    int withoutLease = failForWantOfALease(cache);
    assertTrue(withoutLease > 0 || !isHome);
    assertNull(Until.done(cache.get(OBJECT, 0)));
  }

  @Test
  void ofTwoNodesTheOlderGoesOnAlone() {
    timing = IMPATIENT;
    List<SharedCleanCache> caches = together(2);
    String oldest = Objects.requireNonNull(nodes.get(0).caches.view()).members().getFirst().name();
    int older = oldest.equals("n0") ? 0 : 1; // the first one, had it never to be left out
    int younger = 1 - older;
    hub.cutOff("n" + younger);
    until(() -> nodes.get(older).members() == 1 && nodes.get(older).caches.hasLease(), "alone");
    until(() -> !nodes.get(younger).caches.hasLease(), "the other one serves no more");
    assertItFails(younger, caches.get(younger));
    until(() -> succeeds(caches.get(older).put(OBJECT, 0, page("alone"))), "a put");
    until(() -> "alone".equals(text(Until.done(caches.get(older).get(OBJECT, 0)))), "a hit");
  }

  @Test
  void ofTwoNodesWithoutATieBreakNeitherGoesOn() {
    timing = IMPATIENT;
    tieBreak = false;
    List<SharedCleanCache> caches = together(2);
    hub.cutOff("n1");
    until(
        () -> {
          if (nodes.stream().anyMatch(node -> node.members() != 2)) {
            hub.heal(); // they had not agreed when they were cut
            untilAllServe();
            hub.cutOff("n1");
          }
          return nodes.stream().noneMatch(node -> node.caches.hasLease());
        },
        "no leases");
    for (int i = 0; i < 2; i++) {
      assertItFails(i, caches.get(i));
    }
    assertTrue(nodes.stream().noneMatch(node -> node.caches.hasLease()));
    nodes.forEach(node -> assertEquals(2, node.members()));
    hub.heal();
    until(() -> succeeds(caches.get(1).put(OBJECT, 0, page("together"))), "a put");
    until(() -> "together".equals(text(Until.done(caches.get(0).get(OBJECT, 0)))), "a hit");
  }

  private static boolean succeeds(Future<Void> change) {
    until(change::isComplete, "an answer");
    return change.succeeded();
  }

  @Test
  void whatIsLeftGoesOnByForceWhenAQuorumIsLostForGood() {
    timing = SHORT_LEASES;
    List<SharedCleanCache> caches = together(3);
    Until.done(caches.get(0).put(OBJECT, 0, page("before")));
    SharedCaches left = nodes.get(0).caches;
    assertThrows(TmemException.class, () -> left.force(1), "another view");
    hub.cutOff("n1");
    hub.cutOff("n2");
    until(() -> !left.hasLease(), "it serves no more");
    assertNull(Until.done(caches.get(0).get(OBJECT, 0)));
    until(
        () -> {
          try {
            left.force(Objects.requireNonNull(left.view()).number());
            return true;
          } catch (TmemException heard) {
            assertEquals(ErrorCode.INVALID_OPTION, heard.code());
            return false; // the others were heard a moment ago
          }
        },
        "a view is forced");
    assertEquals(1, nodes.get(0).members());
    Until.done(caches.get(0).put(OBJECT, 1, page("after")));
    assertEquals("after", text(Until.done(caches.get(0).get(OBJECT, 1))));
    assertNull(Until.done(caches.get(0).get(OBJECT, 0)));
    hub.heal();
    until(() -> nodes.stream().allMatch(node -> node.members() == 3), "all follow it");
    Until.done(caches.get(2).put(OBJECT, 2, page("together")));
    assertEquals("together", text(Until.done(caches.get(1).get(OBJECT, 2))));
  }

  @Test
  void aNodeThatLeavesIsLeftOutAtOnce() {
    List<SharedCleanCache> caches = together(3);
    Until.done(nodes.get(1).caches.leave(60_000));
    until(() -> nodes.get(0).members() == 2 && nodes.get(2).members() == 2, "a view without it");
    Until.done(caches.get(0).put(OBJECT, 1, page("after")));
    assertEquals("after", text(Until.done(caches.get(2).get(OBJECT, 1))));
  }
}
