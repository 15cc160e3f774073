package dev.tmem.cli.demo;

import dev.tmem.cli.terminal.Amount;
import dev.tmem.cli.terminal.Ink;
import dev.tmem.cli.terminal.Table;
import java.util.ArrayList;
import java.util.List;

/** The findings, for people. Immutable. */
record Report(Findings found, boolean colour) {

  List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add("");
    lines.addAll(tiers().lines(colour));
    lines.add("");
    lines.addAll(facts().lines(colour).stream().skip(1).toList());
    lines.add("");
    lines.add(verdict());
    return lines;
  }

  private Table tiers() {
    Table table = new Table("tier", ">pages", ">share", ">further copies", ">taken in", ">loads");
    for (String tier : Monitor.TIERS) {
      long pages = found.pagesByBackend.getLong(tier, 0L);
      long copies = found.extraCopiesByBackend.getLong(tier, 0L);
      Double loads = found.loadPagesPerSecond.get(tier);
      boolean first = tier.equals(Monitor.TIERS.getFirst());
      double taken = first ? found.storePagesPerSecond : (pages + copies) / found.importSeconds;
      table.row(
          tier,
          Amount.count(pages),
          Amount.percent(pages, found.pages),
          Amount.count(copies),
          Amount.pagesPerSecond(taken),
          loads == null ? "-" : Amount.pagesPerSecond(loads));
    }
    return table;
  }

  private Table facts() {
    Table table = new Table("", "");
    table.row(
        "stored",
        "%s pages, %s of files (%s), in %s"
            .formatted(
                Amount.count(found.pages),
                Amount.bytes(found.bytes),
                Amount.count(found.files),
                Amount.seconds(found.importSeconds)));
    table.row(
        "compressed",
        "to %s, %s to 1"
            .formatted(
                Amount.bytes(found.compressedBytes),
                Amount.ratio(found.bytes, found.compressedBytes)));
    if (!found.nodes.isEmpty()) {
      NodeView owner = found.nodes.getFirst();
      table.row(
          "memory",
          "%s of %s for the %s that %s keeps"
              .formatted(
                  Amount.bytes(owner.number("memoryUsed")),
                  Amount.bytes(owner.number("memoryLimit")),
                  Amount.bytes(found.bytes),
                  owner.name()));
    }
    table.row(
        "overwritten",
        "%s pages at %s"
            .formatted(
                Amount.count(found.overwritten),
                Amount.pagesPerSecond(found.overwritePagesPerSecond)));
    table.row(
        "killed",
        found.killedNode == null
            ? "nobody: there is no peer"
            : "%s, which kept %s pages of %s"
                .formatted(
                    found.killedNode,
                    Amount.count(found.killedNodesPages),
                    found.nodes.getFirst().name()));
    table.row(
        "verified",
        "%s of %s; %s stale, %s lost, %s corrupt, %s misplaced"
            .formatted(
                Amount.count(found.verified()),
                Amount.count(found.pages),
                Amount.count(found.wrong(Verdict.STALE)),
                Amount.count(found.wrong(Verdict.LOST)),
                Amount.count(found.wrong(Verdict.CORRUPT)),
                Amount.count(found.wrong(Verdict.MISPLACED))));
    table.row("took", Amount.seconds(found.seconds));
    return table;
  }

  private String verdict() {
    if (found.allRight()) {
      return Ink.GOOD.on("All pages are right.", colour);
    }
    String first = found.all.firstWrong();
    return Ink.BAD.on(
        "Not all pages are right" + (first == null ? "." : ": " + first + "."), colour);
  }
}
