package dev.tmem.eventbus;

import dev.tmem.BatchException;
import dev.tmem.ErrorCode;
import dev.tmem.TmemException;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The messages of one batch, and how their failures become one. Confined to its maker. */
final class BatchParts {

  /** Some offsets of the batch, and the message they went in. */
  private static final class Part {
    final long[] offsets;
    final Future<?> message;

    Part(long[] offsets, Future<?> message) {
      this.offsets = offsets;
      this.message = message;
    }

    /** Why the message as a whole failed; null: it did not, though some of its pages may have. */
    @Nullable TmemException refusal() {
      Throwable cause = message.cause();
      return cause == null || cause instanceof BatchException ? null : Failures.asTmem(cause);
    }
  }

  private final List<Part> parts = new ArrayList<>();

  void add(long[] offsets, Future<?> message) {
    parts.add(new Part(offsets, message));
  }

  /** For pages that are kept one by one: what failed is named, the others are done. */
  Future<Void> each() {
    return Future.join(messages())
        .<Void>mapEmpty()
        .recover(error -> Future.failedFuture(failure()));
  }

  /** For pages that are given back all or none: that the request was wrong comes first. */
  Future<Void> allOrNone() {
    return Future.join(messages())
        .<Void>mapEmpty()
        .recover(error -> {
          TmemException wrong = wrongRequest();
          return Future.failedFuture(wrong == null ? failure() : wrong);
        });
  }

  private List<Future<?>> messages() {
    List<Future<?>> messages = new ArrayList<>();
    parts.forEach(part -> messages.add(part.message));
    return messages;
  }

  private @Nullable TmemException wrongRequest() {
    for (Part part : parts) {
      TmemException refusal = part.refusal();
      if (refusal != null && refusal.code() == ErrorCode.INVALID_OFFSET) {
        return refusal;
      }
    }
    return null;
  }

  /** That of the whole batch if all messages failed in the same way; else it names the pages. */
  private TmemException failure() {
    Set<@Nullable ErrorCode> codes = new HashSet<>();
    Map<Long, TmemException> causes = new TreeMap<>();
    for (Part part : parts) {
      TmemException refusal = part.refusal();
      codes.add(refusal == null ? null : refusal.code());
      if (refusal != null) {
        for (long offset : part.offsets) {
          causes.put(offset, refusal);
        }
      } else if (part.message.cause() instanceof BatchException batch) {
        causes.putAll(batch.causes());
      }
    }
    boolean whole = codes.size() == 1 && !codes.contains(null);
    return whole ? causes.values().iterator().next() : new BatchException(causes);
  }
}
