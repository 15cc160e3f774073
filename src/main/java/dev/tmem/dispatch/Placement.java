package dev.tmem.dispatch;

import dev.tmem.Protection;
import dev.tmem.backend.Backend;
import dev.tmem.backend.Zpage;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Finds places for zpages: the first backend of the chain that accepts one becomes its place, and a
 * page that went to a peer gets the second copy that its space asks for. Where that cannot be had,
 * the copy at the peer is given up and the chain goes on.
 *
 * <p>Confined: the steps follow one another, each in the completion of the one before.
 */
final class Placement {

  private final Backends backends;
  private final List<Placing> pages;
  private final Targets targets;

  Placement(Backends backends, List<Placing> pages, Targets targets) {
    this.backends = backends;
    this.pages = pages;
    this.targets = targets;
  }

  /** Completes, and never fails, when every page is placed or has been refused by all. */
  Future<Void> run() {
    Future<Void> chain = protect();
    for (Map.Entry<List<RegisteredBackend>, List<Placing>> group : groups().entrySet()) {
      chain = chain.compose(done -> tryTarget(group.getValue(), group.getKey(), 0));
    }
    return chain;
  }

  /** Pages by the backends that are tried for them; one group, as a rule. */
  private Map<List<RegisteredBackend>, List<Placing>> groups() {
    Map<PageSpace, List<RegisteredBackend>> orders = new HashMap<>(2);
    Map<List<RegisteredBackend>, List<Placing>> groups = new LinkedHashMap<>(2);
    for (Placing page : pages) {
      List<RegisteredBackend> order = orders.computeIfAbsent(page.space, targets::of);
      groups.computeIfAbsent(order, key -> new ArrayList<>()).add(page);
    }
    return groups;
  }

  private Future<Void> tryTarget(List<Placing> group, List<RegisteredBackend> order, int index) {
    List<Placing> homeless = select(group, Placing::isHomeless);
    if (homeless.isEmpty() || index == order.size()) {
      return Future.succeededFuture();
    }
    return putTo(order.get(index), homeless)
        .compose(done -> protect())
        .compose(done -> {
          giveUpUnsafe();
          return tryTarget(group, order, index + 1);
        });
  }

  private void giveUpUnsafe() {
    Freed freed = new Freed(backends);
    for (Placing page : pages) {
      if (!page.isPlaced()) {
        page.undo(freed);
      }
    }
    freed.release();
  }

  // ---- Protection

  private Future<Void> protect() {
    Future<Void> chain = Future.succeededFuture();
    if (isAllSafe()) {
      return chain;
    }
    for (RegisteredBackend backend : backends.chain()) {
      if (backend.ram() == null && !backend.diesWithPeer()) {
        chain = chain.compose(done -> putTo(backend, unsafe(Protection.REPLICA)));
      }
    }
    for (RegisteredBackend backend : backends.chain()) {
      if (backend.diesWithPeer()) {
        chain = chain.compose(done -> putApart(backend, unsafe(Protection.DISK)));
      }
    }
    return chain;
  }

  /** Whether no page has a copy that is not enough; so it is with most. */
  private boolean isAllSafe() {
    for (Placing page : pages) {
      if (page.hasCopies() && !page.isPlaced()) {
        return false;
      }
    }
    return true;
  }

  /** The pages with a copy that is not enough, but for those of spaces with that protection. */
  private List<Placing> unsafe(Protection except) {
    return select(
        pages,
        page -> page.hasCopies() && !page.isPlaced() && page.space.config().protection() != except);
  }

  private Future<Void> putApart(RegisteredBackend backend, List<Placing> candidates) {
    List<Placing> lent = new ArrayList<>();
    List<Copy> first = new ArrayList<>();
    for (Placing page : candidates) {
      Copy copy = copyIn(backend, page);
      if (copy != null && page.space.mayPut(backend)) {
        lent.add(page);
        first.add(copy);
      }
    }
    Future<Void> chain = Future.succeededFuture();
    for (int i = 0; i < lent.size(); i += RegisteredBackend.MAX_BATCH) {
      int from = i;
      int to = Math.min(lent.size(), i + RegisteredBackend.MAX_BATCH);
      long[] handles = first.subList(from, to).stream().mapToLong(Copy::handle).toArray();
      chain =
          chain.compose(done -> {
            List<Placing> part = lent.subList(from, to);
            return backend.putApart(zpages(part), handles, answer -> accept(backend, part, answer));
          });
    }
    return chain;
  }

  private static @Nullable Copy copyIn(RegisteredBackend backend, Placing page) {
    for (Copy copy : page.copies()) {
      if (copy.ordinal() == backend.ordinal) {
        return copy;
      }
    }
    return null;
  }

  // ---- Putting

  private Future<Void> putTo(RegisteredBackend backend, List<Placing> candidates) {
    List<Placing> allowed = select(candidates, page -> page.space.mayPut(backend));
    if (backend.ram() != null) {
      allowed.forEach(page -> putInRam(backend, page));
      return Future.succeededFuture();
    }
    Future<Void> chain = Future.succeededFuture();
    for (int i = 0; i < allowed.size(); i += RegisteredBackend.MAX_BATCH) {
      List<Placing> part =
          allowed.subList(i, Math.min(allowed.size(), i + RegisteredBackend.MAX_BATCH));
      chain =
          chain.compose(done -> backend.put(zpages(part), answer -> accept(backend, part, answer)));
    }
    return chain;
  }

  private static void putInRam(RegisteredBackend backend, Placing page) {
    var bytes = RamForm.of(page.zpage, page.space.config().pageSize());
    long handle = backend.putInRam(bytes, 0, bytes.limit());
    if (handle != Backend.REFUSED) {
      page.made(new Copy(backend.ordinal, handle));
    }
  }

  private static List<Zpage> zpages(List<Placing> pages) {
    List<Zpage> zpages = new ArrayList<>(pages.size());
    for (Placing page : pages) {
      zpages.add(page.zpage);
    }
    return Collections.unmodifiableList(zpages);
  }

  private static void accept(RegisteredBackend backend, List<Placing> pages, long[] handles) {
    for (int i = 0; i < handles.length; i++) {
      if (handles[i] != Backend.REFUSED) {
        pages.get(i).made(new Copy(backend.ordinal, handles[i]));
        pages.get(i).space.counters().lowerWrites.increment();
      }
    }
  }

  private static List<Placing> select(List<Placing> from, Predicate<Placing> test) {
    List<Placing> selected = new ArrayList<>(from.size());
    for (Placing page : from) {
      if (test.test(page)) {
        selected.add(page);
      }
    }
    return selected;
  }
}
