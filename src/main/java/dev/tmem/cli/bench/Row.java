package dev.tmem.cli.bench;

import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One line of a benchmark. Immutable.
 *
 * @param name as the table that asked for it has it
 * @param ours what was measured of us
 * @param beside what was measured beside it in the same run; null: the goal is absolute
 * @param unit of both
 * @param ratio ours to beside, the worst where there are several; null: the goal is absolute
 * @param goal for the ratio, or for {@code ours} where there is none
 * @param better which way it is meant to go
 * @param parts the figures behind it, by name
 */
record Row(
    String name,
    double ours,
    @Nullable Double beside,
    String unit,
    @Nullable Double ratio,
    double goal,
    Better better,
    Map<String, Double> parts) {

  /** Digits that are told; a run is not exact to more. */
  private static final MathContext DIGITS = new MathContext(4);

  Row {
    parts = Collections.unmodifiableMap(new LinkedHashMap<>(parts));
  }

  /** A row whose goal is for the ratio. */
  static Row compared(
      String name, double ours, double beside, String unit, double goal, Better better) {
    return new Row(name, ours, beside, unit, ours / beside, goal, better, Map.of());
  }

  /** A row whose goal is for the figure itself. */
  static Row absolute(String name, double ours, String unit, double goal, Better better) {
    return new Row(name, ours, null, unit, null, goal, better, Map.of());
  }

  /** The worst of several comparisons stands for all of them. */
  static Row worstOf(String name, String unit, double goal, Map<String, Pairs> all) {
    Pairs worst = null;
    Map<String, Double> parts = new LinkedHashMap<>();
    for (Map.Entry<String, Pairs> entry : all.entrySet()) {
      Pairs pairs = entry.getValue();
      parts.put(entry.getKey(), pairs.ratio());
      if (worst == null || pairs.ratio() < worst.ratio()) {
        worst = pairs;
      }
    }
    if (worst == null) {
      throw new IllegalArgumentException("row " + name + " compares nothing");
    }
    return new Row(
        name,
        worst.ours(),
        worst.beside(),
        unit,
        worst.ratio(),
        goal,
        Better.HIGHER,
        parts.size() > 1 ? parts : Map.of());
  }

  Row with(Map<String, Double> newParts) {
    return new Row(name, ours, beside, unit, ratio, goal, better, newParts);
  }

  /** Whether it reaches its goal. */
  boolean reached() {
    return better.reaches(ratio == null ? ours : ratio, goal);
  }

  JsonObject toJson() {
    JsonObject json =
        new JsonObject()
            .put("row", name)
            .put("ours", rounded(ours))
            .put("beside", rounded(beside))
            .put("unit", unit)
            .put("ratio", rounded(ratio))
            .put("goal", rounded(goal))
            .put("better", better.word());
    if (!parts.isEmpty()) {
      JsonObject figures = new JsonObject();
      parts.forEach((part, figure) -> figures.put(part, rounded(figure)));
      json.put("parts", figures);
    }
    return json;
  }

  static Row of(JsonObject json) {
    Map<String, Double> parts = new LinkedHashMap<>();
    JsonObject figures = json.getJsonObject("parts", new JsonObject());
    figures.fieldNames().forEach(part -> parts.put(part, figures.getDouble(part)));
    return new Row(
        json.getString("row"),
        json.getDouble("ours"),
        json.getDouble("beside"),
        json.getString("unit"),
        json.getDouble("ratio"),
        json.getDouble("goal"),
        Better.of(json.getString("better")),
        parts);
  }

  /** Whole where it is, without digits that mean nothing. */
  private static @Nullable Number rounded(@Nullable Double figure) {
    if (figure == null) {
      return null;
    }
    BigDecimal value = BigDecimal.valueOf(figure).round(DIGITS);
    boolean whole = value.stripTrailingZeros().scale() <= 0;
    if (whole) {
      return value.longValueExact();
    }
    return value.doubleValue();
  }
}
