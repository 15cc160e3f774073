package dev.tmem.cleancache.shared;

import dev.tmem.ObjectKey;
import dev.tmem.cleancache.shared.protocol.Member;
import dev.tmem.cleancache.shared.protocol.Message;
import dev.tmem.cleancache.shared.protocol.Message.Operation;
import dev.tmem.cleancache.shared.protocol.Message.Outcome;
import dev.tmem.cleancache.shared.protocol.ViewName;
import dev.tmem.ramster.protocol.WireLayout;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Messages to frames of {@link SharedLayout} and back. Immutable. */
final class SharedCodec {

  /** The incarnation that no node has: for everyone. */
  static final UUID ANYONE = new UUID(0, 0);

  private static final ViewName NO_VIEW = new ViewName(ANYONE, 0);

  private SharedCodec() {}

  /**
   * A message as it came.
   *
   * @param from the sender; its name and weight are told by a hello alone
   * @param to for whom it is
   */
  record Arrived(Member from, UUID to, Message message) {}

  static Buffer encode(Member self, UUID to, Message message) {
    return switch (message) {
      case Message.Hello m -> hello(self, to, m).frame();
      case Message.Install m -> head(SharedLayout.INSTALL, self, to).view(m.view()).frame();
      case Message.Installed m -> head(SharedLayout.INSTALLED, self, to).name(m.view()).frame();
      case Message.Prepare m ->
          head(SharedLayout.PREPARE, self, to).name(m.view()).int64(m.ballot()).frame();
      case Message.Promise m -> promise(self, to, m).frame();
      case Message.Accept m ->
          head(SharedLayout.ACCEPT, self, to)
              .name(m.view())
              .int64(m.ballot())
              .view(m.successor())
              .frame();
      case Message.Accepted m ->
          head(SharedLayout.ACCEPTED, self, to).name(m.view()).int64(m.ballot()).frame();
      case Message.Overtaken m ->
          head(SharedLayout.OVERTAKEN, self, to)
              .name(m.view())
              .int64(m.ballot())
              .int64(m.promised())
              .frame();
      case Message.Renew m ->
          head(SharedLayout.RENEW, self, to).name(m.view()).int64(m.asked()).frame();
      case Message.Granted m ->
          head(SharedLayout.GRANTED, self, to).name(m.view()).int64(m.asked()).frame();
      case Message.Request m -> request(self, to, m).frame();
      case Message.Reply m -> reply(self, to, m).frame();
    };
  }

  private static SharedWriter head(int type, Member self, UUID to) {
    return new SharedWriter(type, self.incarnation(), to, self.address(), 64);
  }

  private static SharedWriter hello(Member self, UUID to, Message.Hello m) {
    ViewName view = m.view();
    int flags =
        (m.leaving() ? SharedLayout.FLAG_LEAVING : 0)
            | (m.stray() ? SharedLayout.FLAG_STRAY : 0)
            | (view == null ? 0 : SharedLayout.FLAG_HAS_VIEW);
    return head(SharedLayout.HELLO, self, to)
        .int32(m.self().weight())
        .text(m.self().name())
        .int64(m.sequence())
        .text(m.nodeId())
        .uint8(flags)
        .name(view == null ? NO_VIEW : view)
        .int32(m.members());
  }

  private static SharedWriter promise(Member self, UUID to, Message.Promise m) {
    SharedWriter out =
        head(SharedLayout.PROMISE, self, to)
            .name(m.view())
            .int64(m.ballot())
            .int64(m.acceptedBallot())
            .uint8(m.accepted() == null ? 0 : 1);
    return m.accepted() == null ? out : out.view(m.accepted());
  }

  private static SharedWriter request(Member self, UUID to, Message.Request m) {
    int bytes = 128 + 8 * m.indexes().size();
    for (Buffer page : m.pages()) {
      bytes += page.length();
    }
    SharedWriter out =
        new SharedWriter(SharedLayout.REQUEST, self.incarnation(), to, self.address(), bytes);
    out.name(m.view())
        .int64(m.number())
        .int64(m.floor())
        .uint8(m.operation().number())
        .cache(m.cache())
        .int64(m.object().high())
        .int64(m.object().low())
        .int64(m.token())
        .int32(m.indexes().size());
    m.indexes().forEach(out::int32);
    return out.pages(m.pages());
  }

  private static SharedWriter reply(Member self, UUID to, Message.Reply m) {
    int bytes = 64;
    for (Buffer page : m.pages()) {
      bytes += Integer.BYTES + (page == null ? 0 : page.length());
    }
    return new SharedWriter(SharedLayout.REPLY, self.incarnation(), to, self.address(), bytes)
        .int64(m.number())
        .uint8(m.outcome().number())
        .int64(m.token())
        .reason(m.reason())
        .pages(m.pages());
  }

