package io.torii.engine.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.torii.engine.reply.Reply;
import io.torii.engine.reply.Segment;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/**
 * Writes one framed reply after another. Large replies leave slice by slice as the socket takes them, so that a slow client
 * costs no more than a few slices of native memory.
 */
final class ReplyWriter {
  private static final int SLICE_BYTES = 256 * 1024;
  private static final int LENGTH_BYTES = 4;

  private final ArrayDeque<Segment> left = new ArrayDeque<>();
  private Reply reply;
  private Runnable whenWritten;
  private long bytesLeft;
  private boolean proceeding;

  /** Called on the event loop; the next reply may come once `whenWritten` has run. Closes the reply. */
  void write(ChannelHandlerContext context, Reply next, Runnable whenWritten) {
    long length = next.remaining();
    if (length > Integer.MAX_VALUE) {
      next.close();
      context.close();
      return;
    }
    this.reply = next;
    this.whenWritten = whenWritten;
    this.bytesLeft = length;
    left.addAll(next.segments());
    ByteBuf first = context.alloc().directBuffer(LENGTH_BYTES + sliceBytes());
    first.writeInt((int) length);
    if (fill(context, first)) {
      context.write(first, context.voidPromise());
      proceed(context);
    }
  }

  void proceed(ChannelHandlerContext context) {
    // Writing and flushing report changed writability, which leads back here: the outer call goes on.
    if (proceeding || reply == null) {
      return;
    }
    proceeding = true;
    try {
      do {
        while (bytesLeft > 0 && context.channel().isWritable()) {
          ByteBuf slice = context.alloc().directBuffer(sliceBytes());
          if (!fill(context, slice)) {
            return;
          }
          context.write(slice, context.voidPromise());
        }
        context.flush();
      } while (bytesLeft > 0 && context.channel().isWritable());
    } finally {
      proceeding = false;
    }
    if (bytesLeft == 0 && reply != null) {
      Runnable written = whenWritten;
      abandon();
      written.run();
    }
  }

  /** Lets go of a reply that has left or never will. */
  void abandon() {
    left.clear();
    bytesLeft = 0;
    if (reply != null) {
      reply.close();
      reply = null;
    }
  }

  private int sliceBytes() {
    return (int) Math.min(SLICE_BYTES, bytesLeft);
  }

  /** Up to a slice of what is left, in the buffer from which the socket is fed: the only copy on the way. */
  private boolean fill(ChannelHandlerContext context, ByteBuf slice) {
    int room = sliceBytes();
    ByteBuffer into = slice.nioBuffer(slice.writerIndex(), room);
    try {
      while (into.hasRemaining()) {
        Segment segment = left.peek();
        segment.read(into);
        if (segment.remaining() == 0) {
          left.poll();
        }
      }
    } catch (IOException e) {
      // Part of the frame has left: nothing but an end can follow.
      slice.release();
      abandon();
      context.close();
      return false;
    }
    slice.writerIndex(slice.writerIndex() + room);
    bytesLeft -= room;
    return true;
  }
}
