package dev.tmem.swapfile;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.ErrorCode;
import dev.tmem.TmemException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Random;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is taken into use, and what is refused, with its reason and without a trace. */
class ActivationTest {

  private static final Geometry SMALL = new Geometry(Rig.SEGMENT_BYTES, 8);
  private static final long ENOUGH = Geometry.minFileBytes(Geometry.SEGMENT_BYTES);

  @TempDir Path folder;

  private Path file() {
    return folder.resolve("swap");
  }

  private static SwapFile activate(Path file) {
    return activate(file, SMALL, Rig.NODE);
  }

  private static SwapFile activate(Path file, Geometry geometry, String node) {
    return new Activation(file, geometry, node, UnaryOperator.identity(), NativeFile::open).run();
  }

  private static void refused(Path file, String... words) {
    check(assertThrows(TmemException.class, () -> activate(file).close()), file, words);
  }

  private static void check(TmemException refusal, Path file, String... words) {
    assertEquals(ErrorCode.BACKEND_FAILED, refusal.code());
    String message = String.valueOf(refusal.getMessage());
    assertTrue(message.contains(file.toString()), message);
    for (String word : words) {
      assertTrue(message.contains(word), message);
    }
  }

  @Test
  void aNewFileHasItsHeaderAndEveryBlock() throws IOException {
    SwapFile swap = activate(file());
    assertEquals(SMALL.fileBytes(), Files.size(file()));
    SystemFile descriptor = swap.system();
    if (descriptor != null) {
      assertTrue(descriptor.reservedBytes() >= SMALL.fileBytes(), "holes");
    }
    swap.close();
    FileHeader header = header(0);
    assertEquals(header, header(1));
    assertEquals(Rig.NODE, header.node());
    assertEquals(SMALL, header.geometry());
    assertEquals(swap.uuid(), header.uuid());
  }

  private FileHeader header(int copy) throws IOException {
    ByteBuffer block = ByteBuffer.allocate(HeaderLayout.BLOCK_BYTES);
    try (RandomAccessFile raw = new RandomAccessFile(file().toFile(), "r")) {
      raw.seek((long) copy * HeaderLayout.BLOCK_BYTES);
      raw.readFully(block.array());
    }
    FileHeader header = FileHeader.decode(block).header();
    assertTrue(header != null);
    return header;
  }

  @Test
  void generationsNeverComeBack() throws IOException {
    long end = 0;
    for (int i = 0; i < 4; i++) {
      SwapFile swap = activate(file());
      assertTrue(swap.firstGeneration() > 0 && swap.firstGeneration() >= end);
      end = swap.endGeneration();
      assertTrue(end > swap.firstGeneration());
      swap.close();
    }
  }

  @Test
  void aFileMayGrowAndShrinkBetweenLives() throws IOException {
    activate(file()).close();
    Geometry larger = new Geometry(Rig.SEGMENT_BYTES, 20);
    activate(file(), larger, Rig.NODE).close();
    assertEquals(larger.fileBytes(), Files.size(file()));
    assertEquals(larger, header(0).geometry());
    activate(file()).close();
    assertEquals(SMALL.fileBytes(), Files.size(file()));
  }

  @Test
  void holesAreFilled() throws IOException {
    activate(file()).close();
    try (RandomAccessFile raw = new RandomAccessFile(file().toFile(), "rw")) {
      raw.setLength(HeaderLayout.HEADER_BYTES);
      raw.setLength(SMALL.fileBytes());
    }
    SwapFile swap = activate(file());
    SystemFile descriptor = swap.system();
    if (descriptor != null) {
      assertTrue(descriptor.reservedBytes() >= SMALL.fileBytes(), "holes");
    }
    swap.close();
  }

  @Test
  void withoutASystemCallEveryBlockIsWritten() throws IOException {
    SwapFile swap =
        new Activation(file(), SMALL, Rig.NODE, UnaryOperator.identity(), file -> null).run();
    assertEquals(null, swap.system());
    swap.close();
    assertEquals(SMALL.fileBytes(), Files.size(file()));
    try (NativeFile descriptor = NativeFile.open(file())) {
      if (descriptor != null) {
        assertTrue(descriptor.reservedBytes() >= SMALL.fileBytes(), "holes");
      }
    }
  }

  /** A system whose disk says what a test wants it to say. */
  private record FakeBlocks(Reserved answer, long held) implements SystemFile {
    @Override
    public void startWriting(long position, long bytes) {}

    @Override
    public Reserved reserve(long from, long bytes) {
      return answer;
    }