  /**
   * Reads a frame. The pages in it share memory with it: packed, they are soon unpacked, or copied.
   *
   * @return null: it is none, or of another version
   */
  static @Nullable Arrived decode(Buffer frame) {
    try {
      boolean isOurs =
          frame.getInt(WireLayout.MAGIC) == WireLayout.MAGIC_VALUE
              && frame.getUnsignedByte(WireLayout.VERSION) == WireLayout.VERSION_VALUE
              && frame.getInt(WireLayout.BODY_LENGTH) == frame.length() - WireLayout.BODY;
      return isOurs ? read(frame) : null;
    } catch (IndexOutOfBoundsException | IllegalArgumentException malformed) {
      return null;
    }
  }

  private static Arrived read(Buffer frame) {
    UUID incarnation = uuid(frame, WireLayout.FROM);
    SharedReader in = new SharedReader(frame);
    Member from = new Member(incarnation, "", in.text(), 0);
    Message message = body(frame.getUnsignedByte(WireLayout.TYPE), from, in);
    in.end();
    return new Arrived(from, uuid(frame, WireLayout.TO), message);
  }

  private static UUID uuid(Buffer frame, int at) {
    return new UUID(frame.getLong(at), frame.getLong(at + Long.BYTES));
  }

  private static Message body(int type, Member from, SharedReader in) {
    return switch (type) {
      case SharedLayout.HELLO -> hello(from, in);
      case SharedLayout.INSTALL -> new Message.Install(in.view());
      case SharedLayout.INSTALLED -> new Message.Installed(in.name());
      case SharedLayout.PREPARE -> new Message.Prepare(in.name(), in.int64());
      case SharedLayout.PROMISE ->
          new Message.Promise(
              in.name(), in.int64(), in.int64(), in.uint8() == 0 ? null : in.view());
      case SharedLayout.ACCEPT -> new Message.Accept(in.name(), in.int64(), in.view());
      case SharedLayout.ACCEPTED -> new Message.Accepted(in.name(), in.int64());
      case SharedLayout.OVERTAKEN -> new Message.Overtaken(in.name(), in.int64(), in.int64());
      case SharedLayout.RENEW -> new Message.Renew(in.name(), in.int64());
      case SharedLayout.GRANTED -> new Message.Granted(in.name(), in.int64());
      case SharedLayout.REQUEST -> request(in);
      case SharedLayout.REPLY -> reply(in);
      default -> throw new IllegalArgumentException("a message of type " + type);
    };
  }

  private static Message hello(Member from, SharedReader in) {
    int weight = in.int32();
    if (weight < 0 || weight > Member.WEIGHT_MAX) {
      throw new IllegalArgumentException("a weight of " + weight);
    }
    Member self = new Member(from.incarnation(), in.text(), from.address(), weight);
    long sequence = in.int64();
    String nodeId = in.text();
    int flags = in.uint8();
    ViewName view = in.name();
    return new Message.Hello(
        self,
        sequence,
        nodeId,
        (flags & SharedLayout.FLAG_LEAVING) != 0,
        (flags & SharedLayout.FLAG_STRAY) != 0,
        (flags & SharedLayout.FLAG_HAS_VIEW) == 0 ? null : view,
        in.int32());
  }

  private static Message request(SharedReader in) {
    ViewName view = in.name();
    long number = in.int64();
    long floor = in.int64();
    Operation operation = Operation.of(in.uint8());
    Message.CacheName cache = in.cache();
    ObjectKey object = new ObjectKey(in.int64(), in.int64());
    long token = in.int64();
    List<Integer> indexes = in.indexes();
    List<Buffer> pages = new ArrayList<>();
    for (Buffer page : in.pages()) {
      if (page == null) {
        throw new IllegalArgumentException("a page to be put is absent");
      }
      pages.add(page);
    }
    boolean fits =
        switch (operation) {
          case PUT -> !indexes.isEmpty() && pages.size() == indexes.size();
          case LOAD, LOAD_FAILED -> indexes.size() == 1;
          default -> true;
        };
    if (!fits) {
      throw new IllegalArgumentException(operation + " of " + indexes.size() + " pages");
    }
    return new Message.Request(
        view, number, floor, operation, cache, object, indexes, pages, token);
  }

  private static Message reply(SharedReader in) {
    long number = in.int64();
    Outcome outcome = Outcome.of(in.uint8());
    long token = in.int64();
    String reason = in.reason();
    return new Message.Reply(number, outcome, in.pages(), token, reason);
  }
}
