package dev.tmem.swapfile;

import static dev.tmem.swapfile.Reservation.refuse;

import dev.tmem.ErrorCode;
import dev.tmem.Options;
import dev.tmem.TmemException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes a file into use: checks what it is, locks it, reserves its blocks, empties it by a new
 * range of generations. Fails with a reason and then leaves no trace: what it created is deleted,
 * what it extended is cut back, what it opened is closed. Confined to one thread; used once.
 */
final class Activation {

  private static final Logger LOG = LoggerFactory.getLogger(Activation.class);

  /** Segments that may be begun in one activation: more than a disk can write in its life. */
  static final long GENERATIONS = 1L << 36;

  private final Path file;
  private Geometry geometry;
  private final String node;
  private final UnaryOperator<FileIo> faults;
  private final Function<Path, @Nullable SystemFile> opener;

  private boolean created;
  private @Nullable Object claim;
  private @Nullable FileChannel channel;
  private @Nullable FileLock lock;
  private @Nullable SystemFile system;
  private long lengthBefore = -1;

  /**
   * @param faults what stands between the backend and the file; the identity but in tests
   * @param opener opens what Java's channels lack; gives null where the system does not offer it
   */
  Activation(
      Path file,
      Geometry geometry,
      String node,
      UnaryOperator<FileIo> faults,
      Function<Path, @Nullable SystemFile> opener) {
    this.file = file.toAbsolutePath();
    this.geometry = geometry;
    this.node = Options.name("node", node);
    this.faults = faults;
    this.opener = opener;
  }

  /** How a file of that size would be divided; refuses one that is too small or too large. */
  static Geometry geometry(Path file, long sizeBytes) {
    long least = Geometry.minFileBytes(Geometry.SEGMENT_BYTES);
    long most = Geometry.maxFileBytes(Geometry.SEGMENT_BYTES);
    if (sizeBytes < least) {
      throw refuse(file, "size " + sizeBytes + " B is too small; at least " + least + " B", null);
    }
    if (sizeBytes > most) {
      throw refuse(file, "size " + sizeBytes + " B is too large; at most " + most + " B", null);
    }
    return Geometry.of(sizeBytes, Geometry.SEGMENT_BYTES);
  }

  /**
   * @throws TmemException with {@link ErrorCode#BACKEND_FAILED} if the file is refused
   */
  SwapFile run() {
    try {
      return activate();
    } catch (IOException e) {
      TmemException refusal = refuse(file, "cannot be used: " + e, e);
      undo(refusal);
      throw refusal;
    } catch (RuntimeException | Error e) {
      undo(e);
      throw e;
    }
  }

  private SwapFile activate() throws IOException {
    create();
    Object identity = FilesInUse.ofProcess().claim(file);
    if (identity == null) {
      throw refuse(file, "is in use by this process already", null);
    }
    claim = identity;
    FileChannel open = open();
    channel = open;
    lock(open);
    if (!FilesInUse.identity(file).equals(identity)) {
      // Another process made it, failed, and deleted it; what has its name now is not ours.
      created = false;
      throw refuse(file, "was replaced while it was being opened", null);
    }
    system = opener.apply(file);
    FileIo io = faults.apply(new ChannelIo(open, system));
    lengthBefore = open.size();
    FileHeader before = lengthBefore == 0 ? fresh() : readHeader(io);
    geometry = roomForDurable(before, io);
    // A new file gets its header first: should the process die while blocks are being reserved, the
    // file is known to be ours, and the next activation goes on with it.
    if (lengthBefore == 0) {
      HeaderBlocks.write(io, before);
    }
    new Reservation(file, open, io, system)
        .reserve(HeaderLayout.BLOCKS_BYTES, geometry.fileBytes());
    FileHeader now =
        new FileHeader(
            node,
            before.uuid(),
            geometry,
            before.generationFloor() + GENERATIONS,
            before.serial() + 1);
    HeaderBlocks.write(io, now);
    if (open.size() > geometry.fileBytes()) {
      open.truncate(geometry.fileBytes());
    }
    return new SwapFile(file, now, before.generationFloor(), io, open, system, identity, created);
  }

