package dev.tmem.cli.simulation;

import dev.tmem.backend.BackendHost;
import dev.tmem.backend.SlowBackend;
import dev.tmem.backend.Zpage;
import io.vertx.core.Future;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A planted bug: after a lender has ended, the copies that take the place of those it had may come
 * to lie where the first ones do. Whoever then says that all is safe again is wrong: the next end
 * of a node takes both.
 */
final class SecondCopyAnywhere implements Wiring {

  @Override
  public SlowBackend peers(SlowBackend ramster, NodeClock clock) {
    return new RelayedBackend(ramster) {

      private boolean hasLost;

      @Override
      public void attach(BackendHost host) {
        super.attach(
            (BackendHost)
                Proxy.newProxyInstance(
                    BackendHost.class.getClassLoader(),
                    new Class<?>[] {BackendHost.class},
                    (proxy, method, arguments) -> {
                      hasLost |= method.getName().equals("copiesGone");
                      return call(host, method, arguments);
                    }));
      }

      @Override
      public Future<long[]> putApart(List<Zpage> pages, long[] first) {
        return hasLost ? super.put(pages) : super.putApart(pages, first);
      }
    };
  }

  private static @Nullable Object call(BackendHost host, Method method, Object[] arguments)
      throws Throwable {
    try {
      return method.invoke(host, arguments);
    } catch (InvocationTargetException thrown) {
      throw thrown.getCause();
    }
  }
}
