package dev.tmem.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.cli.Machine.Run;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@DisabledOnOs(OS.WINDOWS)
class LauncherTest {

  @TempDir Path folder;

  private Machine machine;

  @BeforeEach
  void aMachine() throws IOException {
    machine = new Machine(folder);
  }

  private void assertRuns(Path home, Run run) {
    assertEquals("", run.err());
    assertEquals(0, run.exit());
    assertTrue(run.out().startsWith("home=" + home + "\n"), run.out());
  }

  private static void assertOneLine(String err) {
    assertEquals(1, err.lines().count(), err);
    assertTrue(err.startsWith("tmem: "), err);
  }

  @Test
  void argumentsArriveAsTheyAre() throws Exception {
    machine.jar();
    machine.environment.put("JAVA_HOME", machine.jdk("jdk 25", "25.0.3", "25").toString());
    Run run = machine.run("import", "a b", "", "*", "it's \"$HOME\"", "back\\slash");
    String arguments = run.out().substring(run.out().indexOf("<-jar>"));
    assertEquals(
        "<-jar>\n<"
            + machine.root.toRealPath()
            + "/target/tmem.jar>\n<import>\n<a b>\n<>\n<*>\n<it's \"$HOME\">\n<back\\slash>\n",
        arguments);
  }

  @Test
  void theJvmTakesTheShellsPlaceAndItsExitCodeIsTheAnswer() throws Exception {
    machine.jar();
    machine.environment.put("JAVA_HOME", machine.jdk("jdk25", "25", "25").toString());
    machine.environment.put("FAKE_EXIT", "42");
    Run run = machine.run("stats");
    assertEquals(42, run.exit());
    assertTrue(run.out().contains("pid=" + run.pid() + "\n"), run.out());
  }

  @Test
  void theJvmGetsWhatTheLibrariesNeedAndTheUsersOptions() throws Exception {
    machine.jar();
    machine.environment.put("JAVA_HOME", machine.jdk("jdk25", "25", "25").toString());
    machine.environment.put("TMEM_OPTS", "-Xmx2g -Da=b");
    String out = machine.run("stats").out();
    assertTrue(out.contains("<--sun-misc-unsafe-memory-access=allow>\n"), out);
    assertTrue(out.contains("<-XX:+UseCompactObjectHeaders>\n"), out);
    assertTrue(out.contains("<-Dtmem.tty.out=no>\n<-Dtmem.tty.err=no>\n"), out);
    assertTrue(out.contains("<-Xmx2g>\n<-Da=b>\n<-jar>"), out);
  }

  @Test
  void anOldJavaHomeIsPassedOver() throws Exception {
    machine.jar();
    machine.environment.put("JAVA_HOME", machine.jdk("jdk17", "17.0.15", "17.0.15").toString());
    Path home = machine.jdk("jdks/jdk-26", "26-ea", "26-ea");
    assertRuns(home, machine.run("stats"));
  }

  @Test
  void aJavaOnThePathIsFollowedToItsHome() throws Exception {
    machine.jar();
    Path home = machine.jdk("elsewhere/jdk", "25.0.1", "nonsense");
    Path middle = machine.folder.resolve("alternatives");
    Files.createSymbolicLink(middle, home.resolve("bin/java"));
    Files.createSymbolicLink(machine.bin.resolve("java"), Path.of("../alternatives"));
    assertRuns(home, machine.run("stats"));
  }

  @Test
  void withoutTheFileReleaseJavaItselfIsAsked() throws Exception {
    machine.jar();
    Path home = machine.jdk("jdks/a", "", "25.0.2");
    machine.jdk("jdks/0-old", "", "1.8.0_412");
    assertRuns(home, machine.run("stats"));
  }

  @Test
  void aMacsFolderIsUnderstood() throws Exception {
    machine.jar();
    Path home = machine.jdk("jdks/temurin-25.jdk/Contents/Home", "25", "25");
    assertRuns(home, machine.run("stats"));
  }

