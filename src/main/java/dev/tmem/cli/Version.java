package dev.tmem.cli;

import java.util.Objects;
import picocli.CommandLine.IVersionProvider;

/** The version, as the jar's manifest has it. Immutable. */
final class Version implements IVersionProvider {

  @Override
  public String[] getVersion() {
    String version = Main.class.getPackage().getImplementationVersion();
    return new String[] {
      "tmem " + Objects.toString(version, "(not from a jar)") + ", Java " + Runtime.version()
    };
  }
}
