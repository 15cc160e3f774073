package dev.tmem.backend;

import io.vertx.core.Future;

/**
 * Makes backends of one type from a node's configuration. Found by {@link java.util.ServiceLoader}
 * when a node starts: a jar names its providers in {@code
 * META-INF/services/dev.tmem.backend.BackendProvider}. Thread-safe.
 */
public interface BackendProvider {

  /** The word by which a configuration asks for it: letters, digits, '.', '_' and '-'. */
  String type();

  /**
   * Makes a backend. What it opens is released by {@link Backend#close}, or here if this fails.
   *
   * @param setting its name and options, and what a node has to offer
   * @return a backend of that name, not registered yet; fails, best with a {@link
   *     dev.tmem.TmemException}, if the options are wrong or the place cannot be used
   */
  Future<? extends Backend> create(BackendSetting setting);
}
