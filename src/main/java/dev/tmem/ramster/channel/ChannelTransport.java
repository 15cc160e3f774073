package dev.tmem.ramster.channel;

import dev.tmem.ramster.EventBusTransport;
import dev.tmem.ramster.Transport;
import io.netty.buffer.ByteBuf;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Frames over page channels; over the event bus to a peer to which there is no channel yet, or
 * cannot be one. The event bus also carries what goes to everyone, and the agreement on channels.
 *
 * <p>Of two nodes the one whose address sorts first connects, so that there is one socket for both:
 * it asks the other for an {@link Invitation} ({@code tmem.NODE.peer.channel}), connects where that
 * says, and each shows the other a secret out of it. A node that wants a channel and is not the one
 * to connect asks the other to.
 *
 * <p>Thread-safe: {@code open} and {@code attempts} are concurrent maps; everything else happens on
 * one event loop, {@code context}'s.
 */
public final class ChannelTransport implements Transport {

  private static final Logger LOG = LoggerFactory.getLogger(ChannelTransport.class);

  private static final int CONNECT_MILLIS = 2_000;
  private static final int GREETING_MILLIS = 5_000;
  private static final int INVITATION_MILLIS = 5_000;

  /** Sockets that have not greeted yet; one more is closed at once. */
  private static final int STRANGERS_MAX = 256;

  /** Reasons for refusing somebody that are said. */
  private static final int TOLD_MAX = 16;

  /** Peers to which a channel may be attempted. */
  private static final int ATTEMPTS_MAX = 4_096;

  /**
   * What a socket delivers at once, if there is so much: some full batches, of which only the last
   * comes in two pieces and has to be put together.
   */
  private static final int DELIVERY_BYTES_MAX = 256 << 10;

  private static final int DELIVERY_BYTES_FIRST = 2 << 10;
  private static final int DELIVERY_BYTES_MIN = 64;

  private static final String OP = "op";
  private static final String INVITE = "invite";
  private static final String CONNECT = "connect";
  private static final String FROM = "from";

  private final Vertx vertx;
  private final EventBusTransport bus;
  private final String host;
  private final int port;
  private final Map<String, PageChannel> open = new ConcurrentHashMap<>();
  private final Map<String, Attempt> attempts = new ConcurrentHashMap<>();
  private final FrameMemory memory = new FrameMemory();
  private final Guests guests = new Guests();
  private final LongAdder refused = new LongAdder();
  private final Set<String> told = ConcurrentHashMap.newKeySet();

  private volatile @Nullable Context context;
  private volatile boolean closed;
  private @Nullable MessageConsumer<Object> introductions;
  private @Nullable NetServer server;
  private @Nullable NetClient client;
  private Consumer<Buffer> frames = frame -> {};
  private Consumer<String> lost = address -> {};
  private int strangers;

  /**
   * @param name the node's, unique on this event bus
   * @param host where to listen, as peers reach it
   * @param port where to listen; 0: a free one
   */
  public ChannelTransport(Vertx vertx, String name, String host, int port) {
    this.vertx = vertx;
    this.bus = new EventBusTransport(vertx, name);
    this.host = host;
    this.port = port;
  }

  @Override
  public String localAddress() {
    return bus.localAddress();
  }

  @Override
  public Future<Void> open(Consumer<Buffer> frames, Consumer<String> lost) {
    Context loop = vertx.getOrCreateContext();
    Promise<Void> opened = Promise.promise();
    context = loop;
    loop.runOnContext(now -> {
      this.frames = frames;
      this.lost = lost;
      client = vertx.createNetClient(new NetClientOptions().setConnectTimeout(CONNECT_MILLIS));
      listen()
          .compose(listening -> {
            MessageConsumer<Object> consumer =
                vertx.eventBus().consumer(introductions(localAddress()), this::introduced);
            introductions = consumer;
            return consumer.completion();
          })
          .compose(ready -> bus.open(frames, lost))
          .onComplete(opened);
    });
    return opened.future();
  }

  private static String introductions(String address) {
    return address + ".channel";
  }

  /** A node that cannot listen still connects to those that do. */
  private Future<Void> listen() {
    return vertx
        .createNetServer(new NetServerOptions().setHost(host).setPort(port))
        .connectHandler(this::stranger)
        .listen()
        .onSuccess(listening -> server = listening)
        .<Void>mapEmpty()
        .recover(cannot -> {
          LOG.warn(
              "no page channels to this node: it cannot listen on {}:{} ({})",
              host,
              port,
              cannot.getMessage());
          return Future.succeededFuture();
        });
  }

