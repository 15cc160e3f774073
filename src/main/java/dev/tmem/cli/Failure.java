package dev.tmem.cli;

import dev.tmem.TmemException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Objects;

/** What went wrong, in one line for people. */
final class Failure {

  private Failure() {}

  static String line(Throwable failure) {
    String text =
        switch (failure) {
          case TmemException known -> Objects.toString(known.getMessage(), known.code().name());
          case NoSuchFileException e -> e.getFile() + ": no such file";
          case AccessDeniedException e -> e.getFile() + ": permission denied";
          case NotDirectoryException e -> e.getFile() + ": not a folder";
          case FileSystemException e when e.getReason() != null ->
              e.getFile() + ": " + e.getReason();
          case IOException e -> Objects.toString(e.getMessage(), e.toString());
          default -> "unexpected: " + failure + " (--verbose shows where)";
        };
    return oneLine(text);
  }

  static String oneLine(String text) {
    return text.strip().replaceAll("\\s*\\R\\s*", "; ");
  }
}
