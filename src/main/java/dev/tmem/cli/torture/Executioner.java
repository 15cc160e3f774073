package dev.tmem.cli.torture;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Makes one step of a plan happen, and heals what it did. Confined to the main thread. */
final class Executioner {

  private static final long ANSWER_SECONDS = 300;

  private final Cluster cluster;
  private final Findings findings;

  /**
   * @param findings gets what clients had found before their node was killed
   */
  Executioner(Cluster cluster, Findings findings) {
    this.cluster = cluster;
    this.findings = findings;
  }

  Cluster cluster() {
    return cluster;
  }

  /** Returns when the node is as it was; the others may still have to find out. */
  void execute(Plan.Step step) throws IOException {
    hold(step.calmMillis());
    int node = step.node();
    Member member = cluster.member(node);
    switch (step.fault()) {
      case KILL -> {
        findings.addAll(member.ask(MemberMain.FINDINGS, ANSWER_SECONDS));
        member.kill();
        hold(step.holdMillis());
        cluster.restart(node).ask(MemberMain.LOAD, ANSWER_SECONDS);
      }
      case PAUSE -> {
        member.pause();
        hold(step.holdMillis());
        member.resume();
      }
      case PARTITION -> {
        cluster.network().cutOff(node);
        hold(step.holdMillis());
        cluster.network().join(node);
      }
      case SLOW -> {
        cluster.network().slow(node);
        hold(step.holdMillis());
        cluster.network().quick(node);
      }
      case FULL_DISK -> {
        member.ask(MemberMain.FILL_DISK, ANSWER_SECONDS);
        hold(step.holdMillis());
        member.ask(MemberMain.FREE_DISK, ANSWER_SECONDS);
      }
    }
  }

  private static void hold(int millis) {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }
}
