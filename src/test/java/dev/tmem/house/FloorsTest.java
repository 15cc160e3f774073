package dev.tmem.house;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The house keeps its floors, and breaking them is found. */
class FloorsTest {

  private static final String PLANTED = "dev.tmem.house.planted";

  private final Floors house = new Floors("dev.tmem");
  private final Floors plantedHouse = new Floors(PLANTED);

  @Test
  void everyRoomImportsOnlyFromBelow() {
    assertNone(house.imports(theHouse()));
  }

  @Test
  void noPackagesNeedEachOther() {
    assertNone(house.cycles(theHouse()));
  }

  @Test
  void roomsThatAreGivenAClockUseNoOther() {
    assertNone(house.clocks(theHouse()));
  }

  @Test
  void plantedImportsAreFound() {
    assertEquals(
        List.of(
            PLANTED + ".attic has no floor: give it one in Floors.HOUSE",
            PLANTED
                + ".codec.Sideways imports "
                + PLANTED
                + ".memory.Neighbour: codec (floor 1) may not use memory (floor 1)",
            PLANTED
                + ".codec.Upward imports "
                + PLANTED
                + ".node.Wiring: codec (floor 1) may not use node (floor 5)",
            PLANTED
                + ".memory.Neighbour imports "
                + PLANTED
                + ".codec.Sideways: memory (floor 1) may not use codec (floor 1)"),
        List.copyOf(plantedHouse.imports(planted())));
  }

  @Test
  void plantedCyclesAreFound() {
    List<String> cycles = plantedHouse.cycles(planted());
    assertEquals(2, cycles.size(), () -> String.join("\n", cycles));
    assertTrue(cycles.getFirst().contains("Sideways"), cycles::getFirst);
  }

  @Test
  void plantedClocksAreFound() {
    Set<String> found = plantedHouse.clocks(planted());
    assertEquals(
        List.of(
            PLANTED
                + ".dispatch.Clockwork uses System.nanoTime: threads and clock come from"
                + " dev.tmem.backend.Scheduler",
            PLANTED
                + ".dispatch.Clockwork uses Thread.ofVirtual: threads and clock come from"
                + " dev.tmem.backend.Scheduler"),
        List.copyOf(found));
  }

  private static void assertNone(Iterable<String> found) {
    String text = String.join("\n", found);
    assertTrue(text.isEmpty(), text);
  }

  /** The classes of the jar, without those of the tests. */
  private static JavaClasses theHouse() {
    JavaClasses classes = new ClassFileImporter().importPath(Sources.root("target/classes"));
    assertTrue(classes.size() > 20, "classes were compiled");
    return classes;
  }

  private static JavaClasses planted() {
    return new ClassFileImporter().importPackages(PLANTED);
  }
}
