package dev.tmem.node;

import dev.tmem.ErrorCode;
import dev.tmem.TmemException;
import dev.tmem.TmemOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a node has for itself alone: a name, a folder, an incarnation. Immutable.
 *
 * @param folder locked
 * @param claim to the name in the cluster; null: there is no cluster
 */
record Seat(String name, DataFolder folder, UUID incarnation, @Nullable NameClaim claim) {

  /**
   * Takes a seat. A node that was given no name goes on to the next if one is taken.
   *
   * @param membership null: not in a cluster
   * @param chosen name and folder, if they were chosen before the cluster was joined
   * @return fails with {@link ErrorCode#NAME_TAKEN} or {@link ErrorCode#INVALID_OPTION}; nothing is
   *     held then
   */
  static Future<Seat> take(
      Vertx vertx,
      @Nullable Membership membership,
      TmemOptions options,
      DataFolders.@Nullable Choice chosen) {
    Taking taking = new Taking(vertx, membership, options, UUID.randomUUID());
    return chosen == null ? taking.from(1) : taking.claim(chosen, 1);
  }

  private record Taking(
      Vertx vertx, @Nullable Membership membership, TmemOptions options, UUID incarnation) {

    Future<Seat> from(int number) {
      DataFolders folders = DataFolders.of(options);
      return Blocking.call(vertx, () -> folders.choose(options, number - 1))
          .compose(choice -> claim(choice, number));
    }

    Future<Seat> claim(DataFolders.Choice choice, int number) {
      if (membership == null) {
        return Future.succeededFuture(new Seat(choice.name(), choice.folder(), incarnation, null));
      }
      return NameClaim.take(vertx, membership, choice.name(), incarnation.toString())
          .map(claim -> new Seat(choice.name(), choice.folder(), incarnation, claim))
          .recover(failure ->
              giveUp(vertx, choice.folder())
                  .compose(none ->
                      mayTryNext(failure, number)
                          ? from(number + 1)
                          : Future.failedFuture(failure)));
    }

    private boolean mayTryNext(Throwable failure, int number) {
      return options.getName() == null
          && number < DataFolders.MAX_NUMBER
          && failure instanceof TmemException refused
          && refused.code() == ErrorCode.NAME_TAKEN;
    }
  }

  private static Future<Void> giveUp(Vertx vertx, DataFolder folder) {
    return Blocking.run(vertx, folder::close);
  }

  /** Tells other processes of this machine where the node is. */
  Future<Void> announce(Vertx vertx, @Nullable Membership membership) {
    NodeFile file =
        new NodeFile(
            name,
            ProcessHandle.current().pid(),
            membership == null ? "" : membership.clusterName(),
            membership == null ? null : membership.hazelcastAddress(),
            NodeFile.FIRST,
            membership == null ? null : membership.eventBus(),
            incarnation.toString());
    return Blocking.run(vertx, () -> announce(file));
  }

  private void announce(NodeFile file) {
    try {
      folder.announce(file);
    } catch (IOException unusable) {
      throw new TmemException(
          ErrorCode.INVALID_OPTION,
          "dataFolder: " + folder.path() + " cannot be written to: " + unusable,
          unusable);
    }
  }

  /** Gives everything up. */
  Future<Void> release(Vertx vertx) {
    Future<Void> released = claim == null ? Future.succeededFuture() : claim.release();
    return released.transform(none -> giveUp(vertx, folder));
  }
}
