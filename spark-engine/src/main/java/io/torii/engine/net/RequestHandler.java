package io.torii.engine.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.torii.engine.reply.Reply;
import java.util.ArrayDeque;

/** Answers the requests of one connection strictly in order, one at a time, while it goes on watching for its end. */
final class RequestHandler extends ChannelInboundHandlerAdapter {
  private static final int MAX_WAITING = 16;
  private static final int MAX_WAITING_BYTES = 1024 * 1024;

  private final Connection connection;
  private final CallHandler calls;
  private final ReplyWriter writer;
  private final ArrayDeque<byte[]> waiting = new ArrayDeque<>();
  private int waitingBytes;
  private boolean busy;

  RequestHandler(Connection connection, CallHandler calls, ReplyWriter writer) {
    this.connection = connection;
    this.calls = calls;
    this.writer = writer;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf frame = (ByteBuf) message;
    byte[] bytes = new byte[frame.readableBytes()];
    try {
      frame.readBytes(bytes);
    } finally {
      frame.release();
    }
    waiting.add(bytes);
    waitingBytes += bytes.length;
    // A client that sends without waiting for answers is paused before it fills the heap.
    if (waiting.size() >= MAX_WAITING || waitingBytes >= MAX_WAITING_BYTES && waiting.size() > 1) {
      context.channel().config().setAutoRead(false);
    }
    answerNext(context);
  }

  private void answerNext(ChannelHandlerContext context) {
    if (busy || waiting.isEmpty() || !context.channel().isActive()) {
      return;
    }
    byte[] message = waiting.poll();
    waitingBytes -= message.length;
    if (!context.channel().config().isAutoRead()) {
      context.channel().config().setAutoRead(true);
    }
    busy = true;
    calls.handle(connection, message).whenComplete((reply, failure) -> {
      if (context.executor().inEventLoop()) {
        answered(context, reply, failure);
      } else {
        context.executor().execute(() -> answered(context, reply, failure));
      }
    });
  }

  private void answered(ChannelHandlerContext context, Reply reply, Throwable failure) {
    if (failure != null) {
      context.close();
    } else if (context.channel().isActive()) {
      write(context, reply);
    } else {
      reply.close();
    }
  }

  private void write(ChannelHandlerContext context, Reply reply) {
    writer.write(context, reply, () -> {
      busy = false;
      answerNext(context);
    });
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    writer.proceed(context);
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    waiting.clear();
    writer.abandon();
    connection.markClosed();
    calls.disconnected(connection);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    // A frame beyond the limit, or a reset: in neither case does anything more of use come from there.
    context.close();
  }
}
