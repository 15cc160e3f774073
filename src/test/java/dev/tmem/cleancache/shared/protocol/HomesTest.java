package dev.tmem.cleancache.shared.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.ObjectKey;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Homes are balanced, few move, and any two quorums of a view have a member in common. */
class HomesTest {

  private static final UUID LINEAGE = new UUID(7, 7);

  private static Member member(int number, int weight) {
    return new Member(new UUID(0, number), "n" + number, "n" + number, weight);
  }

  private static View view(Member... members) {
    return View.first(LINEAGE, members[0], true)
        .successor(List.of(members), false, List.of(), true);
  }

  @Test
  void theFullestOfFiveHomesIsNearTheMean() {
    View view = view(member(1, 1), member(2, 1), member(3, 1), member(4, 1), member(5, 1));
    Random random = new Random(1);
    for (boolean inOrder : new boolean[] {true, false}) {
      long[] counts = new long[6];
      for (int i = 0; i < 100_000; i++) {
        ObjectKey object =
            inOrder ? ObjectKey.of(i) : new ObjectKey(random.nextLong(), random.nextLong());
        counts[(int) view.home(object).incarnation().getLeastSignificantBits()]++;
      }
      for (int i = 1; i <= 5; i++) {
        assertTrue(counts[i] < 1.05 * 20_000, counts[i] + " objects at home " + i);
      }
    }
  }

  @Test
  void onlyTheShareOfANewcomerMoves() {
    View four = view(member(1, 1), member(2, 1), member(3, 1), member(4, 1));
    List<Member> five = new ArrayList<>(four.members());
    five.add(member(5, 1));
    assertEquals(Slots.COUNT / 5, moved(four, four.successor(five, false, List.of(), true)));
  }

  @Test
  void onlyTheSlotsOfWhoGoesMove() {
    View four = view(member(1, 1), member(2, 1), member(3, 1), member(4, 1));
    View three = four.successor(four.members().subList(1, 4), false, List.of(), true);
    assertEquals(Slots.COUNT / 4, moved(four, three));
  }

  @Test
  void sharesGoByWeight() {
    View view = view(member(1, 3), member(2, 1));
    assertEquals(Slots.COUNT / 4, view.homes().shares(2)[1]);
  }

  private static int moved(View before, View after) {
    int moved = 0;
    for (int slot = 0; slot < Slots.COUNT; slot++) {
      moved += before.home(slot).equals(after.home(slot)) ? 0 : 1;
    }
    return moved;
  }

  @Test
  void anyTwoQuorumsMeet() {
    for (int size = 1; size <= 5; size++) {
      List<Member> members = new ArrayList<>();
      for (int i = 0; i < size; i++) {
        members.add(member(i, 1));
      }
      for (boolean tieBreak : new boolean[] {true, false}) {
        View view =
            View.first(LINEAGE, members.getFirst(), tieBreak)
                .successor(members, false, List.of(), true);
        for (int one = 0; one < 1 << size; one++) {
          int other = ~one & ((1 << size) - 1);
          assertFalse(
              view.isQuorum(some(members, one)) && view.isQuorum(some(members, other)),
              size + " members, " + one);
        }
        assertTrue(view.isQuorum(some(members, (1 << size) - 1)));
      }
    }
  }

  @Test
  void ofTwoTheOldestGoesOnUnlessNoneIsTo() {
    Member first = member(1, 1);
    List<Member> two = List.of(first, member(2, 1));
    View oldest = View.first(LINEAGE, first, true).successor(two, false, List.of(), true);
    View none = View.first(LINEAGE, first, false).successor(two, false, List.of(), true);
    assertTrue(oldest.isQuorum(some(two, 1)));
    assertFalse(oldest.isQuorum(some(two, 2)));
    assertFalse(none.isQuorum(some(two, 1)));
    assertFalse(none.isQuorum(some(two, 2)));
  }

  private static Set<UUID> some(List<Member> members, int bits) {
    Set<UUID> some = new HashSet<>();
    for (int i = 0; i < members.size(); i++) {
      if ((bits & (1 << i)) != 0) {
        some.add(members.get(i).incarnation());
      }
    }
    return some;
  }
}
