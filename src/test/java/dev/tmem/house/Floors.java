package dev.tmem.house;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Who may import whom. A room is a package below the root with everything under it; it imports from
 * rooms of lower floors, and on its own floor only from those it names. Immutable.
 */
final class Floors {

  /** The room of the root package itself. */
  private static final String FACE = "";

  /** The house, from the top. */
  private static final List<Room> HOUSE =
      List.of(
          new Room(6, "cli"),
          new Room(5, "node"),
          new Room(4, "eventbus"),
          new Room(3, "admin", "frontswap", "cleancache"),
          new Room(3, "frontswap"),
          new Room(3, "cleancache"),
          new Room(2, "dispatch"),
          new Room(2, "zram"),
          new Room(2, "swapfile"),
          new Room(2, "ramster"),
          new Room(1, "codec"),
          new Room(1, "memory"),
          new Room(0, FACE, "backend"),
          new Room(0, "backend"));

  /** Packages that are given their threads and their clock, so that a simulator can be both. */
  private static final List<String> WITHOUT_CLOCK =
      List.of("dispatch", "ramster.protocol", "cleancache.shared.protocol");

  /** What those must not use, by the class that declares it; an empty set: anything of it. */
  private static final Map<String, Set<String>> CLOCKS =
      Map.of(
          "java.lang.System", Set.of("nanoTime", "currentTimeMillis"),
          "java.lang.Thread", Set.of("<init>", "ofVirtual", "ofPlatform", "startVirtualThread"),
          "java.time.Instant", Set.of("now"),
          "java.time.Clock", Set.of(),
          "java.util.Timer", Set.of(),
          "java.util.concurrent.Executors", Set.of());

  private static final Map<String, Room> ROOMS =
      HOUSE.stream().collect(Collectors.toMap(Room::name, Function.identity()));

  private final String root;

  /**
   * @param root the package that holds the rooms
   */
  Floors(String root) {
    this.root = root;
  }

  /** One package and everything under it. */
  private record Room(int floor, String name, Set<String> neighbours) {
    Room(int floor, String name, String... neighbours) {
      this(floor, name, Set.of(neighbours));
    }

    boolean mayImport(Room other) {
      return other.floor < floor || other.equals(this) || neighbours.contains(other.name);
    }

    @Override
    public String toString() {
      return (name.isEmpty() ? "the public face" : name) + " (floor " + floor + ")";
    }
  }

  /** What breaks the rule of the floors, one line each, in order. */
  Set<String> imports(JavaClasses classes) {
    Set<String> found = new TreeSet<>();
    for (JavaClass from : classes) {
      Room room = room(from);
      if (room == null) {
        found.add(from.getPackageName() + " has no floor: give it one in Floors.HOUSE");
        continue;
      }
      for (Dependency use : from.getDirectDependenciesFromSelf()) {
        Room other = room(use.getTargetClass());
        if (other != null && !room.mayImport(other)) {
          found.add(
              "%s imports %s: %s may not use %s"
                  .formatted(topLevel(from), topLevel(use.getTargetClass()), room, other));
        }
      }
    }
    return found;
  }

  /** Packages that need each other, one text for each ring. */
  List<String> cycles(JavaClasses classes) {
    return SlicesRuleDefinition.slices()
        .assignedFrom(new ByPackage(root))
        .should()
        .beFreeOfCycles()
        .allowEmptyShould(true)
        .evaluate(classes)
        .getFailureReport()
        .getDetails();
  }

  /** Uses of a clock or a thread where both are given, one line each, in order. */
  Set<String> clocks(JavaClasses classes) {
    Set<String> found = new TreeSet<>();
    for (JavaClass from : classes) {
      if (WITHOUT_CLOCK.stream().noneMatch(name -> isUnder(from, root + "." + name))) {
        continue;
      }
      for (JavaAccess<?> access : from.getAccessesFromSelf()) {
        Set<String> names = CLOCKS.get(access.getTargetOwner().getName());
        if (names != null && (names.isEmpty() || names.contains(access.getName()))) {
          found.add(
              "%s uses %s.%s: threads and clock come from dev.tmem.backend.Scheduler"
                  .formatted(
                      topLevel(from), access.getTargetOwner().getSimpleName(), access.getName()));
        }
      }
    }
    return found;
  }

  private @Nullable Room room(JavaClass type) {
    String name = type.getBaseComponentType().getPackageName();
    if (name.equals(root)) {
      return ROOMS.get(FACE);
    }
    if (!name.startsWith(root + ".")) {
      return null;
    }
    String below = name.substring(root.length() + 1);
    int dot = below.indexOf('.');
    return ROOMS.get(dot < 0 ? below : below.substring(0, dot));
  }

  private static boolean isUnder(JavaClass type, String name) {
    return type.getPackageName().equals(name) || type.getPackageName().startsWith(name + ".");
  }

  private static String topLevel(JavaClass type) {
    String name = type.getBaseComponentType().getName();
    int dollar = name.indexOf('$');
    return dollar < 0 ? name : name.substring(0, dollar);
  }

  /** Each package below the root is a slice of its own. */
  private record ByPackage(String root) implements SliceAssignment {
    @Override
    public SliceIdentifier getIdentifierOf(JavaClass type) {
      return isUnder(type, root)
          ? SliceIdentifier.of(type.getPackageName())
          : SliceIdentifier.ignore();
    }

    @Override
    public String getDescription() {
      return "packages of " + root;
    }
  }
}
