package io.torii.engine.rpc;

import io.torii.engine.net.Connection;
import io.torii.engine.reply.Reply;
import java.util.concurrent.CompletableFuture;
import org.apache.thrift.protocol.TProtocol;

/** One Thrift method: reads its request, then answers. */
interface Method {
  /** Reads the request to its end; what comes back runs the call. */
  Call read(TProtocol in) throws Exception;

  Pace pace();

  /** A call whose request has been read. */
  interface Call {
    CompletableFuture<Reply> run(Connection connection, String method, int sequence) throws Exception;

    /** Whether a call of a method that answers {@link Pace#AT_ONCE} otherwise may take its time after all. */
    default boolean maySlow(Connection connection) {
      return false;
    }
  }
}
