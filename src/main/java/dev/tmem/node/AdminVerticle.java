package dev.tmem.node;

import dev.tmem.admin.AdminCommands;
import dev.tmem.admin.Identity;
import dev.tmem.eventbus.AdminService;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import org.jspecify.annotations.Nullable;

/**
 * The node's admin commands on the event bus, on an event loop of their own, so that an
 * administrator is heard while pages come in.
 *
 * <p>Owns the address {@code tmem.NODE.admin} and the node's ear at {@code tmem.admin}.
 */
final class AdminVerticle extends VerticleBase {

  private final Identity identity;
  private final AdminCommands commands;
  private @Nullable AdminService service;

  AdminVerticle(Identity identity, AdminCommands commands) {
    this.identity = identity;
    this.commands = commands;
  }

  @Override
  public Future<?> start() {
    AdminService started = new AdminService(vertx, identity, commands);
    service = started;
    return started.start();
  }

  @Override
  public Future<?> stop() {
    return service == null ? Future.succeededFuture() : service.stop();
  }
}
