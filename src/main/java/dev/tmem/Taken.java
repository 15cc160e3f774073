package dev.tmem;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;

/**
 * A page that was taken out of a {@link SwapArea}, and not yet given up there. After 30 seconds
 * without a word it is put back. Both calls are idempotent; the first of the two decides.
 */
public interface Taken {

  /** The page. */
  Buffer page();

  /**
   * Frees the page's copies.
   *
   * @return whether the take still stood; false: the page was stored anew, invalidated or put back
   *     meanwhile, and that stands
   */
  Future<Boolean> commit();

  /**
   * Makes the page visible again.
   *
   * @return whether the take still stood
   */
  Future<Boolean> putBack();
}
