package dev.tmem.ramster.channel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.UUID;
import org.junit.jupiter.api.Test;

class GuestsTest {

  private static final long NOW = 5_000_000_000L;

  private final Guests guests = new Guests();

  private Invitation invite(long now) {
    return guests.invite("tmem.x.peer", "127.0.0.1", 4711, now);
  }

  @Test
  void whoWasInvitedIsWelcomeOnce() {
    Invitation invitation = invite(NOW);
    assertNull(guests.welcome(invitation.awaited(), NOW));
    assertEquals(
        new Guests.Welcome("tmem.x.peer", invitation.awaited()),
        guests.welcome(invitation.shown(), NOW));
    assertNull(guests.welcome(invitation.shown(), NOW));
    assertNull(guests.welcome(new UUID(0, 0), NOW));
  }

  @Test
  void anInvitationEndsAndTheOldestMakeRoom() {
    Invitation late = invite(NOW);
    assertNull(guests.welcome(late.shown(), NOW + Guests.GOOD_NANOS));
    Invitation first = invite(NOW);
    Invitation second = invite(NOW);
    for (int i = 0; i < Guests.MAX - 1; i++) {
      invite(NOW);
    }
    assertNull(guests.welcome(first.shown(), NOW));
    assertNotNull(guests.welcome(second.shown(), NOW + Guests.GOOD_NANOS - 1));
  }

  @Test
  void anInvitationIsReadAsItWasWritten() throws ChannelException {
    Invitation invitation = invite(NOW);
    assertEquals(invitation, Invitation.read(invitation.toJson()));
  }

  @Test
  void attemptsAreFurtherAndFurtherApart() {
    Attempt attempt = new Attempt();
    assertTrue(attempt.begin(NOW));
    assertFalse(attempt.begin(NOW), "one at a time");
    assertTrue(attempt.failed(NOW), "the first failure is told");
    long pause = Attempt.FIRST_PAUSE_NANOS;
    long now = NOW;
    for (int i = 0; i < 20; i++) {
      assertFalse(attempt.begin(now + pause - 1));
      now += pause;
      assertTrue(attempt.begin(now));
      assertFalse(attempt.failed(now));
      pause = Math.min(2 * pause, Attempt.LONGEST_PAUSE_NANOS);
    }
    assertEquals(Attempt.LONGEST_PAUSE_NANOS, pause);
    attempt.succeeded();
    assertTrue(attempt.begin(now), "after a success it begins anew");
  }
}
