package dev.tmem.house;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A Java source. Immutable.
 *
 * @param path from the root of the project, with slashes
 * @param text all of it
 */
record SourceFile(String path, String text) {

  private static final Pattern PACKAGE = Pattern.compile("(?m)^package ([\\w.]+);");

  List<String> lines() {
    return text.lines().toList();
  }

  boolean isPackageInfo() {
    return path.endsWith("/package-info.java");
  }

  /** The name of its package; empty if it has none. */
  String packageName() {
    Matcher matcher = PACKAGE.matcher(text);
    return matcher.find() ? matcher.group(1) : "";
  }
}
