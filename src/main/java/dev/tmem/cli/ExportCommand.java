package dev.tmem.cli;

import dev.tmem.Options;
import dev.tmem.SwapArea;
import dev.tmem.Tmem;
import dev.tmem.cli.client.FileExport;
import dev.tmem.cli.terminal.Amount;
import dev.tmem.cli.terminal.Progress;
import dev.tmem.cli.terminal.Terminal;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The pages of a swap area become a file. Confined to the main thread. */
@Command(
    name = "export",
    description = {
      "Write the pages of a swap area to a file.",
      "",
      "The area must hold a file: pages from 0 on, none missing, none short but the last. The file"
          + " appears when it is complete."
    })
final class ExportCommand extends ClientCommand {

  @Parameters(index = "0", paramLabel = "AREA", description = "The swap area.")
  private String area = "";

  @Parameters(index = "1", paramLabel = "FILE", description = "The file to write.")
  private Path file = Path.of("");

  @Option(names = "--force", description = "Replace a file of that name.")
  private boolean force;

  ExportCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  void check() throws IOException {
    Options.name("area", area);
    FileExport.checkTarget(file, force);
  }

  @Override
  void run(Tmem node) throws IOException {
    SwapArea opened = node.area(area).await();
    long pages = opened.pages().await();
    long bytes = pages * opened.options().getPageSize();
    try (Progress progress = new Progress(terminal, "export " + area, bytes)) {
      FileExport.Result result = new FileExport(opened, progress::add).run(file, pages, force);
      double seconds = progress.seconds();
      progress.finish();
      report(node, result, seconds);
    } finally {
      opened.close().await();
    }
  }

  private void report(Tmem node, FileExport.Result result, double seconds) {
    if (json()) {
      terminal.print(
          new JsonObject()
              .put("node", node.nodeName())
              .put("area", area)
              .put("pages", result.pages())
              .put("bytes", result.bytes())
              .put("file", file.toString())
              .put("seconds", seconds));
      return;
    }
    terminal.print(
        "%s pages, %s, in %s (%s) from area %s of %s to %s"
            .formatted(
                Amount.count(result.pages()),
                Amount.bytes(result.bytes()),
                Amount.seconds(seconds),
                Amount.bytesPerSecond(result.bytes() / seconds),
                area,
                node.nodeName(),
                file));
  }
}