    @Override
    public long reservedBytes() {
      return held;
    }

    @Override
    public boolean readNow(ByteBuffer into, long position) {
      return false;
    }

    @Override
    public void close() {}
  }

  private void refusedOn(FakeBlocks blocks, String... words) {
    Activation activation =
        new Activation(file(), SMALL, Rig.NODE, UnaryOperator.identity(), file -> blocks);
    check(assertThrows(TmemException.class, () -> activation.run().close()), file(), words);
  }

  @Test
  void holesThatCannotBeFilledAndDisksThatAreFull() throws IOException {
    for (boolean exists : new boolean[] {false, true}) {
      refusedOn(new FakeBlocks(SystemFile.Reserved.DONE, 4096), "holes", "4096");
      refusedOn(new FakeBlocks(SystemFile.Reserved.UNSUPPORTED, 4096), "holes", "4096");
      refusedOn(
          new FakeBlocks(SystemFile.Reserved.NO_SPACE, 0), "disk space", "" + SMALL.fileBytes());
      assertEquals(exists, Files.exists(file()));
      activate(file()).close();
    }
  }

  @Test
  void withoutASystemCallWhatIsThereStays() throws IOException {
    activate(file()).close();
    byte[] noise = new byte[SMALL.segmentBytes()];
    new Random(5).nextBytes(noise);
    try (RandomAccessFile raw = new RandomAccessFile(file().toFile(), "rw")) {
      raw.seek(SMALL.base(3));
      raw.write(noise);
      raw.setLength(SMALL.base(6));
    }
    new Activation(file(), SMALL, Rig.NODE, UnaryOperator.identity(), file -> null).run().close();
    assertEquals(SMALL.fileBytes(), Files.size(file()));
    byte[] kept = new byte[noise.length];
    try (RandomAccessFile raw = new RandomAccessFile(file().toFile(), "r")) {
      raw.seek(SMALL.base(3));
      raw.readFully(kept);
    }
    assertArrayEquals(noise, kept);
  }

  @Test
  void abandoningLeavesNothingNew() throws IOException {
    activate(file()).abandon();
    assertFalse(Files.exists(file()));
    activate(file()).close();
    activate(file()).abandon();
    assertTrue(Files.exists(file()));
  }

  @Test
  void anUnfinishedActivationIsTakenUp() throws IOException {
    activate(file()).close();
    try (RandomAccessFile raw = new RandomAccessFile(file().toFile(), "rw")) {
      raw.setLength(HeaderLayout.HEADER_BYTES + 100_000);
    }
    activate(file()).close();
    assertEquals(SMALL.fileBytes(), Files.size(file()));
  }

  @Test
  void tooSmallOrTooLarge() {
    TmemException small =
        assertThrows(TmemException.class, () -> Activation.geometry(file(), ENOUGH - 1));
    check(small, file(), "too small", "" + (ENOUGH - 1), "" + ENOUGH);
    assertEquals(Geometry.MIN_SEGMENTS, Activation.geometry(file(), ENOUGH).segments());
    long most = Geometry.maxFileBytes(Geometry.SEGMENT_BYTES);
    TmemException large =
        assertThrows(TmemException.class, () -> Activation.geometry(file(), most + 1));
    check(large, file(), "too large", "" + (most + 1), "" + most);
    assertFalse(Files.exists(file()));
  }

  @Test
  void moreThanTheDiskHas() throws IOException {
    long usable = Files.getFileStore(folder).getUsableSpace();
    Geometry huge =
        new Geometry(Geometry.SEGMENT_BYTES, (int) (usable / Geometry.SEGMENT_BYTES) + 10_000);
    TmemException refusal =
        assertThrows(TmemException.class, () -> activate(file(), huge, Rig.NODE).close());
    check(refusal, file(), "disk space", "" + huge.fileBytes());
    assertFalse(Files.exists(file()), "nothing new is left");

    activate(file()).close();
    byte[] before = Files.readAllBytes(file());
    assertThrows(TmemException.class, () -> activate(file(), huge, Rig.NODE).close());
    assertArrayEquals(before, Files.readAllBytes(file()));
  }

  @Test
  void lockedByThisProcess() throws IOException {
    SwapFile swap = activate(file());
    refused(file(), "this process");
    Path link = Files.createLink(folder.resolve("other-name"), file());
    refused(link, "this process");
    swap.close();
    activate(file()).close();
  }

