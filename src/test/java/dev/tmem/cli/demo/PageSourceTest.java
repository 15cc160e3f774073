package dev.tmem.cli.demo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PageSourceTest {

  private static final int PAGE = 1024;

  @TempDir Path folder;

  private byte[] write(String name, int bytes) throws IOException {
    byte[] content = new byte[bytes];
    new Random(bytes).nextBytes(content);
    Files.createDirectories(folder.resolve(name).getParent());
    Files.write(folder.resolve(name), content);
    return content;
  }

  @Test
  void filesOfAFolderAreOneRowOfPages() throws IOException {
    byte[] a = write("a", 2 * PAGE + 7);
    write("empty", 0);
    byte[] b = write("in/b", PAGE);
    byte[] c = write("in/deep/c", 1);
    PageSource source = PageSource.of(PAGE, List.of(folder));
    assertEquals(3, source.files());
    assertEquals(3 + 1 + 1, source.pages());
    assertEquals(a.length + b.length + c.length, source.bytes());
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] page : source.pages(0, 5)) {
      all.write(page);
    }
    ByteArrayOutputStream expected = new ByteArrayOutputStream();
    expected.write(a);
    expected.write(b);
    expected.write(c);
    assertArrayEquals(expected.toByteArray(), all.toByteArray());
    assertEquals(7, source.page(2).length);
    assertArrayEquals(b, source.page(3));
  }

  @Test
  void anyRunOfPagesIsThePagesOfIt() throws IOException {
    write("a", 5 * PAGE + 7);
    write("b", 3);
    write("c", 4 * PAGE);
    PageSource source = PageSource.of(PAGE, List.of(folder));
    for (int from = 0; from < source.pages(); from++) {
      for (int count = 1; from + count <= source.pages(); count++) {
        List<byte[]> run = source.pages(from, count);
        assertEquals(count, run.size());
        for (int i = 0; i < count; i++) {
          assertArrayEquals(source.page(from + i), run.get(i));
        }
      }
    }
  }

  @Test
  void theFilesOfTheJdkAreEnough() throws IOException {
    PageSource source = PageSource.ofJdk(4096, 200L << 20);
    assertTrue(source.bytes() >= 200L << 20);
    PageSource twice = PageSource.ofJdk(4096, 1L << 30);
    assertTrue(twice.bytes() >= 1L << 30);
    assertArrayEquals(source.page(17), twice.page(17));
  }

  @Test
  void nothingToImportIsSaid() throws IOException {
    write("empty", 0);
    IOException nothing =
        assertThrows(IOException.class, () -> PageSource.of(PAGE, List.of(folder)));
    assertEquals("there is nothing to import: 1 files, all empty", nothing.getMessage());
    assertThrows(
        NoSuchFileException.class, () -> PageSource.of(PAGE, List.of(folder.resolve("none"))));
  }

  @Test
  void aFileThatShrinksIsNoticed() throws IOException {
    write("a", 4 * PAGE);
    PageSource source = PageSource.of(PAGE, List.of(folder));
    write("a", 3 * PAGE);
    assertThrows(EOFException.class, () -> source.page(3));
  }
}
