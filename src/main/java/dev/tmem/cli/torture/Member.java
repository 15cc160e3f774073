package dev.tmem.cli.torture;

import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A {@link MemberMain} in a process of its own. What it says beside its answers goes to its log.
 * Confined to the main thread, but for {@link #destroy}.
 */
final class Member {

  private static final Logger LOG = LoggerFactory.getLogger(Member.class);

  /** Several JVMs that start cold on few busy cores. */
  private static final long READY_SECONDS = 240;

  private static final long END_SECONDS = 30;

  /** Comes in place of an answer when there will be none. */
  private static final JsonObject ENDED = new JsonObject().put("ended", true);

  private final String name;
  private final Process process;
  private final Writer words;
  private final BlockingQueue<JsonObject> answers = new LinkedBlockingQueue<>();

  private Member(String name, Process process) {
    this.name = name;
    this.process = process;
    this.words = process.outputWriter(StandardCharsets.UTF_8);
    Thread.ofPlatform().daemon().name("words of " + name).start(this::read);
  }

  static Member start(String name, List<String> command, Path log) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
    return new Member(name, builder.start());
  }

  private void read() {
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      String line = lines.readLine();
      while (line != null) {
        if (line.startsWith(MemberMain.ANSWER)) {
          answers.add(new JsonObject(line.substring(MemberMain.ANSWER.length())));
        }
        line = lines.readLine();
      }
    } catch (IOException closed) {
      LOG.debug("{} says no more", name, closed);
    }
    answers.add(ENDED);
  }

  String name() {
    return name;
  }

  void awaitReady() throws IOException {
    answer(READY_SECONDS);
  }

  /** Says a word, and does not wait for what it comes to. */
  void say(String word) throws IOException {
    words.write(word);
    words.write('\n');
    words.flush();
  }

  /** The answer to the word that was said first of those without one. */
  JsonObject answer(long seconds) throws IOException {
    try {
      JsonObject answer = answers.poll(seconds, TimeUnit.SECONDS);
      if (answer == null) {
        throw new IOException(name + " did not answer in " + seconds + " s");
      }
      if (answer.equals(ENDED)) {
        throw new IOException(name + " has ended");
      }
      return answer;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", interrupted);
    }
  }

  JsonObject ask(String word, long seconds) throws IOException {
    say(word);
    return answer(seconds);
  }

  // ---- Signals

  /** SIGKILL. */
  void kill() throws IOException {
    process.destroyForcibly();
    awaitEnd();
  }

  void pause() throws IOException {
    signal("STOP");
  }

  void resume() throws IOException {
    signal("CONT");
  }

  private void signal(String which) throws IOException {
    Commands.run(List.of("kill", "-" + which, Long.toString(process.pid())));
  }

  /** Ends it at once, without waiting. */
  void destroy() {
    process.destroyForcibly();
  }

  void awaitEnd() throws IOException {
    try {
      if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
        throw new IOException(name + " survives being killed");
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", interrupted);
    }
  }
}
