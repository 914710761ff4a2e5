package io.torii.engine.net;

import io.torii.engine.reply.Reply;
import java.util.concurrent.CompletableFuture;

/** What answers Thrift messages. Must not block the calling thread, which serves many connections. */
public interface CallHandler {
  /** The reply's bytes, without a frame length; a failed future closes the connection. The caller closes the reply. */
  CompletableFuture<Reply> handle(Connection connection, byte[] message);

  void disconnected(Connection connection);
}
