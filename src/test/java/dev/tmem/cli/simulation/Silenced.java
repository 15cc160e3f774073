package dev.tmem.cli.simulation;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.slf4j.LoggerFactory;

/** Peers are doubted all the time here; only what is wrong with ourselves is logged. */
final class Silenced implements BeforeAllCallback, AfterAllCallback {

  private final Logger house = (Logger) LoggerFactory.getLogger("dev.tmem");
  private @Nullable Level before;

  @Override
  public void beforeAll(ExtensionContext context) {
    before = house.getLevel();
    house.setLevel(Level.ERROR);
  }

  @Override
  public void afterAll(ExtensionContext context) {
    house.setLevel(before);
  }
}
