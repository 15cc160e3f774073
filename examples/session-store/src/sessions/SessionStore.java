package sessions;

import dev.tmem.SwapArea;
import dev.tmem.SwapAreaOptions;
import dev.tmem.Tmem;
import dev.tmem.TmemException;
import dev.tmem.TmemOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/**
 * The HTTP side: {@code POST /sessions} makes a session of the body and answers its id; {@code
 * GET}, {@code PUT} and {@code DELETE /sessions/ID} read, write and end it; {@code GET /stats} says
 * where the sessions lie.
 */
public final class SessionStore extends VerticleBase {

  private static final long LIFE_MILLIS = 30 * 60_000;
  private static final long SWEEP_MILLIS = 1_000;
  private static final String AREA = "sessions";
  private static final String SESSIONS = "/sessions";

  private final Tmem tmem;
  private final Sessions sessions;
  private final int port;

  SessionStore(Tmem tmem, SwapArea area, int port) {
    this.tmem = tmem;
    this.sessions = new Sessions(area, LIFE_MILLIS);
    this.port = port;
  }

  /** In order: the node first, then what it runs on. */
  private static void leave(Tmem tmem, Vertx vertx) {
    tmem.close().await();
    vertx.close().await();
  }

  public static void main(String[] args) {
    if (args.length < 1 || args.length > 2) {
      System.err.println("usage: SessionStore PORT [OPTIONS OF THE NODE, AS JSON]");
      System.exit(2);
    }
    JsonObject json = args.length == 2 ? new JsonObject(args[1]) : new JsonObject();
    Vertx vertx = Vertx.vertx();
    Tmem tmem = Tmem.start(vertx, new TmemOptions(json)).await();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> leave(tmem, vertx)));
    // A session is one page, so a page is as large as it may be.
    SwapAreaOptions options = new SwapAreaOptions().setPageSize(SwapAreaOptions.MAX_PAGE_SIZE);
    SwapArea area = tmem.swapOn(AREA, options).await();
    vertx.deployVerticle(new SessionStore(tmem, area, Integer.parseInt(args[0]))).await();
  }

  @Override
  public Future<?> start() {
    sweepLater();
    return vertx
        .createHttpServer()
        .requestHandler(this::answer)
        .listen(port, "127.0.0.1")
        .onSuccess(
            server -> System.out.println("listening on http://127.0.0.1:" + server.actualPort()));
  }

  /**
   * The next sweep begins when the last one is done; what failed is met again in the next round.
   */
  private void sweepLater() {
    vertx.setTimer(SWEEP_MILLIS, timer -> sessions.sweep().onComplete(done -> sweepLater()));
  }

  private record Answer(int status, Buffer body) {
    static Answer of(int status, String text) {
      return new Answer(status, Buffer.buffer(text));
    }

    static Answer found(boolean found) {
      return of(found ? 204 : 404, "");
    }
  }

  private void answer(HttpServerRequest request) {
    route(request)
        .otherwise(error -> Answer.of(status(error), String.valueOf(error.getMessage())))
        .onSuccess(answer -> request.response().setStatusCode(answer.status()).end(answer.body()));
  }

  private Future<Answer> route(HttpServerRequest request) {
    String path = Objects.requireNonNullElse(request.path(), "");
    if (path.equals("/stats") && request.method().equals(HttpMethod.GET)) {
      return tmem.admin("stats", new JsonObject().put("area", AREA))
          .map(stats -> new Answer(200, stats.toBuffer()));
    }
    if (path.equals(SESSIONS) && request.method().equals(HttpMethod.POST)) {
      return withBody(
          request, blob -> sessions.create(blob).map(id -> Answer.of(201, id.toString())));
    }
    Optional<SessionId> id =
        path.startsWith(SESSIONS + "/")
            ? SessionId.parse(path.substring(SESSIONS.length() + 1))
            : Optional.empty();
    return id.isPresent() ? session(request, id.get()) : answered(404, "not found");
  }

  private Future<Answer> session(HttpServerRequest request, SessionId id) {
    return switch (request.method().name()) {
      case "GET" ->
          sessions
              .read(id)
              .map(blob -> blob == null ? Answer.of(404, "ended") : new Answer(200, blob));
      case "PUT" -> withBody(request, blob -> sessions.write(id, blob).map(Answer::found));
      case "DELETE" -> sessions.delete(id).map(Answer::found);
      default -> answered(405, "GET, PUT or DELETE");
    };
  }

  /** Reads the body; its length is checked before a byte of it is kept. */
  private Future<Answer> withBody(
      HttpServerRequest request, Function<Buffer, Future<Answer>> next) {
    String length = request.getHeader("Content-Length");
    if (length == null || !length.matches("\\d{1,9}")) {
      return answered(411, "a Content-Length is needed");
    }
    if (Integer.parseInt(length) > sessions.largestBlob()) {
      return answered(413, "a session has at most " + sessions.largestBlob() + " bytes");
    }
    return request.body().compose(next);
  }

  /** 503 is for what may be better soon: no room, or a page that cannot be reached now. */
  private static int status(Throwable error) {
    return error instanceof TmemException known && known.code().number() >= 5000 ? 503 : 500;
  }

  private static Future<Answer> answered(int status, String text) {
    return Future.succeededFuture(Answer.of(status, text));
  }
}
