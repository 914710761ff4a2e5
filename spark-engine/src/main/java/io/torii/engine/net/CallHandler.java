package io.torii.engine.net;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** What answers Thrift messages. Must not block the calling thread, which serves many connections. */
public interface CallHandler {
  /** The reply's bytes, without a frame length; a failed future closes the connection. */
  CompletableFuture<List<ByteBuffer>> handle(Connection connection, byte[] message);

  void disconnected(Connection connection);
}
