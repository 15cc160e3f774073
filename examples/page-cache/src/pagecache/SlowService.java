package pagecache;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.util.concurrent.atomic.AtomicInteger;

/** An HTTP service that takes its time for each page, and how to ask it. Thread-safe. */
final class SlowService {

  private static final String HOST = "127.0.0.1";
  private static final int MILLIS = 200;

  private final AtomicInteger calls = new AtomicInteger();
  private final int port;

  private SlowService(Vertx vertx) {
    HttpServer server = vertx.createHttpServer().requestHandler(request -> serve(vertx, request));
    port = server.listen(0, HOST).await().actualPort();
  }

  static SlowService start(Vertx vertx) {
    return new SlowService(vertx);
  }

  private void serve(Vertx vertx, HttpServerRequest request) {
    calls.incrementAndGet();
    vertx.setTimer(MILLIS, late -> request.response().end("the page at " + request.path()));
  }

  /** Requests that it was asked. */
  int calls() {
    return calls.get();
  }

  /** Asks for a page. */
  Future<Buffer> fetch(HttpClient client, String path) {
    return client
        .request(HttpMethod.GET, port, HOST, path)
        .compose(request -> request.send())
        .compose(response ->
            response.statusCode() == 200
                ? response.body()
                : Future.failedFuture(path + " was answered with " + response.statusCode()));
  }
}
