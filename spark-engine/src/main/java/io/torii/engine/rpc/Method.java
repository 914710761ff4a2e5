package io.torii.engine.rpc;

import io.torii.engine.net.Connection;
import io.torii.engine.reply.Reply;
import java.util.concurrent.CompletableFuture;
import org.apache.thrift.protocol.TProtocol;

/** One Thrift method: reads its request, then answers. */
interface Method {
  /** Reads the request to its end; what comes back runs the call. */
  Call read(TProtocol in) throws Exception;

  /** Whether it only touches what is in memory and has to get through when all other threads are busy. */
  boolean isQuick();

  /** A call whose request has been read. */
  interface Call {
    CompletableFuture<Reply> run(Connection connection, String method, int sequence) throws Exception;
  }
}