  @Test
  void lockedByAnotherProcess() throws Exception {
    activate(file()).close();
    byte[] before = Files.readAllBytes(file());
    Process holder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                LockHolder.class.getName(),
                file().toString())
            .redirectErrorStream(true)
            .start();
    try (var out = holder.inputReader()) {
      assertEquals("locked", out.readLine());
      refused(file(), "another process");
      assertArrayEquals(before, Files.readAllBytes(file()));
    } finally {
      holder.getOutputStream().close();
      holder.waitFor();
    }
    activate(file()).close();
  }

  @Test
  void foreignFiles() throws IOException {
    for (int bytes : new int[] {1, 5000, 8192, 100_000}) {
      byte[] content = new byte[bytes];
      new Random(bytes).nextBytes(content);
      Files.write(file(), content);
      refused(file(), "not a swap file");
      assertArrayEquals(content, Files.readAllBytes(file()));
    }
    Files.write(file(), new byte[100_000]);
    refused(file(), "not a swap file");
  }

  @Test
  void anotherNodesFile() throws IOException {
    activate(file(), SMALL, "node-2").close();
    refused(file(), "node-2", "node-1");
  }

  @Test
  void oneDamagedHeaderIsMendedTwoAreRefused() throws IOException {
    for (int copy = 0; copy < HeaderLayout.COPIES; copy++) {
      activate(file()).close();
      UUID uuid = header(0).uuid();
      flip(copy * HeaderLayout.BLOCK_BYTES + HeaderLayout.SERIAL_AT);
      activate(file()).close();
      assertEquals(uuid, header(0).uuid());
      assertEquals(header(0), header(1));
    }
    flip(HeaderLayout.SERIAL_AT);
    flip(HeaderLayout.BLOCK_BYTES + HeaderLayout.CRC_AT);
    byte[] before = Files.readAllBytes(file());
    refused(file(), "damaged header");
    assertArrayEquals(before, Files.readAllBytes(file()));
  }

  private void flip(int at) throws IOException {
    try (RandomAccessFile raw = new RandomAccessFile(file().toFile(), "rw")) {
      raw.seek(at);
      int value = raw.read();
      raw.seek(at);
      raw.write(value ^ 1);
    }
  }

  @Test
  void aNewerFormat() throws IOException {
    activate(file()).close();
    try (RandomAccessFile raw = new RandomAccessFile(file().toFile(), "rw")) {
      byte[] block = new byte[HeaderLayout.BLOCK_BYTES];
      raw.readFully(block);
      ByteBuffer header = ByteBuffer.wrap(block);
      header.putInt(HeaderLayout.VERSION_AT, HeaderLayout.VERSION + 1);
      var crc = new java.util.zip.CRC32C();
      crc.update(block, 0, HeaderLayout.CRC_AT);
      header.putInt(HeaderLayout.CRC_AT, (int) crc.getValue());
      raw.seek(0);
      raw.write(block);
    }
    refused(file(), "format version 4", "up to 3");
  }

  @Test
  void readOnly() throws IOException {
    activate(file()).close();
    Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("r--r--r--"));
    refused(file(), "read-only");
  }

  @Test
  void directoriesAndOtherThings() throws IOException {
    refused(folder, "directory");
    if (Files.exists(Path.of("/dev/null"))) {
      refused(Path.of("/dev/null"), "not a regular file");
    }
    Path link = Files.createSymbolicLink(folder.resolve("link"), folder.resolve("nowhere"));
    refused(link, "leads nowhere");
    refused(folder.resolve("missing").resolve("swap"), "cannot be used");
  }

  @Test
  void aDiskThatFailsMeanwhileLeavesNothing() throws IOException {
    for (int write = 0; write < 4; write++) {
      int until = write;
      TmemException refusal =
          assertThrows(
              TmemException.class,
              () ->
                  new Activation(
                          file(),
                          SMALL,
                          Rig.NODE,
                          real -> {
                            FaultyIo io = new FaultyIo(real);
                            io.writesUntilFailure.set(until);
                            return io;
                          },
                          NativeFile::open)
                      .run()
                      .close());
      check(refusal, file(), "injected");
      assertFalse(Files.exists(file()));
    }
    activate(file()).close();
  }

  @Test
  void headersOfNoiseAreRefusedNotTrusted() {
    Random random = new Random(11);
    ByteBuffer block = ByteBuffer.allocate(HeaderLayout.BLOCK_BYTES);
    for (int i = 0; i < 2000; i++) {
      random.nextBytes(block.array());
      assertEquals(FileHeader.State.FOREIGN, FileHeader.decode(block).state());
      block.putLong(0, HeaderLayout.MAGIC);
      assertEquals(FileHeader.State.DAMAGED, FileHeader.decode(block).state());
    }
  }
}