  /** A file that holds durable areas is never made smaller: it keeps the size it has. */
  private Geometry roomForDurable(FileHeader before, FileIo io) throws IOException {
    Geometry had = before.geometry();
    boolean shrinks =
        had.segmentBytes() != geometry.segmentBytes() || had.segments() > geometry.segments();
    if (lengthBefore == 0 || !shrinks) {
      return geometry;
    }
    Catalogue catalogue = Catalogue.read(io);
    if (catalogue == null || catalogue.areas().isEmpty()) {
      return geometry;
    }
    if (had.segmentBytes() != geometry.segmentBytes()) {
      throw refuse(file, "holds durable areas in segments of another size", null);
    }
    LOG.warn(
        "swap file {} holds durable areas: it keeps its size of {} B; {} B were asked for",
        file,
        had.fileBytes(),
        geometry.fileBytes());
    return had;
  }

  private void create() throws IOException {
    if (!Files.exists(file)) {
      try {
        Files.createFile(file);
        created = true;
      } catch (FileAlreadyExistsException e) {
        if (!Files.exists(file)) {
          throw refuse(file, "is a link that leads nowhere", e);
        }
        // Another process was quicker; its lock decides.
      }
    }
    if (Files.isDirectory(file)) {
      throw refuse(file, "is a directory, not a regular file", null);
    }
    if (!Files.isRegularFile(file)) {
      throw refuse(file, "is not a regular file", null);
    }
  }

  private FileChannel open() throws IOException {
    // An administrator may write to anything; a file marked read-only is refused to him too.
    var posix = Files.getFileAttributeView(file, PosixFileAttributeView.class);
    if (posix != null) {
      var permissions = posix.readAttributes().permissions();
      var writing =
          EnumSet.of(
              PosixFilePermission.OWNER_WRITE,
              PosixFilePermission.GROUP_WRITE,
              PosixFilePermission.OTHERS_WRITE);
      writing.retainAll(permissions);
      if (writing.isEmpty()) {
        throw refuse(file, "is read-only", null);
      }
    }
    try {
      return FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
    } catch (AccessDeniedException e) {
      throw refuse(file, "is read-only, or access to it is denied", e);
    }
  }

  private void lock(FileChannel open) throws IOException {
    try {
      lock = open.tryLock();
    } catch (OverlappingFileLockException e) {
      throw refuse(file, "is locked by this process already", e);
    }
    if (lock == null) {
      throw refuse(file, "is locked by another process", null);
    }
  }

  private FileHeader fresh() {
    return new FileHeader(node, UUID.randomUUID(), geometry, 1, 0);
  }

  private FileHeader readHeader(FileIo io) throws IOException {
    if (lengthBefore < HeaderLayout.HEADER_BYTES) {
      throw refuse(file, "is not a swap file: it has only " + lengthBefore + " B", null);
    }
    FileHeader best = null;
    boolean damaged = false;
    for (int copy = 0; copy < HeaderLayout.COPIES; copy++) {
      ByteBuffer block = ByteBuffer.allocate(HeaderLayout.BLOCK_BYTES);
      io.readFully(block, (long) copy * HeaderLayout.BLOCK_BYTES);
      FileHeader.Found found = FileHeader.decode(block);
      if (found.state() == FileHeader.State.NEWER) {
        throw refuse(
            file,
            "has format version " + found.version() + "; known is up to " + HeaderLayout.VERSION,
            null);
      }
      damaged |= found.state() == FileHeader.State.DAMAGED;
      FileHeader header = found.header();
      if (header != null && (best == null || header.serial() > best.serial())) {
        best = header;
      }
    }
    if (best == null) {
      throw refuse(
          file, damaged ? "has a damaged header, both copies" : "is not a swap file", null);
    }
    if (!best.node().equals(node)) {
      throw refuse(file, "belongs to node " + best.node() + ", not to " + node, null);
    }
    if (best.generationFloor() > Long.MAX_VALUE - GENERATIONS) {
      throw refuse(file, "has used up its generations; delete it", null);
    }
    return best;
  }

  /** Only with the lock in hand may the file itself be touched: else it is someone else's. */
  private void undo(Throwable reason) {
    try {
      if (lock != null && channel != null) {
        if (created) {
          Files.deleteIfExists(file);
        } else if (lengthBefore >= 0 && channel.size() > lengthBefore) {
          channel.truncate(lengthBefore);
        }
      }
    } catch (IOException e) {
      reason.addSuppressed(e);
    }
    closeBoth(reason);
    if (claim != null) {
      FilesInUse.ofProcess().release(claim);
    }
  }

  /** The channel first: with the descriptor its lock would go. */
  private void closeBoth(Throwable reason) {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      reason.addSuppressed(e);
    }
    if (system != null) {
      system.close();
    }
  }
}
