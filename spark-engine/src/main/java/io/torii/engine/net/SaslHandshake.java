package io.torii.engine.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

/**
 * The server's side of a SASL PLAIN negotiation, after which it makes place for the Thrift handlers. A message is one status
 * byte, a four-byte length and the payload.
 */
final class SaslHandshake extends ByteToMessageDecoder {
  private static final int START = 1;
  private static final int OK = 2;
  private static final int BAD = 3;
  private static final int ERROR = 4;
  private static final int COMPLETE = 5;
  /** How a Thrift message without any negotiation begins; its sender would not understand an answer. */
  private static final byte UNAUTHENTICATED_THRIFT = (byte) 0x80;
  private static final int HEADER_BYTES = 5;
  private static final int MAX_PAYLOAD_BYTES = 64 * 1024;
  private static final long TIME_LIMIT_MS = 30_000;

  private enum Step { START, CREDENTIALS, OVER }

  private final GatewayAuthentication authentication;
  private final BiConsumer<ChannelHandlerContext, String> whenDone;
  private Step step = Step.START;
  private Future<?> timeout;

  SaslHandshake(GatewayAuthentication authentication, BiConsumer<ChannelHandlerContext, String> whenDone) {
    this.authentication = authentication;
    this.whenDone = whenDone;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) throws Exception {
    timeout = context.executor().schedule(() -> context.close(), TIME_LIMIT_MS, TimeUnit.MILLISECONDS);
    super.channelActive(context);
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) throws Exception {
    cancelTimeout();
    // What an unfinished negotiation left in the buffer is worth nothing: a port scan ends like this.
    step = Step.OVER;
    super.channelInactive(context);
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
    if (step == Step.OVER) {
      in.skipBytes(in.readableBytes());
      return;
    }
    if (step == Step.START && in.isReadable() && in.getByte(in.readerIndex()) != START) {
      if (in.getByte(in.readerIndex()) == UNAUTHENTICATED_THRIFT) {
        step = Step.OVER;
        context.close();
      } else {
        refuse(context, ERROR, "Expecting a SASL START message");
      }
      return;
    }
    if (in.readableBytes() < HEADER_BYTES) {
      return;
    }
    int status = in.getByte(in.readerIndex());
    int length = in.getInt(in.readerIndex() + 1);
    if (length < 0 || length > MAX_PAYLOAD_BYTES) {
      refuse(context, ERROR, "Invalid SASL payload length " + length);
      return;
    }
    if (in.readableBytes() < HEADER_BYTES + length) {
      return;
    }
    byte[] payload = new byte[length];
    in.skipBytes(HEADER_BYTES).readBytes(payload);
    take(context, status, payload);
  }

  private void take(ChannelHandlerContext context, int status, byte[] payload) {
    if (step == Step.START) {
      String mechanism = new String(payload, StandardCharsets.US_ASCII);
      if (mechanism.equals("PLAIN")) {
        step = Step.CREDENTIALS;
      } else {
        refuse(context, BAD, "Unsupported SASL mechanism, this engine speaks PLAIN");
      }
      return;
    }
    // Java's client calls a PLAIN response complete, others merely OK.
    if (status != OK && status != COMPLETE) {
      refuse(context, ERROR, "Expecting the PLAIN credentials");
      return;
    }
    authenticate(context, payload);
  }

  private void authenticate(ChannelHandlerContext context, byte[] payload) {
    PlainCredentials credentials = PlainCredentials.parse(payload);
    if (credentials == null) {
      refuse(context, BAD, "Invalid PLAIN message: user and password are needed");
      return;
    }
    String refusal = authentication.refusal(credentials.user, credentials.password);
    if (refusal != null) {
      refuse(context, BAD, refusal);
      return;
    }
    step = Step.OVER;
    cancelTimeout();
    context.writeAndFlush(message(context, COMPLETE, new byte[0]));
    whenDone.accept(context, credentials.user);
  }

  private void refuse(ChannelHandlerContext context, int status, String text) {
    step = Step.OVER;
    cancelTimeout();
    context.writeAndFlush(message(context, status, text.getBytes(StandardCharsets.UTF_8)))
        .addListener(ChannelFutureListener.CLOSE);
  }

  private static ByteBuf message(ChannelHandlerContext context, int status, byte[] payload) {
    return context.alloc().buffer(HEADER_BYTES + payload.length).writeByte(status).writeInt(payload.length).writeBytes(payload);
  }

  private void cancelTimeout() {
    if (timeout != null) {
      timeout.cancel(false);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    context.close();
  }
}
