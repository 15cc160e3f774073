package dev.tmem.cli.simulation;

import dev.tmem.CleanCache;
import io.vertx.core.Future;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/**
 * A planted bug: a put that the cache has no room for leaves the older page where it is. Here every
 * tenth has none.
 */
final class ForgetfulCache implements Wiring {

  private static final int NO_ROOM_ONE_IN = 10;

  private int puts;

  @Override
  public CleanCache cache(CleanCache cache) {
    return (CleanCache)
        Proxy.newProxyInstance(
            CleanCache.class.getClassLoader(),
            new Class<?>[] {CleanCache.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("put") && ++puts % NO_ROOM_ONE_IN == 0) {
                return Future.succeededFuture();
              }
              try {
                return method.invoke(cache, arguments);
              } catch (InvocationTargetException thrown) {
                throw thrown.getCause();
              }
            });
  }
}