  // ---- Sending

  @Override
  public Buffer memory(String address, int bytes) {
    return open.containsKey(address) ? memory.take(bytes) : bus.memory(address, bytes);
  }

  @Override
  public void send(String address, Buffer frame) {
    PageChannel channel = open.get(address);
    if (channel != null) {
      channel.send(frame);
      return;
    }
    bus.send(address, memory.moveOut(frame));
    attempt(address, false);
  }

  @Override
  public void broadcast(Buffer frame) {
    bus.broadcast(frame);
  }

  @Override
  public String link(String address) {
    return open.containsKey(address) ? "channel" : bus.link(address);
  }

  /** Bytes that wait for a peer to read them. */
  long pendingBytes(String address) {
    PageChannel channel = open.get(address);
    return channel == null ? 0 : channel.pendingBytes();
  }

  // ---- Getting a channel

  /**
   * @param wished by the peer, which may know better than this node that there is no channel
   */
  private void attempt(String address, boolean wished) {
    Context loop = context;
    if (loop == null || closed || attempts.size() > ATTEMPTS_MAX) {
      return;
    }
    Attempt attempt = attempts.computeIfAbsent(address, some -> new Attempt());
    if (attempt.begin(System.nanoTime())) {
      loop.runOnContext(now -> {
        // whoever sends may have been held up since it found none: another would replace it
        if (!wished && open.containsKey(address)) {
          attempt.succeeded();
        } else {
          run(address, attempt);
        }
      });
    }
  }

  private void run(String address, Attempt attempt) {
    if (localAddress().compareTo(address) > 0) {
      JsonObject wish = new JsonObject().put(OP, CONNECT).put(FROM, localAddress());
      vertx.eventBus().send(introductions(address), wish);
      attempt.pause(System.nanoTime());
      return;
    }
    JsonObject question = new JsonObject().put(OP, INVITE).put(FROM, localAddress());
    vertx
        .eventBus()
        .request(
            introductions(address),
            question,
            new DeliveryOptions().setSendTimeout(INVITATION_MILLIS))
        .compose(answer -> connect(address, answer.body()))
        .onFailure(failure -> failed(address, attempt, failure));
  }

  private void failed(String address, Attempt attempt, Throwable failure) {
    if (attempt.failed(System.nanoTime()) && !closed) {
      LOG.info(
          "there is no page channel to {} yet, the event bus carries its pages: {}",
          address,
          failure.getMessage());
    }
  }

  private Future<Void> connect(String address, Object answer) {
    Invitation invitation;
    try {
      invitation = Invitation.read(answer);
    } catch (ChannelException unreadable) {
      return Future.failedFuture(unreadable);
    }
    NetClient connector = client;
    if (connector == null || closed) {
      return Future.failedFuture("this node is about to stop");
    }
    return connector
        .connect(invitation.port(), invitation.host())
        .compose(socket -> {
          Promise<Void> settled = Promise.promise();
          Greeting greeting = new Greeting(socket, settled);
          greeting.await(secret -> {
            boolean isRight = secret.equals(invitation.awaited());
            if (isRight) {
              adopt(address, socket, greeting);
            }
            return isRight;
          });
          socket.write(ChannelLayout.greeting(invitation.shown()));
          return settled.future();
        });
  }

  /** A message at the address for introductions. */
  private void introduced(Message<Object> message) {
    String from =
        message.body() instanceof JsonObject body && body.getValue(FROM) instanceof String text
            ? text
            : "";
    String op = from.isEmpty() ? "" : String.valueOf(((JsonObject) message.body()).getValue(OP));
    NetServer listening = server;
    if (op.equals(CONNECT)) {
      attempt(from, true);
    } else if (op.equals(INVITE) && listening != null && !closed) {
      message.reply(guests.invite(from, host, listening.actualPort(), System.nanoTime()).toJson());
    } else {
      if (!op.equals(INVITE)) {
        refuse("a request for a channel", "it is no such request");
      }
      if (message.replyAddress() != null) {
        message.fail(1, "no channel can be had here");
      }
    }
  }

  /** Counts; and says so if it is the first of its kind. */
  private void refuse(String who, @Nullable String why) {
    refused.increment();
    String reason = String.valueOf(why);
    if (told.size() < TOLD_MAX && told.add(reason)) {
      LOG.warn("{} was refused: {}; others for that reason are only counted", who, reason);
    }
  }

