package dev.tmem.cli;

import dev.tmem.cli.terminal.Terminal;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.ParameterException;

/** Where the process begins. Confined to the main thread. */
public final class Main {

  private static final String LOG_CONFIGURATION = "logback.configurationFile";

  private final Terminal terminal;
  private final RootCommand root = new RootCommand();

  private Main(Terminal terminal) {
    this.terminal = terminal;
  }

  /** Runs the command and ends the process with its exit code. */
  public static void main(String[] arguments) {
    // Not at the root of the jar: there it would also rule a program that uses the jar as a
    // library.
    if (System.getProperty(LOG_CONFIGURATION) == null) {
      System.setProperty(LOG_CONFIGURATION, "dev/tmem/cli/logback.xml");
    }
    int code = run(Terminal.system(), arguments);
    System.out.flush();
    System.err.flush();
    System.exit(code);
  }

  /** Runs the command and returns its exit code. */
  static int run(Terminal terminal, String... arguments) {
    return new Main(terminal).commandLine().execute(arguments);
  }

  CommandLine commandLine() {
    CommandLine line = new CommandLine(root);
    for (Object command :
        List.of(
            new NodeCommand(terminal),
            new ImportCommand(terminal),
            new ExportCommand(terminal),
            new StatsCommand(terminal),
            new AreasCommand(terminal),
            new CachesCommand(terminal),
            new BackendsCommand(terminal),
            new PeersCommand(terminal),
            new DrainCommand(terminal),
            new SlotsCommand(terminal),
            new ClassesCommand(terminal),
            new AdminCommand(terminal),
            new DemoCommand(terminal),
            new TortureCommand(terminal),
            new TortureMemberCommand(terminal),
            new SimulateCommand(terminal),
            new BenchCommand(terminal))) {
      line.addSubcommand(command);
    }
    line.setOut(new PrintWriter(terminal.out(), true, StandardCharsets.UTF_8));
    line.setErr(new PrintWriter(terminal.err(), true, StandardCharsets.UTF_8));
    line.setColorScheme(
        CommandLine.Help.defaultColorScheme(terminal.colourOut() ? Ansi.ON : Ansi.OFF));
    line.setParameterExceptionHandler((wrong, arguments) -> refuse(wrong));
    line.setExecutionStrategy(parsed -> {
      Logs.set(root.verbose(), parsed);
      return new CommandLine.RunLast().execute(parsed);
    });
    line.setExecutionExceptionHandler((failure, command, parsed) -> fail(failure, command));
    return line;
  }

  private int refuse(ParameterException wrong) {
    String command = wrong.getCommandLine().getCommandSpec().qualifiedName();
    String why = Objects.toString(wrong.getMessage(), "wrong usage").strip();
    terminal.note(command + ": " + Failure.oneLine(why) + "; see " + command + " --help");
    showTrace(wrong);
    return ExitCode.WRONG_USAGE;
  }

  private int fail(Exception failure, CommandLine command) {
    if (failure instanceof ParameterException wrong) {
      return refuse(wrong);
    }
    terminal.note(command.getCommandSpec().qualifiedName() + ": " + Failure.line(failure));
    showTrace(failure);
    return ExitCode.of(failure);
  }

  private void showTrace(Exception failure) {
    if (root.verbose()) {
      failure.printStackTrace(terminal.err());
    }
  }
}
