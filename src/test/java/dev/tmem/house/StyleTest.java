package dev.tmem.house;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.googlejavaformat.java.FormatterException;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Every source keeps the rules of {@link StyleRules}, and breaking each is found. With {@code
 * -Dtmem.format=write} it formats the sources in place first.
 */
class StyleTest {

  private static final String INFO =
      """
      /** Holds a class. */
      @NullMarked
      package p;

      import org.jspecify.annotations.NullMarked;
      """;

  @Test
  void everySourceKeepsTheRules() throws IOException, FormatterException {
    if (System.getProperty("tmem.format", "check").equals("write")) {
      write(Sources.java());
    }
    List<SourceFile> files = Sources.java();
    assertTrue(files.size() > 20, "sources were found");
    String complaints = String.join("\n", StyleRules.check(files));
    assertTrue(complaints.isEmpty(), complaints);
  }

  @Test
  void aCleanFileHasNothingAgainstIt() {
    assertEquals(List.of(), check("package p;\n\n/** Does nothing. */\nclass Clean {}\n"));
  }

  @Test
  void badFormatIsFoundAndMended() throws FormatterException {
    SourceFile file =
        new SourceFile("src/p/A.java", "package p;\nimport java.util.List;\nclass A{}");
    assertEquals("package p;\n\nclass A {}\n", StyleRules.formatted(file));
    assertEquals(
        List.of("src/p/A.java: not formatted; " + StyleRules.REFORMAT), check(file.text()));
  }

  @Test
  void brokenSourceIsFound() {
    assertTrue(
        check("package p;\n\nclass {\n").getFirst().startsWith("src/p/A.java: does not parse"));
  }

  @Test
  void tooManyLinesAreFound() {
    String text = "package p;\n\nclass A {\n" + "  // line\n".repeat(600) + "}\n";
    assertEquals(List.of("src/p/A.java: 604 lines, 600 at the most; split it"), check(text));
  }

  @Test
  void tooManyColumnsAreFound() {
    String text =
        "package p;\n\nclass A {\n  String name =\n      \"" + "x".repeat(100) + "\";\n}\n";
    assertEquals(List.of("src/p/A.java:5: 109 columns, 100 at the most; break it"), check(text));
  }

  @ParameterizedTest
  @CsvSource({
    "Thread,.sleep(1), wait for the condition",
    "Thread,::sleep, wait for the condition",
    "TimeUnit.SECONDS,.sleep(1), wait for the condition",
    "sun.misc,.Unsafe, java.lang.foreign",
    "// TO,DO: later, finish it",
    "// FIX,ME, finish it",
  })
  void bannedWordsAreFound(String first, String rest, String instead) {
    List<String> found = check("package p;\n\nclass A {}\n// " + first + rest + "\n");
    assertEquals(1, found.size(), found::toString);
    assertTrue(found.getFirst().startsWith("src/p/A.java:4: "), found::getFirst);
    assertTrue(found.getFirst().contains(instead), found::getFirst);
  }

  @Test
  void testsThatNeverRunAreFound() {
    String test = "class Checks {\n  @Test\n  void one() {}\n}\n";
    assertEquals(
        List.of("src/p/A.java: never run; end its name in Test, or in IT for real processes"),
        check("package p;\n\n" + test));
    assertEquals(List.of(), check("package p;\n\nabstract " + test));
  }

  @Test
  void packagesWithoutDescriptionAreFound() {
    SourceFile bare = new SourceFile("src/q/B.java", "package q;\n\nclass B {}\n");
    assertEquals(
        List.of("package q has no package-info.java; write one"), StyleRules.check(List.of(bare)));
  }

  @Test
  void packagesThatAreNotNullMarkedAreFound() {
    SourceFile info = new SourceFile("src/p/package-info.java", "/** Unmarked. */\npackage p;\n");
    assertEquals(
        List.of("src/p/package-info.java: not @NullMarked; write it above the package"),
        StyleRules.check(List.of(info)));
  }

  private static List<String> check(String text) {
    return StyleRules.check(
        List.of(
            new SourceFile("src/p/package-info.java", INFO), new SourceFile("src/p/A.java", text)));
  }

  private static void write(List<SourceFile> files) throws IOException, FormatterException {
    for (SourceFile file : files) {
      String formatted = StyleRules.formatted(file);
      if (!formatted.equals(file.text())) {
        Files.writeString(Sources.root(file.path()), formatted);
      }
    }
  }
}
