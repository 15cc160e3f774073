package sessions;

import io.vertx.core.buffer.Buffer;

/**
 * A session as a page of the area.
 *
 * <pre>
 *  0                8                16               24
 *  +----------------+----------------+----------------+-- - - - --+
 *  | id, high half  | id, low half   | written at, ms | the blob  |
 *  +----------------+----------------+----------------+-- - - - --+
 * </pre>
 */
final class SessionLayout {

  static final int ID_HIGH = 0;
  static final int ID_LOW = ID_HIGH + Long.BYTES;
  static final int WRITTEN_AT = ID_LOW + Long.BYTES;
  static final int BLOB = WRITTEN_AT + Long.BYTES;

  private SessionLayout() {}

  static Buffer page(SessionId id, long writtenAt, Buffer blob) {
    return Buffer.buffer(BLOB + blob.length())
        .appendLong(id.high())
        .appendLong(id.low())
        .appendLong(writtenAt)
        .appendBuffer(blob);
  }

  static boolean isOf(SessionId id, Buffer page) {
    return page.getLong(ID_HIGH) == id.high() && page.getLong(ID_LOW) == id.low();
  }

  static long writtenAt(Buffer page) {
    return page.getLong(WRITTEN_AT);
  }

  static Buffer blob(Buffer page) {
    return page.getBuffer(BLOB, page.length());
  }
}
