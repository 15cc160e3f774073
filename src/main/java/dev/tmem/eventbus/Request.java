package dev.tmem.eventbus;

import dev.tmem.ErrorCode;
import dev.tmem.ObjectKey;
import dev.tmem.TmemException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** A request as it came, read with care: what is missing or malformed is named. Immutable. */
record Request(Message<?> message) {

  private static final long MAX_INDEX = (1L << 32) - 1;

  String action() {
    return text(Headers.ACTION);
  }

  String area() {
    return text(Headers.AREA);
  }

  ObjectKey object() {
    return ObjectKey.parse(text(Headers.OBJECT));
  }

  int index() {
    return index(number(Headers.INDEX));
  }

  /** An index as it is written: unsigned. */
  static int index(long written) {
    if (written < 0 || written > MAX_INDEX) {
      throw malformed("the index " + written + " is not allowed; 0 to " + MAX_INDEX + " is");
    }
    return (int) written;
  }

  long offset() {
    return number(Headers.OFFSET);
  }

  @Nullable String optional(String header) {
    return message.headers().get(header);
  }

  String text(String header) {
    String value = optional(header);
    if (value == null) {
      throw malformed("the header " + header + " is missing");
    }
    return value;
  }

  long number(String header) {
    String value = text(header);
    try {
      return Long.parseLong(value);
    } catch (NumberFormatException e) {
      throw malformed("the header " + header + " is " + value + ", not a whole number");
    }
  }

  /** The body, which is decoded only now if it came over the network. */
  private @Nullable Object body() {
    try {
      return message.body();
    } catch (RuntimeException e) {
      throw new TmemException(
          ErrorCode.MALFORMED_MESSAGE, "the body cannot be decoded: " + e.getMessage(), e);
    }
  }

  /** The body, which has to be bytes. */
  Buffer bytes() {
    Object body = body();
    return switch (body) {
      case Buffer buffer -> buffer;
      case byte[] array -> Buffer.buffer(array);
      case null -> throw malformed("the body is missing; a Buffer is needed");
      default -> throw malformed("the body is a " + kind(body) + ", not a Buffer");
    };
  }

  /** The body as JSON; empty if there is none. */
  JsonObject json() {
    Object body = body();
    return switch (body) {
      case JsonObject json -> json;
      case null -> new JsonObject();
      default -> throw malformed("the body is a " + kind(body) + ", not a JSON object");
    };
  }

  private static String kind(Object body) {
    return body instanceof Buffer ? "Buffer" : body.getClass().getSimpleName();
  }

  /** Bytes that this request holds while it is served. */
  int bodyBytes() {
    return switch (body()) {
      case Buffer buffer -> buffer.length();
      case byte[] array -> array.length;
      case null, default -> 0;
    };
  }

  static TmemException malformed(String what) {
    return new TmemException(ErrorCode.MALFORMED_MESSAGE, what);
  }
}
