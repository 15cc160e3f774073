package dev.tmem.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.ErrorCode;
import dev.tmem.TmemException;
import dev.tmem.Until;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.core.shareddata.AsyncMap;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** One name, one node. */
class NameClaimTest {

  private static final List<Vertx> MEMBERS = new ArrayList<>();

  @BeforeAll
  static void join() {
    ClusterOptions options = new ClusterOptions().setName("claims");
    ClusterMember first = ClusterMember.of(options, false);
    MEMBERS.add(first.start());
    MEMBERS.add(ClusterMember.of(options, false).withMembers(List.of(first.address())).start());
  }

  @AfterAll
  static void leave() {
    MEMBERS.forEach(ClusterMember::leave);
  }

  private static Future<NameClaim> take(int member, String name) {
    Vertx vertx = MEMBERS.get(member);
    return NameClaim.take(vertx, membership(vertx), name, "incarnation-" + member);
  }

  private static Membership membership(Vertx vertx) {
    return Objects.requireNonNull(Membership.of(vertx));
  }

  private static AsyncMap<String, String> map() {
    return Until.done(MEMBERS.getFirst().sharedData().getClusterWideMap(NameClaim.MAP));
  }

  @Test
  void aNameIsRefusedUntilItIsReleased() {
    NameClaim first = Until.done(take(0, "alpha"));
    TmemException refused = assertThrows(TmemException.class, () -> Until.done(take(1, "alpha")));
    assertEquals(ErrorCode.NAME_TAKEN, refused.code());
    assertTrue(refused.toString().contains("alpha"), refused.toString());
    // Also in the same Vert.x: one name is one node.
    assertThrows(TmemException.class, () -> Until.done(take(0, "alpha")));
    Until.done(first.release());
    Until.done(Until.done(take(1, "alpha")).release());
  }

  @Test
  void ofManyAtOnceExactlyOneWins() {
    for (int round = 0; round < 20; round++) {
      String name = "race-" + round;
      List<Future<NameClaim>> claims = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        claims.add(take(i % MEMBERS.size(), name));
      }
      Until.done(Future.join(claims).otherwiseEmpty());
      assertEquals(1, claims.stream().filter(Future::succeeded).count(), name);
    }
  }

  @Test
  void aStaleClaimIsReplacedByExactlyOne() {
    String dead = new JsonObject().put("nodeId", "gone").put("incarnation", "old").encode();
    Until.done(map().put("stale", dead));
    List<Future<NameClaim>> claims = List.of(take(0, "stale"), take(1, "stale"));
    Until.done(Future.join(claims).otherwiseEmpty());
    assertEquals(1, claims.stream().filter(Future::succeeded).count());
    assertFalse(String.valueOf(Until.done(map().get("stale"))).contains("gone"));
  }

  @Test
  void aLostEntryIsPutBackAndADoubleOneNoticed() {
    NameClaim claim = Until.done(take(0, "kept"));
    String entry = Until.done(map().remove("kept"));
    assertTrue(Until.done(claim.renew()));
    assertEquals(entry, Until.done(map().get("kept")));
    assertTrue(Until.done(claim.renew()));
    String other =
        new JsonObject()
            .put("nodeId", membership(MEMBERS.get(1)).nodeId())
            .put("incarnation", "other")
            .encode();
    Until.done(map().put("kept", other));
    assertFalse(Until.done(claim.renew()));
    Until.done(claim.release());
    assertEquals(other, Until.done(map().get("kept")), "not ours to release");
  }
}
