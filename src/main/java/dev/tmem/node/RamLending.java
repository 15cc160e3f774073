package dev.tmem.node;

import dev.tmem.admin.Lending;
import dev.tmem.ramster.RamsterBackend;
import dev.tmem.ramster.protocol.PeerView;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** What an administrator sees and sets of the RAM that is lent. Thread-safe. */
final class RamLending implements Lending {

  private final RamsterBackend ramster;

  RamLending(RamsterBackend ramster) {
    this.ramster = ramster;
  }

  @Override
  public long lendLimit() {
    return ramster.lendLimit();
  }

  @Override
  public void setLendLimit(long bytes) {
    ramster.setLendLimit(bytes);
  }

  @Override
  public long foreignPages() {
    return ramster.foreignPages();
  }

  @Override
  public long foreignBytes() {
    return ramster.foreignBytes();
  }

  @Override
  public long pagesAway() {
    return ramster.pagesAway();
  }

  @Override
  public Future<Long> leave(long millis) {
    return ramster.leave(millis);
  }

  @Override
  public void stay() {
    ramster.stay();
  }

  @Override
  public boolean isLeaving() {
    return ramster.isLeaving();
  }

  @Override
  public List<JsonObject> peers() {
    return ramster.peers().stream().map(this::json).toList();
  }

  private JsonObject json(PeerView peer) {
    return new JsonObject()
        .put("name", peer.name())
        .put("incarnation", peer.incarnation().toString())
        .put("state", peer.state())
        .put("transport", ramster.link(peer))
        .put("spareBytes", peer.spareBytes())
        .put("lentPages", peer.lentPages())
        .put("foreignPages", peer.foreignPages())
        .put("foreignEphemeralPages", peer.foreignEphemeralPages())
        .put("foreignBytes", peer.foreignBytes())
        .put("handedBackPages", peer.handedBackPages())
        .put("rack", peer.rack());
  }
}
