package dev.tmem.node;

import dev.tmem.TmemException;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.jspecify.annotations.Nullable;

/**
 * What a node tells other processes of its machine, as {@code node.json} in its data folder. Valid
 * only while the folder's lock is held. Immutable.
 *
 * @param name of the node
 * @param pid of its process
 * @param cluster name of the cluster
 * @param hazelcast where its cluster member listens or soon will; null: it is in no cluster
 * @param ticket its place among those that start at the same time ({@link Rendezvous}): {@link
 *     #CHOOSING}, {@link #FIRST}, or a number above
 * @param eventBus where its event bus listens; null: not yet
 * @param incarnation of the node; null: not yet
 */
record NodeFile(
    String name,
    long pid,
    String cluster,
    @Nullable HostPort hazelcast,
    long ticket,
    @Nullable HostPort eventBus,
    @Nullable String incarnation) {

  static final String NAME = "node.json";

  /** It is about to take a ticket. */
  static final long CHOOSING = -1;

  /** It waits for nobody: it runs, or was told where to join. */
  static final long FIRST = 0;

  /** A node that is about to start a cluster member at that address. */
  static NodeFile starting(String name, String cluster, HostPort hazelcast, long ticket) {
    long pid = ProcessHandle.current().pid();
    return new NodeFile(name, pid, cluster, hazelcast, ticket, null, null);
  }

  JsonObject toJson() {
    return new JsonObject()
        .put("name", name)
        .put("pid", pid)
        .put("cluster", cluster)
        .put("hazelcast", text(hazelcast))
        .put("ticket", ticket)
        .put("eventBus", text(eventBus))
        .put("incarnation", incarnation);
  }

  private static @Nullable String text(@Nullable HostPort address) {
    return address == null ? null : address.toString();
  }

  /** Writes it in one step: a reader sees the old file or the new one. */
  void write(Path folder) throws IOException {
    Path fresh = folder.resolve(NAME + ".new");
    Files.writeString(fresh, toJson().encodePrettily());
    try {
      Files.move(fresh, folder.resolve(NAME), StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException plain) {
      Files.move(fresh, folder.resolve(NAME), StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /** What a folder's file says; null if there is none, or none that can be understood. */
  static @Nullable NodeFile read(Path folder) {
    try {
      return fromJson(new JsonObject(Files.readString(folder.resolve(NAME))));
    } catch (IOException | DecodeException | TmemException | ClassCastException unusable) {
      return null;
    }
  }

  private static NodeFile fromJson(JsonObject json) {
    String name = json.getString("name");
    String cluster = json.getString("cluster");
    if (name == null || cluster == null) {
      throw new DecodeException("name or cluster is missing");
    }
    return new NodeFile(
        name,
        json.getLong("pid", 0L),
        cluster,
        address(json.getString("hazelcast")),
        json.getLong("ticket", FIRST),
        address(json.getString("eventBus")),
        json.getString("incarnation"));
  }

  private static @Nullable HostPort address(@Nullable String text) {
    return text == null ? null : HostPort.parse("address", text);
  }
}
