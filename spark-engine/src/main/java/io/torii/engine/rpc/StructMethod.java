package io.torii.engine.rpc;

import io.torii.engine.error.Statuses;
import io.torii.engine.net.Connection;
import io.torii.engine.reply.Reply;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.hive.service.rpc.thrift.TStatus;
import org.apache.thrift.TBase;
import org.apache.thrift.protocol.TField;
import org.apache.thrift.protocol.TProtocol;
import org.apache.thrift.protocol.TProtocolUtil;
import org.apache.thrift.protocol.TType;

/** A method whose arguments are one request struct and whose failures are told in its response's status. */
final class StructMethod<Q extends TBase<?, ?>, R extends TBase<?, ?>> implements Method {
  /** What the method does. The future may complete later, on any thread. */
  interface Work<Q, R> {
    CompletableFuture<R> answer(Connection connection, Q request) throws Exception;
  }

  private final Supplier<Q> emptyRequest;
  private final Work<Q, R> work;
  private final Function<TStatus, R> failed;
  private final Pace pace;
  private final BiPredicate<Connection, Q> slow;

  StructMethod(Pace pace, Supplier<Q> emptyRequest, Function<TStatus, R> failed, Work<Q, R> work) {
    this(pace, (connection, request) -> false, emptyRequest, failed, work);
  }

  /** @param slow tells requests that take their time, although others are answered at once */
  StructMethod(Pace pace, BiPredicate<Connection, Q> slow, Supplier<Q> emptyRequest, Function<TStatus, R> failed, Work<Q, R> work) {
    this.pace = pace;
    this.slow = slow;
    this.emptyRequest = emptyRequest;
    this.failed = failed;
    this.work = work;
  }

  @Override
  public Pace pace() {
    return pace;
  }

  @Override
  public Call read(TProtocol in) throws Exception {
    Q request = readRequest(in, emptyRequest.get());
    if (request == null) {
      throw new MalformedRequest("Required field 'req' is unset");
    }
    return new Call() {
      @Override
      public CompletableFuture<Reply> run(Connection connection, String method, int sequence) {
        return StructMethod.this.run(connection, request, method, sequence);
      }

      @Override
      public boolean maySlow(Connection connection) {
        return slow.test(connection, request);
      }
    };
  }

  private CompletableFuture<Reply> run(Connection connection, Q request, String method, int sequence) {
    CompletableFuture<Reply> reply = new CompletableFuture<>();
    answer(connection, request).whenComplete((response, failure) -> {
      try {
        reply.complete(Replies.success(method, sequence, failure == null ? response : failed.apply(Statuses.error(failure))));
      } catch (Throwable e) {
        reply.completeExceptionally(e);
      }
    });
    return reply;
  }

  private CompletableFuture<R> answer(Connection connection, Q request) {
    try {
      return work.answer(connection, request);
    } catch (Throwable e) {
      CompletableFuture<R> failure = new CompletableFuture<>();
      failure.completeExceptionally(e);
      return failure;
    }
  }

  /** Field 1 of the argument struct; null when it isn't there. */
  static <Q extends TBase<?, ?>> Q readRequest(TProtocol in, Q request) throws Exception {
    Q found = null;
    in.readStructBegin();
    for (TField field = in.readFieldBegin(); field.type != TType.STOP; field = in.readFieldBegin()) {
      if (field.id == 1 && field.type == TType.STRUCT) {
        request.read(in);
        found = request;
      } else {
        TProtocolUtil.skip(in, field.type);
      }
      in.readFieldEnd();
    }
    in.readStructEnd();
    return found;
  }
}
