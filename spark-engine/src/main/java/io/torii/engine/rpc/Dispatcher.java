package io.torii.engine.rpc;

import io.torii.engine.error.Statuses;
import io.torii.engine.net.CallHandler;
import io.torii.engine.net.Connection;
import io.torii.engine.operation.EngineThreads;
import io.torii.engine.reply.Reply;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.apache.thrift.protocol.TBinaryProtocol;
import org.apache.thrift.protocol.TMessage;
import org.apache.thrift.protocol.TMessageType;
import org.apache.thrift.protocol.TProtocol;
import org.apache.thrift.transport.TMemoryInputTransport;

/** Finds the method that a message names and runs it: in the calling thread where it is answered at once, else on a pool's. */
public final class Dispatcher implements CallHandler {
  /** Reading a larger request takes a while of its own. */
  private static final int SMALL_BYTES = 16 * 1024;

  private static final long KEEP_ALIVE_MS = 30_000;

  private final Map<String, Method> methods = new HashMap<>();
  private final Executor calls = EngineThreads.pool("torii-call", 64, Integer.MAX_VALUE, KEEP_ALIVE_MS);
  /** A cancel has to get through even when every other thread waits for Spark. */
  private final Executor quickCalls = EngineThreads.pool("torii-quick-call", 4, Integer.MAX_VALUE, KEEP_ALIVE_MS);
  private final Consumer<Connection> whenDisconnected;

  public Dispatcher(Consumer<Connection> whenDisconnected) {
    this.whenDisconnected = whenDisconnected;
  }

  void add(String name, Method method) {
    methods.put(name, method);
  }

  @Override
  public CompletableFuture<Reply> handle(Connection connection, byte[] message) {
    CompletableFuture<Reply> reply = new CompletableFuture<>();
    try {
      // No string or container inside can be longer than the message: a length that says so takes no memory.
      TProtocol in = new TBinaryProtocol(new TMemoryInputTransport(message),
          message.length, message.length, false, true);
      TMessage head = in.readMessageBegin();
      Method method = head.type == TMessageType.CALL ? methods.get(head.name) : null;
      if (method == null) {
        return CompletableFuture.completedFuture(Replies.failure(head.name, head.seqid, Replies.UNKNOWN_METHOD,
            "Invalid method name: '" + head.name + "'"));
      }
      if (method.pace() == Pace.AT_ONCE && message.length <= SMALL_BYTES) {
        Method.Call call = read(method, in, head, reply);
        if (call == null) {
          return reply;
        }
        if (call.maySlow(connection)) {
          calls.execute(() -> run(connection, call, head, reply));
        } else {
          run(connection, call, head, reply);
        }
        return reply;
      }
      (method.pace() == Pace.QUICK ? quickCalls : calls).execute(() -> {
        Method.Call call = read(method, in, head, reply);
        if (call != null) {
          run(connection, call, head, reply);
        }
      });
    } catch (Throwable e) {
      // Not a Thrift message: nobody to answer to, the connection closes.
      reply.completeExceptionally(e);
    }
    return reply;
  }

  /** Null when the request made no sense, which the reply then says. */
  private static Method.Call read(Method method, TProtocol in, TMessage head, CompletableFuture<Reply> reply) {
    try {
      return method.read(in);
    } catch (Throwable e) {
      fail(head, Replies.PROTOCOL_ERROR, Statuses.message(e), reply);
      return null;
    }
  }

  private static void run(Connection connection, Method.Call call, TMessage head, CompletableFuture<Reply> reply) {
    try {
      call.run(connection, head.name, head.seqid).whenComplete((answer, failure) -> {
        if (failure == null) {
          reply.complete(answer);
        } else {
          fail(head, failure, reply);
        }
      });
    } catch (Throwable e) {
      fail(head, e, reply);
    }
  }

  private static void fail(TMessage head, Throwable failure, CompletableFuture<Reply> reply) {
    String what = "Internal error processing " + head.name + ": " + Statuses.message(failure);
    fail(head, Replies.INTERNAL_ERROR, what, reply);
  }

  private static void fail(TMessage head, int type, String message, CompletableFuture<Reply> reply) {
    try {
      reply.complete(Replies.failure(head.name, head.seqid, type, message));
    } catch (Throwable e) {
      reply.completeExceptionally(e);
    }
  }

  @Override
  public void disconnected(Connection connection) {
    calls.execute(() -> whenDisconnected.accept(connection));
  }
}
