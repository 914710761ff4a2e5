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
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.thrift.protocol.TBinaryProtocol;
import org.apache.thrift.protocol.TMessage;
import org.apache.thrift.protocol.TMessageType;
import org.apache.thrift.protocol.TProtocol;
import org.apache.thrift.transport.TMemoryInputTransport;

/** Finds the method that a message names and runs it on a pool's thread. */
public final class Dispatcher implements CallHandler {
  private final Map<String, Method> methods = new HashMap<>();
  private final Executor calls = pool("torii-call", 64);
  /** A cancel has to get through even when every other thread waits for Spark. */
  private final Executor quickCalls = pool("torii-quick-call", 4);
  private final Consumer<Connection> whenDisconnected;

  public Dispatcher(Consumer<Connection> whenDisconnected) {
    this.whenDisconnected = whenDisconnected;
  }

  void add(String name, Method method) {
    methods.put(name, method);
  }

  private static Executor pool(String name, int threads) {
    ThreadPoolExecutor pool = new ThreadPoolExecutor(threads, threads, 30, TimeUnit.SECONDS,
        new LinkedBlockingQueue<>(), EngineThreads.named(name));
    pool.allowCoreThreadTimeOut(true);
    return pool;
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
      (method.isQuick() ? quickCalls : calls).execute(() -> run(connection, method, in, head, reply));
    } catch (Throwable e) {
      // Not a Thrift message: nobody to answer to, the connection closes.
      reply.completeExceptionally(e);
    }
    return reply;
  }

  private static void run(Connection connection, Method method, TProtocol in, TMessage head,
      CompletableFuture<Reply> reply) {
    try {
      Method.Call call;
      try {
        call = method.read(in);
      } catch (Throwable e) {
        reply.complete(Replies.failure(head.name, head.seqid, Replies.PROTOCOL_ERROR, Statuses.message(e)));
        return;
      }
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
    try {
      reply.complete(Replies.failure(head.name, head.seqid, Replies.INTERNAL_ERROR,
          "Internal error processing " + head.name + ": " + Statuses.message(failure)));
    } catch (Throwable e) {
      reply.completeExceptionally(e);
    }
  }

  @Override
  public void disconnected(Connection connection) {
    calls.execute(() -> whenDisconnected.accept(connection));
  }
}
