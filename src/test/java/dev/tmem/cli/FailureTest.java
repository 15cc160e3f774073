package dev.tmem.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tmem.ErrorCode;
import dev.tmem.TmemException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;

class FailureTest {

  @Test
  void everyFailureIsOneLine() {
    assertEquals(
        "first; second", Failure.line(new TmemException(ErrorCode.INTERNAL, "first\n  second\n")));
    assertEquals("f: no such file", Failure.line(new NoSuchFileException("f")));
    assertEquals("f: permission denied", Failure.line(new AccessDeniedException("f")));
    assertEquals("f: why", Failure.line(new FileAlreadyExistsException("f", null, "why")));
    assertEquals("disk", Failure.line(new IOException("disk")));
    assertEquals(
        "unexpected: java.lang.IllegalStateException: odd (--verbose shows where)",
        Failure.line(new IllegalStateException("odd")));
  }

  @Test
  void whatIsTheRequestsFaultIsWrongUsage() {
    assertEquals(2, exit(ErrorCode.INVALID_OPTION));
    assertEquals(2, exit(ErrorCode.UNKNOWN_COMMAND));
    assertEquals(2, exit(ErrorCode.MALFORMED_MESSAGE));
    assertEquals(1, exit(ErrorCode.UNKNOWN_AREA));
    assertEquals(1, exit(ErrorCode.NODE_UNREACHABLE));
    assertEquals(1, ExitCode.of(new IOException("disk")));
  }

  private static int exit(ErrorCode code) {
    return ExitCode.of(new TmemException(code, "x"));
  }
}
