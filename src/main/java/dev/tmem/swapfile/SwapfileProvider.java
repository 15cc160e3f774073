package dev.tmem.swapfile;

import dev.tmem.ErrorCode;
import dev.tmem.Options;
import dev.tmem.TmemException;
import dev.tmem.backend.BackendProvider;
import dev.tmem.backend.BackendSetting;
import dev.tmem.backend.Scheduler;
import dev.tmem.memory.MemoryAccount;
import io.vertx.core.Future;

/**
 * Makes swap files: the node's own, those of its configuration, and those that an administrator
 * adds. Their buffers are charged as long as they are open. Thread-safe: immutable.
 */
public final class SwapfileProvider implements BackendProvider {

  private final MemoryAccount account;

  public SwapfileProvider(MemoryAccount account) {
    this.account = account;
  }

  @Override
  public String type() {
    return SwapfileBackend.NAME;
  }

  @Override
  public Future<SwapfileBackend> create(BackendSetting setting) {
    SwapfileOptions options =
        SwapfileOptions.of(setting.name(), setting.dataFolder(), setting.options());
    return create(options, setting.node(), setting.scheduler());
  }

  /**
   * Takes a file into use.
   *
   * @return fails with {@link ErrorCode#INVALID_OPTION} if the memory limit leaves no room for the
   *     buffers, and as {@link SwapfileBackend#activate} does; nothing is left behind then
   */
  public Future<SwapfileBackend> create(SwapfileOptions options, String node, Scheduler scheduler) {
    long buffers = SwapfileBackend.bufferBytes();
    if (!account.tryChargeTable(buffers)) {
      return Future.failedFuture(refusal(options, buffers));
    }
    return SwapfileBackend.activate(options, node, scheduler, () -> account.release(buffers))
        .onFailure(refused -> account.release(buffers));
  }

  private TmemException refusal(SwapfileOptions options, long buffers) {
    return Options.refuse(
        "memoryLimit",
        account.limit(),
        "more than is used, "
            + account.used()
            + " B, and what the buffers of "
            + options.name()
            + " take, "
            + buffers
            + " B,");
  }
}
