package dev.tmem;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ServiceLoader;

/** What {@link Tmem#start} and {@link Tmem#connect} find at run time. */
public interface TmemProvider {

  /** See {@link Tmem#start}. */
  Future<Tmem> start(Vertx vertx, TmemOptions options);

  /** See {@link Tmem#connect}. */
  Future<Tmem> connect(Vertx vertx, String nodeName);

  /**
   * @throws IllegalStateException if there is none: a shaded jar must merge {@code
   *     META-INF/services}
   */
  static TmemProvider load() {
    return ServiceLoader.load(TmemProvider.class, TmemProvider.class.getClassLoader())
        .findFirst()
        .orElseThrow(() ->
            new IllegalStateException(
                "no dev.tmem.TmemProvider is on the class path; if the jar was shaded, its"
                    + " META-INF/services must be merged"));
  }
}