  @Test
  void theFoldersAreSeveral() throws Exception {
    machine.jar();
    machine.jdk("jdks/jdk-21", "21", "21");
    Path home = machine.jdk("more jdks/jdk-25", "25", "25");
    machine.environment.merge(
        "TMEM_JDK_FOLDERS", folder.resolve("more jdks").toString(), (a, b) -> a + ":" + b);
    assertRuns(home, machine.run("stats"));
  }

  @Test
  void withoutAJdkOneLineSaysWhatIsMissingAndHowToGetIt() throws Exception {
    machine.jar();
    Run run = machine.run("stats");
    assertEquals(1, run.exit());
    assertOneLine(run.err());
    assertTrue(run.err().contains("a JDK 25 or newer is needed and none was found"), run.err());
    assertTrue(run.err().contains("https://adoptium.net"), run.err());
  }

  @Test
  void theNewestThatIsTooOldIsNamed() throws Exception {
    machine.jar();
    machine.jdk("jdks/jdk-8", "1.8.0_412", "1.8.0_412");
    machine.jdk("jdks/jdk-21", "21.0.4", "21.0.4");
    Run run = machine.run("stats");
    assertEquals(1, run.exit());
    assertOneLine(run.err());
    assertTrue(run.err().contains("the newest is 21, " + folder.resolve("jdks/jdk-21")), run.err());
  }

  @Test
  void itWorksThroughSymbolicLinksFromAnywhere() throws Exception {
    machine.jar();
    Path home = machine.jdk("jdks/jdk-25", "25", "25");
    Path link = Files.createSymbolicLink(folder.resolve("second"), Path.of("check out/tmem"));
    Path outer = Files.createSymbolicLink(machine.bin.resolve("tmem"), link);
    assertRuns(home, Machine.finish(machine.start(outer, "stats")));
  }

  @Test
  void aMissingJarIsBuiltOnceAndSaidSo() throws Exception {
    machine.sources();
    machine.maven();
    Path home = machine.jdk("jdks/jdk-25", "25", "25");
    Run first = machine.run("stats");
    assertEquals(0, first.exit(), first.err());
    assertOneLine(first.err());
    assertTrue(first.err().contains("building"), first.err());
    assertTrue(first.out().startsWith("home=" + home), first.out());
    assertRuns(home, machine.run("stats"));
    assertEquals(
        List.of(home + " -B -q -Dmaven.test.skip=true package -Dstyle.color=never"),
        machine.builds());
  }

  @Test
  void anOldJarIsBuiltAnew() throws Exception {
    machine.sources();
    machine.maven();
    machine.jdk("jdks/jdk-25", "25", "25");
    for (String source : new String[] {"pom.xml", "src/main/java/A.java", "src/main/java"}) {
      machine.jar();
      Files.setLastModifiedTime(
          machine.root.resolve(source), FileTime.from(Instant.now().plusSeconds(60)));
      int before = machine.builds().size();
      assertEquals(0, machine.run("stats").exit());
      assertEquals(before + 1, machine.builds().size(), source);
      Files.setLastModifiedTime(
          machine.root.resolve(source), FileTime.from(Instant.now().minusSeconds(60)));
    }
  }

  @Test
  void theBenchmarkGetsItsContestantsOnce() throws Exception {
    machine.sources();
    machine.maven();
    Path home = machine.jdk("jdks/jdk-25", "25", "25");
    Files.createDirectories(machine.root.resolve("src/bench/java"));
    Path classes = machine.root.resolve("target/bench/classes");
    machine.maven("[ \"$3\" != -Pbench ] || mkdir -p '" + classes + "'");
    assertEquals(0, machine.run("stats").exit());
    assertEquals(0, machine.run("bench", "--help").exit());
    assertEquals(1, machine.builds().size());
    Run first = machine.run("bench", "zram");
    assertOneLine(first.err());
    assertTrue(first.err().contains("what the benchmark compares with"), first.err());
    assertRuns(home, machine.run("bench", "zram"));
    assertEquals(
        home + " -B -q -Pbench process-test-classes -Dstyle.color=never",
        machine.builds().getLast());
    assertEquals(2, machine.builds().size());
  }

