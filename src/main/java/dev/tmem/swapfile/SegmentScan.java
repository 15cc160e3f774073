package dev.tmem.swapfile;

import java.nio.ByteBuffer;

/**
 * Goes through the records of a segment as they lie on disk, and believes nothing: every record
 * shows itself by two checksums that only its own segment's generation gives. Confined to one
 * thread.
 */
final class SegmentScan {

  /** Is told what lies there. The buffer is that of the scan. */
  interface Visitor {
    /** A whole record. */
    void record(ByteBuffer segment, int at);

    /** A record that can still be told, but whose payload is damaged. */
    void damagedPayload(ByteBuffer segment, int at);

    /** Bytes that were a record, or several, and cannot be told. */
    void damaged(int from, int to);

    /** A whole record behind the place where the log ends: it does not count. */
    void cutOff(ByteBuffer segment, int at);
  }

  /** How the end of a segment is known. */
  enum End {
    /** By its list: what lies before is damage if it is not intact. */
    LISTED,
    /** It is the one written last: what lies behind the first torn record was never finished. */
    LAST,
    /** Its list is damaged too: every intact record counts. */
    UNKNOWN
  }

  private final RecordCodec codec = new RecordCodec();

  /** Payloads are taken for intact where the end of what counts is known. */
  private final boolean trusting;

  /**
   * @param trusting the file was closed in good order: headers are looked at, payloads not, but for
   *     a segment without a list, which may be one that was given up in the middle of a write
   */
  SegmentScan(boolean trusting) {
    this.trusting = trusting;
  }

  /**
   * Digests whole records, as long as one lies behind the other. If the file is trusted, so is what
   * has an intact header: that counts only if the segment turns out to have a list.
   *
   * @param from where the first one begins
   * @param limit where the bytes end that are there
   * @return where there is none any more
   */
  int wholeRecords(ByteBuffer bytes, long seed, int from, int limit, SegmentDigest into) {
    int at = from;
    while (at < limit
        && fits(bytes, at, limit, seed)
        && payloadIntact(bytes, at, seed, End.LISTED)) {
      into.add(bytes, at);
      at += length(bytes, at);
    }
    return at;
  }

  /**
   * @param segment all of its bytes
   * @param listedEnd where the bytes end that count; with {@link End#LISTED} alone
   * @return where the bytes end that count
   */
  int scan(ByteBuffer segment, long seed, End kind, int listedEnd, Visitor visitor) {
    int limit = kind == End.LISTED ? Math.min(listedEnd, segment.capacity()) : segment.capacity();
    int claimed = -1;
    int counted = SegmentLayout.HEADER_BYTES;
    int at = SegmentLayout.HEADER_BYTES;
    while (at < limit) {
      boolean header = fits(segment, at, limit, seed);
      boolean whole = header && payloadIntact(segment, at, seed, kind);
      if (!whole && kind == End.LAST) {
        claimed = claimed >= 0 ? claimed : claimedBehind(segment, at, seed);
        if (claimed <= at) {
          cutOff(segment, at, seed, visitor);
          return at;
        }
      }
      int next;
      if (header) {
        next = at + length(segment, at);
        if (whole) {
          visitor.record(segment, at);
        } else {
          visitor.damagedPayload(segment, at);
        }
        counted = next;
      } else {
        next = nextIntact(segment, at, limit, seed);
        if (next < limit || kind == End.LISTED) {
          visitor.damaged(at, next);
        }
      }
      at = next;
    }
    return kind == End.LISTED ? limit : counted;
  }

  private void cutOff(ByteBuffer segment, int from, long seed, Visitor visitor) {
    int limit = segment.capacity();
    for (int at = nextIntact(segment, from, limit, seed);
        at < limit;
        at = nextIntact(segment, at + RecordLayout.ALIGNMENT, limit, seed)) {
      visitor.cutOff(segment, at);
    }
  }

  /** How far the log was on stable storage, by what whole records behind a place say. */
  private int claimedBehind(ByteBuffer segment, int from, long seed) {
    int most = 0;
    int limit = segment.capacity();
    int at = nextIntact(segment, from, limit, seed);
    while (at < limit) {
      most = Math.max(most, RecordCodec.synced(segment, at));
      at = nextIntact(segment, at + length(segment, at), limit, seed);
    }
    return most;
  }

  /** The next whole record from a place on; the limit if there is none. */
  private int nextIntact(ByteBuffer segment, int from, int limit, long seed) {
    for (int at = from; at < limit; at += RecordLayout.ALIGNMENT) {
      if (fits(segment, at, limit, seed) && codec.payloadIntact(segment, at, seed)) {
        return at;
      }
    }
    return limit;
  }

  /** Whether there is any whole record of that generation. */
  boolean holdsRecord(ByteBuffer segment, long seed) {
    int limit = segment.capacity();
    return nextIntact(segment, SegmentLayout.HEADER_BYTES, limit, seed) < limit;
  }

  private boolean payloadIntact(ByteBuffer segment, int at, long seed, End kind) {
    boolean trusted = trusting && kind != End.UNKNOWN;
    return (trusted && RecordCodec.isPage(RecordCodec.kind(segment, at)))
        || codec.payloadIntact(segment, at, seed);
  }

  private boolean fits(ByteBuffer segment, int at, int limit, long seed) {
    return codec.headerIntact(segment, at, limit, seed) && length(segment, at) <= limit - at;
  }

  private static int length(ByteBuffer segment, int at) {
    return RecordLayout.recordBytes(RecordCodec.payloadLength(segment, at));
  }
}
