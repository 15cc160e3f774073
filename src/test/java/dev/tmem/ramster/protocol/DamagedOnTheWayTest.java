package dev.tmem.ramster.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.backend.Fetched;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Pages whose bytes change between a lender and its owner. */
class DamagedOnTheWayTest {

  private static final int PAGES = 5;

  private final PeerRig rig = new PeerRig(Timing.DEFAULT);
  private PeerRig.Node owner;
  private PeerRig.Node lender;

  @BeforeEach
  void acquainted() {
    owner = rig.start("owner", 0);
    lender = rig.start("b", 8L << 20);
    rig.run(2_000);
  }

  @AfterEach
  void close() {
    rig.close();
  }

  private PeerRig.Get getHeldBack() {
    PeerRig.Put put = owner.put(0, PAGES);
    rig.run(20);
    assertEquals(0, put.refused());
    rig.holds = parcel -> parcel.is(Message.GetReply.class);
    PeerRig.Get get = owner.get(put.refs);
    rig.run(20);
    return get;
  }

  /** What is held back arrives with a byte of its last page changed. */
  private void letGoDamaged() {
    PeerRig.Parcel sent = rig.held.removeFirst();
    Buffer changed = sent.frame().copy();
    int last = changed.length() - 1;
    changed.setByte(last, (byte) (changed.getByte(last) ^ 4));
    rig.letGo(List.of(new PeerRig.Parcel(sent.from(), sent.to(), changed)));
    rig.run(20);
  }

  @Test
  void aPageThatComesDamagedIsAskedForOnceMore() {
    PeerRig.Get get = getHeldBack();
    letGoDamaged();
    assertFalse(get.isDone());
    assertEquals(1, rig.held.size(), "the page that was damaged");
    Message.GetReply again = (Message.GetReply) rig.held.getFirst().envelope().message();
    assertEquals(1, again.entries().size());
    rig.letGo(rig.held);
    rig.run(20);
    assertTrue(get.isDone());
    get.answers.forEach(answer -> assertInstanceOf(Fetched.Found.class, answer));
    assertEquals(1, owner.count(Count.REMOTE_PAGES_CORRUPT));
  }

  @Test
  void oneThatComesDamagedAgainIsCorrupt() {
    PeerRig.Get get = getHeldBack();
    letGoDamaged();
    letGoDamaged();
    assertTrue(get.isDone());
    assertInstanceOf(Fetched.Corrupt.class, get.answers.getLast());
    get.answers
        .subList(0, PAGES - 1)
        .forEach(answer -> assertInstanceOf(Fetched.Found.class, answer));
  }

  @Test
  void whatIsAskedForAgainIsUnavailableIfItsLenderIsSilent() {
    PeerRig.Get get = getHeldBack();
    letGoDamaged();
    rig.kill("b");
    rig.held.clear();
    rig.run(60_000);
    assertTrue(get.isDone());
    assertInstanceOf(Fetched.Unavailable.class, get.answers.getLast());
    owner.peerNode.checkInvariants();
  }

  @Test
  void oneThatIsDamagedOnItsWayThereIsRefused() {
    rig.holds = parcel -> parcel.is(Message.Put.class);
    PeerRig.Put put = owner.put(0, PAGES);
    rig.run(20);
    rig.holds = parcel -> false;
    letGoDamaged();
    assertEquals(1, put.refused());
    assertEquals(PAGES - 1, lender.peerNode.foreignPages());
    assertEquals(1, lender.count(Count.FOREIGN_PAGES_DAMAGED));
  }
}
