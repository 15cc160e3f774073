package dev.tmem.cli.bench;

import java.lang.management.ManagementFactory;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * The bytes of all objects on the heap that are alive, one by one. What the memory bean calls used
 * is counted in whole regions of the collector, a MiB each. Immutable.
 */
final class LiveHeap {

  private static final String COMMANDS = "com.sun.management:type=DiagnosticCommand";
  private static final Pattern TOTAL = Pattern.compile("(?m)^Total\\s+\\d+\\s+(\\d+)");

  private LiveHeap() {}

  /** Collects, and counts what is left. */
  static long bytes() {
    try {
      Object table =
          ManagementFactory.getPlatformMBeanServer()
              .invoke(
                  new ObjectName(COMMANDS),
                  "gcClassHistogram",
                  new Object[] {new String[0]},
                  new String[] {String[].class.getName()});
      Matcher total = TOTAL.matcher(String.valueOf(table));
      if (!total.find()) {
        throw new IllegalStateException("a table of classes without a total");
      }
      return Long.parseLong(total.group(1));
    } catch (JMException unknown) {
      throw new IllegalStateException("this JVM does not count its objects", unknown);
    }
  }
}