  @Override
  public long refused() {
    return refused.sum();
  }

  /** Somebody has connected. */
  private void stranger(NetSocket socket) {
    if (strangers >= STRANGERS_MAX || closed) {
      refuse("a socket", "too many have not greeted");
      socket.close();
      return;
    }
    strangers++;
    Promise<Void> settled = Promise.promise();
    settled.future().onComplete(done -> strangers--);
    Greeting greeting = new Greeting(socket, settled);
    greeting.await(secret -> {
      Guests.Welcome welcome = guests.welcome(secret, System.nanoTime());
      if (welcome == null) {
        return false;
      }
      socket.write(ChannelLayout.greeting(welcome.answer()));
      adopt(welcome.address(), socket, greeting);
      return true;
    });
  }

  /** Both sides have shown who they are. */
  private void adopt(String address, NetSocket socket, Greeting greeting) {
    PageChannel channel = new PageChannel(address, socket, memory);
    greeting.channel = channel;
    PageChannel former = open.put(address, channel);
    if (former != null) {
      former.close();
    }
    Attempt attempt = attempts.get(address);
    if (attempt != null) {
      attempt.succeeded();
    }
    LOG.info("page channel to {} is open", address);
  }

  private void dropped(PageChannel channel) {
    if (open.remove(channel.address(), channel) && !closed) {
      LOG.info("page channel to {} has closed", channel.address());
      attempts.computeIfAbsent(channel.address(), some -> new Attempt()).pause(System.nanoTime());
      lost.accept(channel.address());
    }
  }

  /**
   * A socket from its first byte to its last: a greeting is awaited, then frames are. Confined to
   * the event loop.
   */
  private final class Greeting {

    private final NetSocket socket;
    private final Promise<Void> settled;
    private @Nullable FrameStream stream;
    private @Nullable PageChannel channel;

    Greeting(NetSocket socket, Promise<Void> settled) {
      this.socket = socket;
      this.settled = settled;
    }

    /** What decides on the secret of a greeting. */
    interface Check {
      boolean admits(UUID secret);
    }

    void await(Check check) {
      FrameStream frameStream = new FrameStream(secret -> greeted(check, secret), frames);
      stream = frameStream;
      long timer =
          vertx.setTimer(
              GREETING_MILLIS, late -> end("it did not greet in " + GREETING_MILLIS + " ms"));
      settled.future().onComplete(done -> vertx.cancelTimer(timer));
      NetSocketInternal raw = (NetSocketInternal) socket;
      raw.channelHandlerContext()
          .channel()
          .config()
          .setRecvByteBufAllocator(
              new AdaptiveRecvByteBufAllocator(
                  DELIVERY_BYTES_MIN, DELIVERY_BYTES_FIRST, DELIVERY_BYTES_MAX));
      // as the socket has them: a handler of buffers would get a copy
      raw.messageHandler(bytes -> {
        try {
          frameStream.take((ByteBuf) bytes);
        } catch (ChannelException wrong) {
          refuse("a socket of " + socket.remoteAddress(), wrong.getMessage());
          end(wrong.getMessage());
        }
      });
      socket.exceptionHandler(error -> end(error.getMessage()));
      socket.closeHandler(now -> end("the socket closed"));
    }

    private void greeted(Check check, UUID secret) {
      if (check.admits(secret)) {
        settled.tryComplete();
      } else {
        refuse("a socket of " + socket.remoteAddress(), "it was not invited");
        end("it shows a wrong secret");
      }
    }

    private void end(@Nullable String reason) {
      settled.tryFail(String.valueOf(reason));
      if (stream != null) {
        stream.close();
      }
      socket.close();
      PageChannel known = channel;
      if (known != null) {
        channel = null;
        dropped(known);
      }
    }
  }

  // ---- The end

  @Override
  public Future<Void> close() {
    closed = true;
    Context loop = context;
    if (loop == null) {
      return bus.close();
    }
    Promise<Void> done = Promise.promise();
    loop.runOnContext(now -> {
      List<Future<?>> ends = new ArrayList<>();
      ends.add(bus.close());
      if (introductions != null) {
        ends.add(introductions.unregister());
      }
      if (server != null) {
        ends.add(server.close());
      }
      if (client != null) {
        ends.add(client.close());
      }
      open.values().forEach(PageChannel::close);
      open.clear();
      Future.join(ends).<Void>mapEmpty().onComplete(done);
    });
    return done.future();
  }
}
