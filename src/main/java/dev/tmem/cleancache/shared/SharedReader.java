package dev.tmem.cleancache.shared;

import dev.tmem.cleancache.shared.protocol.Homes;
import dev.tmem.cleancache.shared.protocol.Member;
import dev.tmem.cleancache.shared.protocol.Message.CacheName;
import dev.tmem.cleancache.shared.protocol.Slots;
import dev.tmem.cleancache.shared.protocol.View;
import dev.tmem.cleancache.shared.protocol.ViewName;
import dev.tmem.ramster.protocol.WireLayout;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Reads the fields of a frame one after the other. What cannot be read is an {@link
 * IndexOutOfBoundsException} or an {@link IllegalArgumentException}; no number is believed before
 * it has been checked. Confined to one call.
 */
final class SharedReader {

  private final Buffer frame;
  private int at;

  /** Stands behind the head. */
  SharedReader(Buffer frame) {
    this.frame = frame;
    this.at = WireLayout.BODY;
  }

  int uint8() {
    return frame.getUnsignedByte(take(Byte.BYTES));
  }

  int int32() {
    return frame.getInt(take(Integer.BYTES));
  }

  long int64() {
    return frame.getLong(take(Long.BYTES));
  }

  UUID uuid() {
    long high = int64();
    return new UUID(high, int64());
  }

  String text() {
    return text(uint8());
  }

  String reason() {
    int length = int32();
    check(length >= 0 && length <= SharedLayout.REASON_BYTES_MAX, "a reason", length);
    return text(length);
  }

  private String text(int length) {
    int start = take(length);
    return new String(frame.getBytes(start, start + length), StandardCharsets.UTF_8);
  }

  private int take(int bytes) {
    int start = at;
    if (bytes > frame.length() - start) {
      throw new IndexOutOfBoundsException(bytes + " bytes at " + start + " of " + frame.length());
    }
    at += bytes;
    return start;
  }

  private static void check(boolean right, String what, long value) {
    if (!right) {
      throw new IllegalArgumentException(what + " of " + value);
    }
  }

  ViewName name() {
    return new ViewName(uuid(), int64());
  }

  CacheName cache() {
    return new CacheName(uuid(), int32(), int32());
  }

  Homes homes() {
    int start = take(Slots.COUNT);
    return Homes.of(frame.getBytes(start, start + Slots.COUNT));
  }

  View view() {
    ViewName name = name();
    int flags = uint8();
    List<Member> members = new ArrayList<>();
    for (int left = uint8(); left > 0; left--) {
      UUID incarnation = uuid();
      int weight = int32();
      check(weight >= 1 && weight <= Member.WEIGHT_MAX, "a weight", weight);
      String member = text();
      members.add(new Member(incarnation, member, text(), weight));
    }
    Homes homes = homes();
    List<View.Past> past = new ArrayList<>();
    for (int left = uint8(); left > 0; left--) {
      long number = int64();
      List<UUID> incarnations = new ArrayList<>();
      for (int more = uint8(); more > 0; more--) {
        incarnations.add(uuid());
      }
      past.add(new View.Past(number, incarnations, homes()));
    }
    return new View(
        name,
        members,
        (flags & SharedLayout.FLAG_TIE_BREAK) != 0,
        (flags & SharedLayout.FLAG_FRESH) != 0,
        homes,
        past,
        (flags & SharedLayout.FLAG_WHOLE_PAST) != 0);
  }

  List<Integer> indexes() {
    int count = count();
    List<Integer> indexes = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      indexes.add(int32());
    }
    return indexes;
  }

  /** Pages that share memory with the frame. */
  List<@Nullable Buffer> pages() {
    int count = count();
    List<@Nullable Buffer> pages = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int length = int32();
      if (length == SharedLayout.ABSENT) {
        pages.add(null);
      } else {
        check(length >= 0, "a page", length);
        int start = take(length);
        pages.add(frame.slice(start, start + length));
      }
    }
    return pages;
  }

  private int count() {
    int count = int32();
    check(count >= 0 && count <= SharedLayout.ENTRIES_MAX, "a list", count);
    return count;
  }

  /** Demands that nothing is left over. */
  void end() {
    check(at == frame.length(), "a frame that ends late", frame.length());
  }
}
