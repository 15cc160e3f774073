package dev.tmem.frontswap;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tmem.ErrorCode;
import dev.tmem.SwapArea;
import dev.tmem.SwapAreaOptions;
import dev.tmem.TmemException;
import dev.tmem.dispatch.PageSpace;
import dev.tmem.dispatch.Quota;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A swap area that is open, shared by all its handles.
 *
 * <p>Thread-safe: under this object's monitor handles are counted and the end begins, so that
 * nobody gets hold of an area that is found to be held by nobody. The monitor ranks below that of
 * {@link SwapAreas}; nothing is called under it.
 */
public final class OpenArea {

  /** Only durable areas have these; {@code durable} itself tells of one that has not. */
  private static final Set<String> OF_DURABLE = Set.of("durable", "fsync", "fsyncIntervalMillis");

  private final SwapAreas owner;
  private final SwapAreaOptions options;
  private final PageSpace space;
  private final Promise<Long> closed = Promise.promise();

  @GuardedBy("this")
  private int handles;

  @GuardedBy("this")
  private boolean closing;

  OpenArea(SwapAreas owner, SwapAreaOptions options, PageSpace space) {
    this.owner = owner;
    this.options = options;
    this.space = space;
    apply(options);
  }

  public String name() {
    return space.config().name();
  }

  /** Never used twice in an incarnation. */
  public int number() {
    return space.number();
  }

  /** The options as they are now. */
  public SwapAreaOptions options() {
    return new SwapAreaOptions(options)
        .setWritethrough(space.modes().isWritethrough())
        .setExclusive(space.modes().isExclusive())
        .setFreeEvents(space.hasFreeEvents())
        .setRamGuaranteed(space.quota().shares().guaranteed())
        .setRamCap(space.quota().shares().cap());
  }

  public PageSpace space() {
    return space;
  }

  SwapAreas owner() {
    return owner;
  }

  /** {@code OPEN}, {@code FROZEN} or {@code CLOSING}. */
  public synchronized AreaState state() {
    if (closing) {
      return AreaState.CLOSING;
    }
    return space.modes().isFrozen() ? AreaState.FROZEN : AreaState.OPEN;
  }

  /** Whether its pages are gone when its node ends. */
  public boolean endsWithNode() {
    return !options.isDurable();
  }

  // ---- Options

  /**
   * Whether a caller who names these options means this area: live ones do not tell areas apart.
   */
  boolean agrees(SwapAreaOptions wanted) {
    return fixedDifferences(wanted).isEmpty();
  }

  /** What these options have otherwise that cannot be changed, as {@code pageSize is 4096}. */
  List<String> fixedDifferences(SwapAreaOptions wanted) {
    JsonObject mine = options.toJson();
    JsonObject theirs = wanted.toJson();
    List<String> differences = new ArrayList<>();
    for (String key : new TreeSet<>(mine.fieldNames())) {
      boolean compared =
          !SwapAreaOptions.LIVE.contains(key)
              && (theirs.containsKey(key) || !OF_DURABLE.contains(key));
      if (compared && !mine.getValue(key).equals(theirs.getValue(key))) {
        differences.add(key + " is " + mine.getValue(key) + ", not " + theirs.getValue(key));
      }
    }
    if (wanted.isDurable() != options.isDurable()) {
      differences.add("durable is " + options.isDurable() + ", not " + wanted.isDurable());
    }
    return differences;
  }

  /**
   * Changes what can change while the area is open.
   *
   * @throws TmemException with {@link ErrorCode#OPTIONS_MISMATCH} for what cannot, {@link
   *     ErrorCode#INVALID_OPTION} for shares of RAM that cannot be kept; nothing changes
   */
  public void change(SwapAreaOptions wanted) {
    List<String> fixed = fixedDifferences(wanted);
    if (!fixed.isEmpty()) {
      throw new TmemException(
          ErrorCode.OPTIONS_MISMATCH,
          "area "
              + name()
              + ": "
              + String.join("; ", fixed)
              + "; that cannot change while it is open, only "
              + String.join(", ", new TreeSet<>(SwapAreaOptions.LIVE))
              + " can");
    }
    apply(wanted);
  }

  /** What may be refused comes first. */
  private void apply(SwapAreaOptions wanted) {
    owner.setShares(space, new Quota.Shares(wanted.getRamGuaranteed(), wanted.getRamCap()));
    space.modes().setWritethrough(wanted.isWritethrough());
    space.modes().setExclusive(wanted.isExclusive());
    space.setFreeEvents(wanted.isFreeEvents());
  }

  // ---- Handles, and the end

  /** Handles that are not closed. */
  public synchronized int handles() {
    return handles;
  }

  /** A new handle; of an area that has ended it is of no use. */
  public SwapArea attach() {
    synchronized (this) {
      handles++;
    }
    return new LocalSwapArea(this);
  }

  /** A new handle; null: the area is ending, or has ended. */
  synchronized @Nullable SwapArea attachIfOpen() {
    if (closing) {
      return null;
    }
    handles++;
    return new LocalSwapArea(this);
  }

  /** A handle that does not count as holding the area open; it is not to be closed. */
  public SwapArea peek() {
    return new LocalSwapArea(this);
  }

  synchronized void detached() {
    handles--;
  }

  /**
   * The end begins, if it has not.
   *
   * @param force also if there are handles
   * @throws TmemException with {@link ErrorCode#AREA_BUSY}
   */
  synchronized void startClosing(boolean force) {
    if (!closing && handles > 0 && !force) {
      throw new TmemException(
          ErrorCode.AREA_BUSY,
          "area " + name() + " is held open by " + handles + " handles; force is needed");
    }
    closing = true;
  }

  /** The pages it had, once they are freed and it has ended. */
  Future<Long> closed() {
    return closed.future();
  }

  void ended(Future<Long> pages) {
    pages.onComplete(closed);
  }
}
