package dev.tmem.cleancache.shared;

import dev.tmem.cleancache.shared.protocol.Member;
import dev.tmem.cleancache.shared.protocol.Message.CacheName;
import dev.tmem.cleancache.shared.protocol.View;
import dev.tmem.cleancache.shared.protocol.ViewName;
import dev.tmem.ramster.protocol.WireLayout;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Appends the fields of a frame. Confined to one call. */
final class SharedWriter {

  private final Buffer frame;

  SharedWriter(int type, UUID from, UUID to, String address, int sizeHint) {
    frame = Buffer.buffer(WireLayout.BODY + 64 + sizeHint);
    int32(WireLayout.MAGIC_VALUE).uint8(WireLayout.VERSION_VALUE).uint8(type);
    frame.appendShort((short) 0);
    uuid(from).uuid(to).int64(0).int32(0).int32(0).text(address);
  }

  SharedWriter uint8(int value) {
    frame.appendUnsignedByte((short) value);
    return this;
  }

  SharedWriter int32(int value) {
    frame.appendInt(value);
    return this;
  }

  SharedWriter int64(long value) {
    frame.appendLong(value);
    return this;
  }

  SharedWriter uuid(UUID value) {
    return int64(value.getMostSignificantBits()).int64(value.getLeastSignificantBits());
  }

  SharedWriter text(String value) {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > WireLayout.TEXT_BYTES_MAX) {
      throw new IllegalArgumentException(
          "text of " + bytes.length + " bytes; " + WireLayout.TEXT_BYTES_MAX + " are allowed");
    }
    uint8(bytes.length);
    frame.appendBytes(bytes);
    return this;
  }

  /** Cut off where it is too long. */
  SharedWriter reason(String value) {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    int length = Math.min(bytes.length, SharedLayout.REASON_BYTES_MAX);
    int32(length);
    frame.appendBytes(bytes, 0, length);
    return this;
  }

  SharedWriter name(ViewName name) {
    return uuid(name.lineage()).int64(name.number());
  }

  SharedWriter cache(CacheName cache) {
    return uuid(cache.uuid()).int32(cache.pageSize()).int32(cache.timeToLiveSeconds());
  }

  SharedWriter view(View view) {
    name(view.name());
    uint8(
        (view.tieBreak() ? SharedLayout.FLAG_TIE_BREAK : 0)
            | (view.fresh() ? SharedLayout.FLAG_FRESH : 0)
            | (view.wholePast() ? SharedLayout.FLAG_WHOLE_PAST : 0));
    uint8(view.members().size());
    for (Member member : view.members()) {
      uuid(member.incarnation()).int32(member.weight()).text(member.name()).text(member.address());
    }
    frame.appendBytes(view.homes().bytes());
    uint8(view.past().size());
    for (View.Past past : view.past()) {
      int64(past.number()).uint8(past.members().size());
      past.members().forEach(this::uuid);
      frame.appendBytes(past.homes().bytes());
    }
    return this;
  }

  SharedWriter pages(List<? extends @Nullable Buffer> pages) {
    int32(pages.size());
    for (Buffer page : pages) {
      if (page == null) {
        int32(SharedLayout.ABSENT);
      } else {
        int32(page.length());
        frame.appendBuffer(page);
      }
    }
    return this;
  }

  Buffer frame() {
    frame.setInt(WireLayout.BODY_LENGTH, frame.length() - WireLayout.BODY);
    assert frame.length() <= WireLayout.FRAME_BYTES_MAX : frame.length();
    return frame;
  }
}
