package dev.tmem.cli;

import dev.tmem.ErrorCode;
import dev.tmem.Options;
import dev.tmem.SwapArea;
import dev.tmem.SwapAreaOptions;
import dev.tmem.Tmem;
import dev.tmem.TmemException;
import dev.tmem.cli.client.FileImport;
import dev.tmem.cli.terminal.Amount;
import dev.tmem.cli.terminal.Progress;
import dev.tmem.cli.terminal.Terminal;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** A file becomes the pages of a swap area. Confined to the main thread. */
@Command(
    name = "import",
    description = {
      "Bring a file into a swap area, as pages 0, 1, 2 and so on.",
      "",
      "The last page is as short as the file ends. Pages of a longer file that the area held are"
          + " forgotten. The area is made if there is none of that name."
    })
final class ImportCommand extends ClientCommand {

  @Parameters(index = "0", paramLabel = "AREA", description = "The swap area.")
  private String area = "";

  @Parameters(index = "1", paramLabel = "FILE", description = "The file to read.")
  private Path file = Path.of("");

  @Option(
      names = "--page-size",
      paramLabel = "BYTES",
      description = "Of an area that is made, 1k to 64k (default: 4k).")
  private @Nullable String pageSize;

  private @Nullable SwapAreaOptions options;

  ImportCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  void check() throws IOException {
    Options.name("area", area);
    if (pageSize != null) {
      options = new SwapAreaOptions(new JsonObject().put("pageSize", pageSize));
    }
    if (Files.isDirectory(file)) {
      throw new FileSystemException(file.toString(), null, "is a folder");
    }
    FileChannel.open(file, StandardOpenOption.READ).close();
  }

  @Override
  void run(Tmem node) throws IOException {
    SwapArea opened = open(node).await();
    try (Progress progress = new Progress(terminal, "import " + area, Files.size(file))) {
      FileImport.Result result = new FileImport(opened, progress::add).run(file);
      double seconds = progress.seconds();
      progress.finish();
      report(node, result, seconds);
    } finally {
      opened.close().await();
    }
  }

  /** With a page size the area must agree to it; without, any area of that name will do. */
  private Future<SwapArea> open(Tmem node) {
    if (options != null) {
      return node.swapOn(area, options);
    }
    return node.area(area)
        .recover(failure ->
            failure instanceof TmemException known && known.code() == ErrorCode.UNKNOWN_AREA
                ? node.swapOn(area, new SwapAreaOptions())
                : Future.failedFuture(failure));
  }

  private void report(Tmem node, FileImport.Result result, double seconds) {
    if (json()) {
      terminal.print(
          new JsonObject()
              .put("node", node.nodeName())
              .put("area", area)
              .put("pages", result.pages())
              .put("bytes", result.bytes())
              .put("invalidated", result.invalidated())
              .put("seconds", seconds));
      return;
    }
    terminal.print(
        "%s pages, %s, in %s (%s) into area %s of %s"
            .formatted(
                Amount.count(result.pages()),
                Amount.bytes(result.bytes()),
                Amount.seconds(seconds),
                Amount.bytesPerSecond(result.bytes() / seconds),
                area,
                node.nodeName()));
    if (result.invalidated() > 0) {
      terminal.print(Amount.count(result.invalidated()) + " pages of an older file forgotten");
    }
  }
}