  @Test
  void withoutContestantsTheBenchmarkRunsAllTheSame() throws Exception {
    machine.sources();
    Path home = machine.jdk("jdks/jdk-25", "25", "25");
    Files.createDirectories(machine.root.resolve("src/bench/java"));
    machine.maven("[ \"$3\" != -Pbench ] || { echo '[ERROR] no network'; exit 1; }");
    assertEquals(0, machine.run("stats").exit());
    Run run = machine.run("bench", "zram");
    assertOneLine(run.err());
    assertTrue(run.out().startsWith("home=" + home + "\n"), run.out());
    assertFalse(Files.exists(machine.root.resolve("target/bench")));
  }

  @Test
  void aJarWithoutSourcesIsTakenAsItIs() throws Exception {
    machine.jar();
    Files.setLastModifiedTime(
        machine.root.resolve("target/tmem.jar"), FileTime.from(Instant.EPOCH));
    assertRuns(machine.jdk("jdks/jdk-25", "25", "25"), machine.run("stats"));
  }

  @Test
  void withoutMavenOneLineSaysSo() throws Exception {
    machine.sources();
    machine.jdk("jdks/jdk-25", "25", "25");
    Run run = machine.run("stats");
    assertEquals(1, run.exit());
    assertOneLine(run.err());
    assertTrue(run.err().contains("mvn was not found; install Maven"), run.err());
  }

  @Test
  void aBuildThatFailsIsAFailure() throws Exception {
    machine.sources();
    machine.maven("echo '[ERROR] A.java is wrong'", "exit 1");
    machine.jdk("jdks/jdk-25", "25", "25");
    Run run = machine.run("stats");
    assertEquals(1, run.exit());
    assertEquals("", run.out());
    assertTrue(run.err().contains("[ERROR] A.java is wrong"), run.err());
    assertTrue(run.err().contains("the build failed"), run.err());
  }

  @Test
  void aRuntimeWithoutCompilerDoesNotBuild() throws Exception {
    machine.sources();
    machine.maven();
    Path home = machine.jdk("jdks/jre-25", "25", "25");
    Files.delete(home.resolve("bin/javac"));
    Run run = machine.run("stats");
    assertEquals(1, run.exit());
    assertOneLine(run.err());
    assertTrue(run.err().contains("with its compiler"), run.err());
    machine.jar();
    assertRuns(home, machine.run("stats"));
  }

  @Test
  void twoLaunchersBuildOnce() throws Exception {
    buildTwice();
  }

  @Test
  void twoLaunchersBuildOnceWithoutFlock() throws Exception {
    Files.delete(machine.bin.resolve("flock"));
    buildTwice();
    assertFalse(Files.exists(machine.root.resolve("target/build.lock.d")));
  }

  /** The first build goes on until the second launcher has said that it waits for it. */
  private void buildTwice() throws Exception {
    machine.sources();
    machine.maven("until [ -e '" + folder + "/go' ]; do sleep 0.05; done");
    Path home = machine.jdk("jdks/jdk-25", "25", "25");
    Process first = machine.start(machine.root.resolve("tmem"), "one");
    try (BufferedReader firstErr = first.errorReader()) {
      assertTrue(firstErr.readLine().contains("building"));
      Process second = machine.start(machine.root.resolve("tmem"), "two");
      try (BufferedReader secondErr = second.errorReader()) {
        assertEquals("tmem: waiting for another build", secondErr.readLine());
        Files.createFile(folder.resolve("go"));
        assertTrue(second.inputReader().readLine().startsWith("home=" + home));
        assertEquals(0, second.waitFor());
      }
      assertTrue(first.inputReader().readLine().startsWith("home=" + home));
      assertEquals(0, first.waitFor());
    }
    assertEquals(1, machine.builds().size());
  }
}
