package dev.tmem.dispatch;

import dev.tmem.backend.Backend;
import dev.tmem.backend.Zpage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Stores that go on at the same time. What they put lower is gathered, and goes to each backend in
 * as few calls as it takes: a batch of stores costs a message for each backend and not one for each
 * page.
 *
 * <p>Confined to one thread until {@link #go}, which ends the round; what the stores do next is
 * gathered in the next one.
 */
final class StoreRound {

  /** What a store does in the next round with the copies that were made. */
  interface Next {
    void goOn(List<Copy> copies, StoreRound round);
  }

  private record Place(Placing placing, Next next) {}

  private record Write(Zpage zpage, ObjLongConsumer<StoreRound> next) {}

  /** By the backend that is not to be tried; null: all are. */
  private final Map<@Nullable RegisteredBackend, List<Place>> places = new LinkedHashMap<>(2);

  private final Map<RegisteredBackend, List<Write>> writes = new LinkedHashMap<>(2);

  /**
   * A page is to find a place.
   *
   * @param except the backend that is not tried; null: all are
   * @param next gets the copies; none: everybody refused. They are the store's to name or to free,
   *     and in flight until it does.
   */
  void place(Placing placing, @Nullable RegisteredBackend except, Next next) {
    places.computeIfAbsent(except, key -> new ArrayList<>()).add(new Place(placing, next));
  }

  /**
   * A page is to be put in one backend.
   *
   * @param next gets its handle there, or {@link Backend#REFUSED}
   */
  void put(Zpage zpage, RegisteredBackend backend, ObjLongConsumer<StoreRound> next) {
    writes.computeIfAbsent(backend, key -> new ArrayList<>()).add(new Write(zpage, next));
  }

  /** Does what was gathered. No lock is held. */
  void go() {
    places.forEach(this::placeAll);
    writes.forEach((backend, all) -> {
      for (int i = 0; i < all.size(); i += RegisteredBackend.MAX_BATCH) {
        putAll(backend, all.subList(i, Math.min(all.size(), i + RegisteredBackend.MAX_BATCH)));
      }
    });
  }

  private void placeAll(@Nullable RegisteredBackend except, List<Place> all) {
    Targets targets = except == null ? Targets.all() : Targets.except(except);
    Backends backends = all.getFirst().placing().space.dispatcher().backends();
    new Placement(backends, all.stream().map(Place::placing).toList(), targets)
        .run()
        .onComplete(done -> {
          StoreRound round = new StoreRound();
          for (Place place : all) {
            place.next().goOn(place.placing().fresh(), round);
          }
          round.go();
        });
  }

  private void putAll(RegisteredBackend backend, List<Write> all) {
    backend
        .put(all.stream().map(Write::zpage).toList())
        .onSuccess(handles -> {
          StoreRound round = new StoreRound();
          for (int i = 0; i < handles.length; i++) {
            all.get(i).next().accept(round, handles[i]);
          }
          round.go();
        });
  }
}
