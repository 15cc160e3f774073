package dev.tmem.ramster.channel;

import io.vertx.core.json.JsonObject;
import java.util.UUID;

/**
 * What a node that wants to connect is told over the event bus. Immutable; the secrets are for the
 * one who asked, and for once.
 *
 * @param host where to connect to
 * @param port where to connect to
 * @param shown the secret to begin with
 * @param awaited the secret that the other side answers with
 */
record Invitation(String host, int port, UUID shown, UUID awaited) {

  private static final String VERSION = "version";

  JsonObject toJson() {
    return new JsonObject()
        .put(VERSION, ChannelLayout.VERSION_VALUE)
        .put("host", host)
        .put("port", port)
        .put("shown", shown.toString())
        .put("awaited", awaited.toString());
  }

  /**
   * @throws ChannelException if it is none, or of another version
   */
  static Invitation read(Object body) throws ChannelException {
    try {
      JsonObject json = (JsonObject) body;
      int version = json.getInteger(VERSION);
      if (version != ChannelLayout.VERSION_VALUE) {
        throw new ChannelException(
            "it offers version "
                + version
                + " of channels, this node speaks "
                + ChannelLayout.VERSION_VALUE);
      }
      return new Invitation(
          json.getString("host"),
          json.getInteger("port"),
          UUID.fromString(json.getString("shown")),
          UUID.fromString(json.getString("awaited")));
    } catch (ClassCastException | NullPointerException | IllegalArgumentException unreadable) {
      throw new ChannelException("its invitation cannot be read: " + unreadable.getMessage());
    }
  }
}
