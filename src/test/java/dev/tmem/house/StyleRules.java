package dev.tmem.house;

import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.FormatterException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * How a source file looks. Each rule is a method from files to complaints; a complaint names the
 * file and says what to do.
 *
 * <p>The patterns are written so that this file does not match them.
 */
final class StyleRules {

  /** Longer files want to be split. */
  static final int MAX_LINES = 600;

  static final int MAX_COLUMNS = 100;

  static final String REFORMAT = "run: mvn test -Dtest=StyleTest -Dtmem.format=write";

  /** What no source may contain, and why. */
  private enum Banned {
    UNSAFE("sun[.]misc[.]Unsafe", "off-heap memory is reached by java.lang.foreign"),
    SLEEP("Thread(?:[.]|::)sleep|SECONDS[.]sleep", "wait for the condition, not for the time"),
    MARKER("\\b(?:TO[D]O|FIX[M]E|X[X]X)\\b", "finish it, or leave it out");

    private final Pattern pattern;
    private final String instead;

    Banned(String regex, String instead) {
      this.pattern = Pattern.compile(regex);
      this.instead = instead;
    }
  }

  private static final Pattern TEST = Pattern.compile("(?m)^ +@(?:Parameterized|Repeated)?Test\\b");
  private static final Pattern INHERITED =
      Pattern.compile("(?m)^(?:public )?(?:abstract|interface) ");
  private static final Pattern FOUND_BY_NAME = Pattern.compile("(?:Test|IT)[.]java$");

  private static final Formatter FORMATTER = new Formatter();

  private StyleRules() {}

  /** Every complaint about these files. */
  static List<String> check(List<SourceFile> files) {
    List<String> found = new ArrayList<>(packages(files));
    files.parallelStream()
        .flatMap(file ->
            Stream.of(format(file), size(file), banned(file), name(file)).flatMap(List::stream))
        .forEachOrdered(found::add);
    return found;
  }

  /** The file as google-java-format writes it, with its imports in order and none unused. */
  static String formatted(SourceFile file) throws FormatterException {
    return FORMATTER.formatSourceAndFixImports(file.text());
  }

  private static List<String> format(SourceFile file) {
    try {
      return formatted(file).equals(file.text())
          ? List.of()
          : List.of(file.path() + ": not formatted; " + REFORMAT);
    } catch (FormatterException e) {
      return List.of(file.path() + ": does not parse: " + e.getMessage());
    }
  }

  private static List<String> size(SourceFile file) {
    List<String> found = new ArrayList<>();
    List<String> lines = file.lines();
    if (lines.size() > MAX_LINES) {
      found.add(
          file.path() + ": " + lines.size() + " lines, " + MAX_LINES + " at the most; split it");
    }
    for (int i = 0; i < lines.size(); i++) {
      int columns = lines.get(i).codePointCount(0, lines.get(i).length());
      if (columns > MAX_COLUMNS) {
        found.add(at(file, i) + columns + " columns, " + MAX_COLUMNS + " at the most; break it");
      }
    }
    return found;
  }

  private static List<String> banned(SourceFile file) {
    List<String> lines = file.lines();
    return IntStream.range(0, lines.size())
        .boxed()
        .flatMap(i ->
            Stream.of(Banned.values())
                .filter(banned -> banned.pattern.matcher(lines.get(i)).find())
                .map(banned -> at(file, i) + "\"" + lines.get(i).trim() + "\": " + banned.instead))
        .toList();
  }

  /** The build finds tests by the names of their files: the others would never run. */
  private static List<String> name(SourceFile file) {
    return TEST.matcher(file.text()).find()
            && !INHERITED.matcher(file.text()).find()
            && !FOUND_BY_NAME.matcher(file.path()).find()
        ? List.of(file.path() + ": never run; end its name in Test, or in IT for real processes")
        : List.of();
  }

  /** Each package is described once, and null-marked where it is. */
  private static List<String> packages(List<SourceFile> files) {
    Set<String> described =
        files.stream()
            .filter(SourceFile::isPackageInfo)
            .map(SourceFile::packageName)
            .collect(Collectors.toSet());
    Set<String> found = new TreeSet<>();
    for (SourceFile file : files) {
      if (file.isPackageInfo() && !file.text().contains("\n@NullMarked\npackage ")) {
        found.add(file.path() + ": not @NullMarked; write it above the package");
      }
      if (!described.contains(file.packageName())) {
        found.add("package " + file.packageName() + " has no package-info.java; write one");
      }
    }
    return List.copyOf(found);
  }

  private static String at(SourceFile file, int index) {
    return file.path() + ":" + (index + 1) + ": ";
  }
}
