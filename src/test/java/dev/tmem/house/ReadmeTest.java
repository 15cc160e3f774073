package dev.tmem.house;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the documents show is what the sources have. */
class ReadmeTest {

  private static final Pattern JAVA = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
  private static final Pattern REGION =
      Pattern.compile("// begin\n(.*?) *// end\n", Pattern.DOTALL);
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)#:]+)(?:#[^)]*)?\\)");

  private static final Pattern TEST = Pattern.compile("`(\\w+(?:Test|IT))`");

  static Stream<String> documents() throws IOException {
    List<String> paths = new ArrayList<>(List.of("README.md", "CHANGELOG.md"));
    for (String folder : List.of("docs", "examples", "cluster-config")) {
      Path base = Sources.root(folder);
      if (Files.isDirectory(base)) {
        try (Stream<Path> files = Files.walk(base)) {
          files
              .map(file -> Sources.root("").relativize(file).toString())
              .filter(path -> path.endsWith(".md"))
              .sorted()
              .forEach(paths::add);
        }
      }
    }
    return paths.stream();
  }

  @Test
  void theSnippetIsTheExamples() {
    String example = Sources.read("examples/first-steps/src/firststeps/FirstSteps.java");
    assertEquals(
        first(REGION, example).stripTrailing().stripIndent(),
        first(JAVA, Sources.read("README.md")).strip());
  }

  @ParameterizedTest
  @MethodSource("documents")
  void linksLeadToFiles(String path) {
    Path folder = Sources.root(path).resolveSibling("");
    Matcher links = LINK.matcher(Sources.read(path));
    while (links.find()) {
      String target = links.group(1);
      assertTrue(Files.exists(folder.resolve(target)), () -> path + " links to " + target);
    }
  }

  @Test
  void theContractsNameTestsThatExist() {
    Set<String> tests =
        Sources.java().stream()
            .map(file -> file.path().replaceFirst(".*/(\\w+)[.]java$", "$1"))
            .collect(Collectors.toSet());
    Matcher names = TEST.matcher(Sources.read("docs/architecture.md"));
    while (names.find()) {
      String name = names.group(1);
      assertTrue(tests.contains(name), () -> "docs/architecture.md names " + name);
    }
  }

  private static String first(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    assertTrue(matcher.find(), pattern::pattern);
    return matcher.group(1);
  }
}
