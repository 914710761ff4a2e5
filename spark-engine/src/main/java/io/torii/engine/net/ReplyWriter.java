package io.torii.engine.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.List;

/**
 * Writes one framed reply after another. Large replies leave slice by slice as the socket takes them, so that a slow client
 * costs no more than a few slices of native memory.
 */
final class ReplyWriter {
  private static final int SLICE_BYTES = 256 * 1024;

  private final ArrayDeque<ByteBuffer> left = new ArrayDeque<>();
  private Runnable whenWritten;
  private boolean proceeding;

  /** Called on the event loop; the next reply may come once `whenWritten` has run. */
  void write(ChannelHandlerContext context, List<ByteBuffer> reply, Runnable whenWritten) {
    long length = 0;
    for (ByteBuffer segment : reply) {
      length += segment.remaining();
    }
    if (length > Integer.MAX_VALUE) {
      context.close();
      return;
    }
    this.whenWritten = whenWritten;
    ByteBuffer header = ByteBuffer.allocate(4);
    header.putInt(0, (int) length);
    left.add(header);
    left.addAll(reply);
    proceed(context);
  }

  void proceed(ChannelHandlerContext context) {
    // Writing and flushing report changed writability, which leads back here: the outer call goes on.
    if (proceeding || whenWritten == null) {
      return;
    }
    proceeding = true;
    try {
      do {
        while (!left.isEmpty() && context.channel().isWritable()) {
          context.write(nextSlice(context), context.voidPromise());
        }
        context.flush();
      } while (!left.isEmpty() && context.channel().isWritable());
    } finally {
      proceeding = false;
    }
    if (left.isEmpty()) {
      Runnable written = whenWritten;
      whenWritten = null;
      written.run();
    }
  }

  /** Up to a slice of what is left, in the buffer from which the socket is fed: the only copy on the way. */
  private ByteBuf nextSlice(ChannelHandlerContext context) {
    int size = 0;
    for (ByteBuffer segment : left) {
      size += segment.remaining();
      if (size >= SLICE_BYTES || size < 0) {
        size = SLICE_BYTES;
        break;
      }
    }
    ByteBuf slice = context.alloc().directBuffer(Math.max(1, size));
    while (slice.writableBytes() > 0 && !left.isEmpty()) {
      ByteBuffer segment = left.peek();
      int take = Math.min(segment.remaining(), slice.writableBytes());
      int end = segment.limit();
      segment.limit(segment.position() + take);
      slice.writeBytes(segment);
      segment.limit(end);
      if (!segment.hasRemaining()) {
        left.poll();
      }
    }
    return slice;
  }
}
