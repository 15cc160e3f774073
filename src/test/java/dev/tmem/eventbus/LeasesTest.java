package dev.tmem.eventbus;

import static dev.tmem.eventbus.BusNode.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.tmem.ErrorCode;
import dev.tmem.SwapArea;
import dev.tmem.SwapAreaOptions;
import dev.tmem.TmemException;
import dev.tmem.dispatch.TestNode;
import dev.tmem.dispatch.ThreadScheduler;
import dev.tmem.frontswap.OpenArea;
import dev.tmem.frontswap.SwapAreas;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Handles that clients elsewhere hold. */
class LeasesTest {

  private final ThreadScheduler scheduler = new ThreadScheduler(1);
  private final TestNode node = new TestNode(scheduler, 32L << 20);
  private final SwapAreas areas = new SwapAreas(node.dispatcher, 10);
  private long now = Long.MAX_VALUE - 5;
  private final Leases<SwapArea> leases = new Leases<>(() -> now, SwapArea::close);

  @BeforeEach
  void register() {
    get(node.dispatcher.register(node.zram));
  }

  @AfterEach
  void close() {
    get(areas.endAll());
    scheduler.close();
    node.close();
  }

  private OpenArea area(String name) {
    return get(areas.open(name, new SwapAreaOptions()));
  }

  @Test
  void aClientHoldsAnAreaAsOftenAsItOpenedIt() {
    OpenArea area = area("a");
    leases.open("c", area.name(), area.number(), area::attach);
    leases.open("c", area.name(), area.number(), area::attach);
    leases.open("d", area.name(), area.number(), area::attach);
    assertEquals(2, area.handles());
    leases.close("c", "a", null);
    assertEquals(2, area.handles());
    leases.close("c", "a", (long) area.number());
    assertEquals(1, area.handles());
    leases.close("c", "a", null);
    leases.close("e", "a", null);
    assertEquals(1, area.handles());
    leases.closeAll();
    assertEquals(0, area.handles());
    assertEquals(0, leases.size());
  }

  @Test
  void anotherAreaOfThatNameIsNotClosedInItsPlace() {
    OpenArea old = area("a");
    leases.open("c", old.name(), old.number(), old::attach);
    get(areas.swapOff("a"));
    OpenArea anew = area("a");
    leases.open("c", anew.name(), anew.number(), anew::attach);
    leases.close("c", "a", (long) old.number());
    assertEquals(1, anew.handles());
    assertEquals(0, old.handles());
  }

  @Test
  void whoIsNotHeardOfHoldsNothing() {
    OpenArea area = area("a");
    leases.open("silent", area.name(), area.number(), area::attach);
    leases.open("busy", area.name(), area.number(), area::attach);
    now += Leases.IDLE_NANOS - 1;
    leases.handle("busy", area.name(), area.number(), area::peek);
    now += 2;
    leases.open("new", area.name(), area.number(), area::attach);
    assertEquals(2, area.handles());
    assertEquals(2, leases.size());
  }

  @Test
  void whoHoldsNothingLeavesNothingBehind() {
    for (int i = 0; i < 100; i++) {
      OpenArea area = area("a" + i);
      get(leases.handle("c", area.name(), area.number(), area::peek).contains(1));
      get(leases.handle(null, area.name(), area.number(), area::peek).contains(1));
      assertEquals(0, area.handles());
      get(areas.swapOff("a" + i));
    }
    assertEquals(0, leases.size());
  }

  @Test
  void handlesAreBounded() {
    OpenArea area = area("a");
    for (int i = 0; i < Leases.MAX_LEASES; i++) {
      leases.open("c" + i, area.name(), area.number(), area::attach);
    }
    TmemException refused =
        assertThrows(
            TmemException.class,
            () -> leases.open("one more", area.name(), area.number(), area::attach));
    assertEquals(ErrorCode.OVERLOADED, refused.code());
    leases.open("c1", area.name(), area.number(), area::attach);
    leases.closeAll();
  }
}
