package dev.tmem.cli.client;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.ErrorCode;
import dev.tmem.SwapAreaOptions;
import dev.tmem.TmemException;
import dev.tmem.TmemFullException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files into areas and out again. */
class FileImportTest {

  private static final int PAGE = 4096;

  @TempDir Path folder;

  private final TwinArea area = new TwinArea(new SwapAreaOptions());

  private Path file(int bytes) throws IOException {
    byte[] content = new byte[bytes];
    new Random(bytes).nextBytes(content);
    return Files.write(folder.resolve("in-" + bytes), content);
  }

  private FileImport.Result bringIn(Path file) throws IOException {
    return new FileImport(area, bytes -> {}).run(file);
  }

  private Path bringOut() throws IOException {
    Path out = folder.resolve("out");
    new FileExport(area, bytes -> {}).run(out, area.pages().await(), true);
    return out;
  }

  @ParameterizedTest
  @ValueSource(
      ints = {0, 1, PAGE - 1, PAGE, PAGE + 1, 64 * PAGE - 1, 64 * PAGE, 64 * PAGE + 1, 3_000_000})
  void aFileComesBackAsItWas(int bytes) throws IOException {
    Path in = file(bytes);
    FileImport.Result result = bringIn(in);
    assertEquals((bytes + PAGE - 1) / PAGE, result.pages());
    assertEquals(bytes, result.bytes());
    assertEquals(result.pages(), area.map.size());
    assertEquals(-1, Files.mismatch(in, bringOut()));
  }

  @Test
  void otherPageSizesDoAsWell() throws IOException {
    TwinArea large = new TwinArea(new SwapAreaOptions().setPageSize(65536));
    Path in = file(1_000_001);
    FileImport.Result result = new FileImport(large, bytes -> {}).run(in);
    assertEquals(16, result.pages());
    Path out = folder.resolve("large");
    new FileExport(large, bytes -> {}).run(out, 16, false);
    assertEquals(-1, Files.mismatch(in, out));
  }

  @Test
  void ofALongerFileNothingIsLeft() throws IOException {
    bringIn(file(10_000 * 4));
    Path shorter = file(2 * PAGE);
    assertEquals(8, bringIn(shorter).invalidated());
    assertEquals(2, area.map.size());
    assertEquals(-1, Files.mismatch(shorter, bringOut()));
    assertEquals(2, bringIn(file(0)).invalidated());
    assertEquals(0, Files.size(bringOut()));
  }

  @Test
  void progressAddsUp() throws IOException {
    AtomicLong in = new AtomicLong();
    AtomicLong out = new AtomicLong();
    new FileImport(area, in::addAndGet).run(file(1_234_567));
    new FileExport(area, out::addAndGet).run(folder.resolve("o"), area.map.size(), false);
    assertEquals(1_234_567, in.get());
    assertEquals(1_234_567, out.get());
  }

  @Test
  void aFileThatTheAreaHasNoRoomForIsRefusedBeforeAnythingIsStored() throws IOException {
    TwinArea small = new TwinArea(new SwapAreaOptions().setMaxPages(2));
    Path tooLong = file(2 * PAGE + 1);
    TmemException refused =
        assertThrows(TmemException.class, () -> new FileImport(small, b -> {}).run(tooLong));
    assertEquals(ErrorCode.INVALID_OFFSET, refused.code());
    assertTrue(String.valueOf(refused.getMessage()).contains("has 3 pages"), refused.getMessage());
    assertTrue(small.map.isEmpty());
    assertEquals(2, new FileImport(small, b -> {}).run(file(2 * PAGE)).pages());
  }

  @Test
  void whatMayPassIsTriedAgain() throws IOException {
    Set<Long> seen = ConcurrentHashMap.newKeySet();
    area.faults =
        offset -> offset % 7 == 0 && seen.add(offset) ? new TmemFullException("full now") : null;
    Path in = file(100 * PAGE);
    bringIn(in);
    seen.clear();
    area.faults =
        offset ->
            offset % 5 == 0 && seen.add(offset)
                ? new TmemException(ErrorCode.OUTCOME_UNKNOWN, "no answer")
                : null;
    assertEquals(-1, Files.mismatch(in, bringOut()));
  }

  @Test
  void whatWillNotPassEndsIt() throws IOException {
    area.faults =
        offset -> offset == 70 ? new TmemException(ErrorCode.AREA_CLOSED, "swapped off") : null;
    Path in = file(4_000_000);
    TmemException failure = assertThrows(TmemException.class, () -> bringIn(in));
    assertTrue(String.valueOf(failure.getMessage()).contains("swapped off"), failure.getMessage());
  }

  @Test
  void anAreaWithAGapIsNoFile() throws IOException {
    bringIn(file(10 * PAGE));
    area.map.remove(4L);
    assertRefused("of its 9 pages, page 4 is absent");
  }

  @Test
  void anAreaWithAShortPageInItsMiddleIsNoFile() throws IOException {
    bringIn(file(10 * PAGE));
    area.map.put(4L, new byte[100]);
    assertRefused("page 4 has 100 bytes");
  }

  private void assertRefused(String why) throws IOException {
    TmemException refused = assertThrows(TmemException.class, this::bringOut);
    assertEquals(ErrorCode.INVALID_PAGE, refused.code());
    assertTrue(String.valueOf(refused.getMessage()).contains(why), refused.getMessage());
    assertFalse(Files.exists(folder.resolve("out")));
    assertNoParts();
  }

  private void assertNoParts() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      assertTrue(files.noneMatch(file -> file.toString().endsWith(".part")));
    }
  }

  @Test
  void aFileThatIsThereIsReplacedByForceAlone() throws IOException {
    bringIn(file(PAGE));
    Path there = Files.writeString(folder.resolve("there"), "precious");
    FileExport export = new FileExport(area, bytes -> {});
    FileAlreadyExistsException refused =
        assertThrows(FileAlreadyExistsException.class, () -> export.run(there, 1, false));
    assertEquals("exists already; --force replaces it", refused.getReason());
    assertEquals("precious", Files.readString(there));
    export.run(there, 1, true);
    assertArrayEquals(area.map.get(0L), Files.readAllBytes(there));
    assertNoParts();
  }

  @Test
  void anExportThatFailsLeavesTheOldFile() throws IOException {
    bringIn(file(200 * PAGE));
    Path there = Files.writeString(folder.resolve("there"), "precious");
    area.faults = offset -> offset == 150 ? new TmemException(ErrorCode.AREA_GONE, "gone") : null;
    FileExport export = new FileExport(area, bytes -> {});
    assertThrows(TmemException.class, () -> export.run(there, 200, true));
    assertEquals("precious", Files.readString(there));
    assertNoParts();
  }

  @Test
  void aTargetThatLiesNowhereIsRefused() {
    IOException nowhere =
        assertThrows(
            IOException.class, () -> FileExport.checkTarget(folder.resolve("none/file"), false));
    assertTrue(
        String.valueOf(nowhere.getMessage()).endsWith("none: no such folder"),
        nowhere.getMessage());
    assertThrows(FileAlreadyExistsException.class, () -> FileExport.checkTarget(folder, true));
  }
}
