package dev.tmem.cli.bench;

import java.lang.management.ManagementFactory;
import javax.management.JMException;
import javax.management.ObjectName;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the C library's allocator keeps for later, such as memory in which the compilers worked: the
 * more code is compiled between two looks at a process, the more of it lies between them, and it
 * has nothing to do with pages. Holds no state.
 */
final class FreeMemory {

  private static final Logger LOG = LoggerFactory.getLogger(FreeMemory.class);

  private FreeMemory() {}

  /** Gives it back to the system, where the JVM can; elsewhere nothing happens. */
  static void giveBack() {
    try {
      ManagementFactory.getPlatformMBeanServer()
          .invoke(
              new ObjectName("com.sun.management:type=DiagnosticCommand"),
              "systemTrimNativeHeap",
              new Object[] {new String[0]},
              new String[] {String[].class.getName()});
    } catch (JMException unknown) {
      LOG.debug("this JVM does not trim what it has from the C library", unknown);
    }
  }
}
