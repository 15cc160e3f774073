package dev.tmem.cli.bench;

import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Asks a number of questions from one event loop, as a verticle would: so many are in flight at
 * once, and an answer brings the next question on its way. Confined to that event loop once it has
 * begun.
 *
 * @param <T> an answer
 */
final class Asking<T> {

  /**
   * How it went. Immutable.
   *
   * @param answers in the order of the questions
   * @param nanos from the first question to the last answer
   */
  record Answers<T>(List<T> answers, long nanos) {}

  private final IntFunction<Future<T>> ask;
  private final @Nullable Latencies taken;
  private final int questions;
  private final Map<Integer, T> answers = new HashMap<>();
  private final CompletableFuture<Long> done = new CompletableFuture<>();
  private long began;
  private int asked;

  private Asking(int questions, IntFunction<Future<T>> ask, @Nullable Latencies taken) {
    this.ask = ask;
    this.taken = taken;
    this.questions = questions;
  }

  /**
   * Asks, and waits for all answers.
   *
   * @param ask gets the number of the question
   * @param taken gets how long each answer took; null: nobody wants to know
   */
  static <T> Answers<T> all(
      Context context,
      int questions,
      int inFlight,
      IntFunction<Future<T>> ask,
      @Nullable Latencies taken) {
    Asking<T> asking = new Asking<>(questions, ask, taken);
    context.runOnContext(go -> asking.begin(inFlight));
    long nanos = asking.done.join();
    List<T> answers = new ArrayList<>(questions);
    for (int i = 0; i < questions; i++) {
      answers.add(Objects.requireNonNull(asking.answers.get(i)));
    }
    return new Answers<>(answers, nanos);
  }

  private void begin(int inFlight) {
    began = System.nanoTime();
    for (int i = 0; i < inFlight; i++) {
      next();
    }
  }

  private void next() {
    if (asked == questions) {
      return;
    }
    int number = asked++;
    long from = System.nanoTime();
    ask.apply(number).onComplete(answer -> answered(number, from, answer));
  }

  private void answered(int number, long from, AsyncResult<T> answer) {
    if (taken != null) {
      taken.add(System.nanoTime() - from);
    }
    if (answer.failed()) {
      done.completeExceptionally(answer.cause());
      return;
    }
    answers.put(number, answer.result());
    if (answers.size() == questions) {
      done.complete(System.nanoTime() - began);
    } else {
      next();
    }
  }
}
