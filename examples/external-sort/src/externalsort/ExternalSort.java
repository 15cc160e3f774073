package externalsort;

import dev.tmem.SwapArea;
import dev.tmem.SwapAreaOptions;
import dev.tmem.Tmem;
import dev.tmem.TmemOptions;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Sorts the lines of a file by their bytes, as {@code LC_ALL=C sort} does. Reads as many lines as
 * the heap takes, sorts them, spills them as a run into a swap area, and in the end merges the
 * runs. The runs lie compressed in off-heap memory, in the memory of peers, or in the swap file.
 */
public final class ExternalSort {

  /** Heap that a line takes beside its bytes: array header, padding, reference and its copy. */
  private static final int LINE_OVERHEAD = 40;

  /** Lines of a run and what is made while sorting may take this part of the heap. */
  private static final int RUN_PART = 4;

  /** Pages of the runs being merged may take this part of the heap. */
  private static final int MERGE_PART = 2;

  private final SwapArea area;
  private final long runBytes;
  private final List<Run> runs = new ArrayList<>();

  private ExternalSort(SwapArea area, long runBytes) {
    this.area = area;
    this.runBytes = runBytes;
  }

  public static void main(String[] args) throws IOException {
    if (args.length < 2 || args.length > 3) {
      System.err.println("usage: ExternalSort INPUT OUTPUT [OPTIONS OF THE NODE, AS JSON]");
      System.exit(2);
    }
    JsonObject json = args.length == 3 ? new JsonObject(args[2]) : new JsonObject();
    Vertx vertx = Vertx.vertx();
    try {
      Tmem tmem = Tmem.start(vertx, new TmemOptions(json)).await();
      try {
        // Runs are read from front to back, so a page is as large as it may be.
        SwapAreaOptions options = new SwapAreaOptions().setPageSize(SwapAreaOptions.MAX_PAGE_SIZE);
        SwapArea area = tmem.swapOn("runs", options).await();
        long runBytes = Runtime.getRuntime().maxMemory() / RUN_PART;
        new ExternalSort(area, runBytes).sort(Path.of(args[0]), Path.of(args[1]));
      } finally {
        tmem.close().await();
      }
    } finally {
      vertx.close().await();
    }
  }

  /** The output appears under its name when it is complete. */
  private void sort(Path input, Path output) throws IOException {
    long lines = spill(input);
    System.out.println(lines + " lines in " + runs.size() + " runs");
    checkMerge();
    Path part = Path.of(output + ".part");
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(part), 1 << 16)) {
      merge(out);
    }
    Files.move(part, output, StandardCopyOption.REPLACE_EXISTING);
    System.out.println("sorted");
  }

  /** A merge holds two pages of every run at a time. */
  private void checkMerge() throws IOException {
    long bytes = 2L * runs.size() * area.options().getPageSize();
    if (bytes > Runtime.getRuntime().maxMemory() / MERGE_PART) {
      throw new IOException(runs.size() + " runs are too many to merge in this heap; enlarge it");
    }
  }

  private long spill(Path input) throws IOException {
    List<byte[]> lines = new ArrayList<>();
    long bytes = 0;
    long count = 0;
    try (Lines in = new Lines(Files.newInputStream(input))) {
      while (in.next()) {
        lines.add(in.line());
        count++;
        bytes += in.line().length + LINE_OVERHEAD;
        if (bytes >= runBytes) {
          spillRun(lines);
          lines = new ArrayList<>();
          bytes = 0;
        }
      }
    }
    if (!lines.isEmpty()) {
      spillRun(lines);
    }
    return count;
  }

  private void spillRun(List<byte[]> lines) {
    lines.sort(Arrays::compareUnsigned);
    long begin = runs.isEmpty() ? 0 : runs.getLast().end();
    PageOutput out = new PageOutput(area, begin);
    try (out) {
      for (byte[] line : lines) {
        out.write(line, 0, line.length);
        out.write(Lines.END);
      }
    }
    runs.add(new Run(begin, out.end()));
  }

  private void merge(OutputStream out) throws IOException {
    PriorityQueue<Lines> fronts =
        new PriorityQueue<>((a, b) -> Arrays.compareUnsigned(a.line(), b.line()));
    for (Run run : runs) {
      Lines lines = new Lines(new PageInput(area, run));
      if (lines.next()) {
        fronts.add(lines);
      }
    }
    for (Lines first = fronts.poll(); first != null; first = fronts.poll()) {
      out.write(first.line());
      out.write(Lines.END);
      if (first.next()) {
        fronts.add(first);
      }
    }
  }
}
