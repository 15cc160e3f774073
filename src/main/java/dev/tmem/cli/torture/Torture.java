package dev.tmem.cli.torture;

import dev.tmem.Options;
import dev.tmem.cli.demo.JavaCommand;
import dev.tmem.cli.terminal.Terminal;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * One torture from end to end: start, faults in turn, healing, a look at every page and at the
 * whole cluster. Confined to the main thread.
 */
public final class Torture {

  /** Calls that had no answer after minutes. */
  static final String HUNG = "hung";

  private static final long ANSWER_SECONDS = 300;

  /** By then every page is to be safe again after a fault, and everything to add up in the end. */
  private static final long SAFE_SECONDS = 120;

  /** So many looks in a row find every page safe before the next fault. */
  private static final int SAFE_LOOKS = 8;

  private static final long LOOK_MILLIS = 250;
  private static final int TROUBLES = 5;

  /** Of which there must be none. */
  private static final List<String> BAD =
      List.of(
          Findings.word(Verdict.STALE),
          Findings.word(Verdict.LOST),
          Findings.word(Verdict.MISPLACED),
          Findings.word(Verdict.CORRUPT),
          HUNG);

  private final TortureOptions options;
  private final JavaCommand java;
  private final Terminal terminal;
  private final Findings findings = new Findings();
  private final List<String> done = new ArrayList<>();
  private final List<String> problems = new ArrayList<>();
  private long leaked;

  /**
   * @param java how members are started
   * @param terminal where people follow it
   */
  public Torture(TortureOptions options, JavaCommand java, Terminal terminal) {
    this.options = options;
    this.java = java;
    this.terminal = terminal;
  }

  /** What it came to. Immutable. */
  public record Outcome(boolean good, JsonObject json) {}

  /**
   * Runs it.
   *
   * @throws IOException if a process fails where no fault was meant
   */
  public Outcome run() throws IOException {
    long began = System.nanoTime();
    Network network = network();
    List<Fault> faults =
        options.kinds().stream().filter(f -> network.hasLinks() || !f.needsNetwork()).toList();
    if (faults.isEmpty()) {
      network.close();
      throw new IOException("none of these faults can be made to happen on this machine");
    }
    Plan plan = Plan.of(faults, options.nodes(), options.seconds(), options.seed());
    terminal.print(opening(plan));
    try (Cluster cluster = new Cluster(options, java, network)) {
      cluster.start();
      for (Member member : cluster.members()) {
        member.ask(MemberMain.LOAD, ANSWER_SECONDS);
      }
      awaitSafe(cluster);
      terminal.print("Started in %.1f s.".formatted((System.nanoTime() - began) / 1e9));
      follow(plan, new Executioner(cluster, findings));
      end(cluster);
      if (!isGood()) {
        problems.addAll(cluster.troubles(TROUBLES));
      }
    }
    Outcome outcome = new Outcome(isGood(), json((System.nanoTime() - began) / 1e9));
    terminal.print(new TortureReport(outcome.json()).lines());
    return outcome;
  }

  private Network network() {
    if (options.kinds().stream().noneMatch(Fault::needsNetwork)) {
      return Network.LOOPBACK;
    }
    try {
      return Namespaces.of(options.nodes());
    } catch (IOException notRoot) {
      return ofUser(notRoot);
    }
  }

  private Network ofUser(IOException notRoot) {
    try {
      return Namespaces.ofUser(options.nodes());
    } catch (IOException notAllowed) {
      notAllowed.addSuppressed(notRoot);
      terminal.note(
          "this machine allows no network namespaces (%s): partition and slow are left out"
              .formatted(notAllowed.getMessage()));
      return Network.LOOPBACK;
    }
  }

  private List<String> opening(Plan plan) {
    List<String> lines = new ArrayList<>();
    lines.add(
        "%s, %d nodes, seed %d, %s; at most %d steps in %d s:"
            .formatted(
                Options.word(options.workload()),
                options.nodes(),
                options.seed(),
                options.transport(),
                plan.steps().size(),
                options.seconds()));
    plan.steps().forEach(step -> lines.add("  " + step));
    return lines;
  }

  private void follow(Plan plan, Executioner executioner) throws IOException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(options.seconds());
    for (Plan.Step step : plan.steps()) {
      if (System.nanoTime() - end >= 0) {
        return;
      }
      terminal.print(step.toString());
      executioner.execute(step);
      done.add(step.toString());
      awaitSafe(executioner.cluster());
      if (!problems.isEmpty()) {
        return; // with two faults at a time nothing is promised
      }
    }
  }

  /**
   * Only one who keeps copies fails at a time: by the next fault all pages have theirs again. It
   * has to stay so for some looks, since a node that has just been heard again may find only then
   * which pages want a copy.
   */
  private void awaitSafe(Cluster cluster) throws IOException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SAFE_SECONDS);
    List<String> dangers = cluster.look().dangers();
    for (int safe = 0; safe < SAFE_LOOKS && System.nanoTime() - end < 0; ) {
      safe = dangers.isEmpty() ? safe + 1 : 0;
      pause();
      dangers = cluster.look().dangers();
    }
    dangers.forEach(danger -> problems.add("still after " + SAFE_SECONDS + " s: " + danger));
  }

  private static void pause() {
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(LOOK_MILLIS));
  }

  private void end(Cluster cluster) throws IOException {
    terminal.print("All is healed; every page is looked at.");
    for (Member member : cluster.members()) {
      member.ask(MemberMain.REST, ANSWER_SECONDS);
    }
    for (Member member : cluster.members()) {
      member.say(MemberMain.VERIFY);
    }
    for (Member member : cluster.members()) {
      findings.addAll(member.answer(ANSWER_SECONDS));
    }
    if (findings.get(SharedCalls.REFUSED) > 0) {
      problems.add(findings.get(SharedCalls.REFUSED) + " gets failed where they may only miss");
    }
    for (Member member : cluster.members()) {
      member.ask(MemberMain.END, ANSWER_SECONDS);
    }
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SAFE_SECONDS);
    Check check = cluster.look();
    while (!check.problems().isEmpty() && System.nanoTime() - end < 0) {
      pause();
      check = cluster.look();
    }
    leaked = check.leaked();
    check.copies().forEach((backend, pages) -> findings.add("copies in " + backend, pages));
    problems.addAll(check.problems());
  }

  private boolean isGood() {
    return leaked == 0
        && problems.isEmpty()
        && BAD.stream().allMatch(word -> findings.get(word) == 0)
        && findings.get("verified") > 0;
  }

  private JsonObject json(double seconds) {
    JsonObject json =
        new JsonObject()
            .put("workload", Options.word(options.workload()))
            .put("nodes", options.nodes())
            .put("seed", options.seed())
            .put("transport", options.transport().toString())
            .put("seconds", Math.round(seconds * 10) / 10.0)
            .put("good", isGood())
            .put("leaked", leaked);
    BAD.forEach(word -> json.put(word, findings.get(word)));
    return json.put("steps", new JsonArray(done))
        .put("problems", new JsonArray(problems))
        .put("findings", findings.toJson());
  }
}
