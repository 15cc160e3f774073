package dev.tmem.swapfile;

import io.vertx.core.Promise;

/** Everything queued before it is to be on stable storage. Immutable. */
record FlushRequest(Promise<Void> promise) implements Work {}
