package io.torii.engine.result;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A result's part on the local disk. The file loses its name as soon as it is open, so that its space comes back with
 * the last user, and with the process whichever way that ends.
 */
final class SpoolFile {

  /** Heap buffers pass through native memory that each thread keeps: no more at once than this. */
  private static final int PIECE = 512 * 1024;

  private static final long CHECK_EVERY = 16L << 20;

  /** An interrupt closes the channel that its thread is writing to; readers have one of their own. */
  private final FileChannel writing;

  private final FileChannel reading;
  private final FileStore disk;
  private final Path dir;
  private final long reserve;
  private final AtomicLong end = new AtomicLong();
  private int users = 1;

  private SpoolFile(FileChannel writing, FileChannel reading, Path dir, long reserve) throws IOException {
    this.writing = writing;
    this.reading = reading;
    this.dir = dir;
    this.reserve = reserve;
    disk = Files.getFileStore(dir);
  }

  /** @param reserve bytes of the disk that stay free for others */
  static SpoolFile in(Path dir, long reserve) throws IOException {
    Files.createDirectories(dir);
    Path path = Files.createTempFile(dir, "torii-result-", ".spool"); // readable by its owner alone
    FileChannel writing = null;
    try {
      writing = FileChannel.open(path, StandardOpenOption.WRITE);
      return new SpoolFile(writing, FileChannel.open(path, StandardOpenOption.READ), dir, reserve);
    } catch (IOException e) {
      if (writing != null) writing.close();
      throw e;
    } finally {
      Files.delete(path);
    }
  }

  /** Writes the bytes behind all others and returns where; any number of threads at once. Throws {@link DiskFullException}. */
  long append(byte[] bytes) throws IOException {
    long start = end.getAndAdd(bytes.length);
    long spaceBefore = (start + CHECK_EVERY - 1) / CHECK_EVERY * CHECK_EVERY;
    if (spaceBefore < start + bytes.length) requireSpace(start);
    ByteBuffer left = ByteBuffer.wrap(bytes);
    try {
      while (left.position() < bytes.length) {
        left.limit(Math.min(bytes.length, left.position() + PIECE));
        long at = start + left.position();
        writing.write(left, at);
      }
    } catch (ClosedChannelException e) {
      throw e;
    } catch (IOException e) {
      throw new DiskFullException(dir, start, disk.getUsableSpace(), e);
    }
    return start;
  }

  /** Looked at from time to time: asking the file system costs more than a small write. */
  private void requireSpace(long written) throws IOException {
    long free = disk.getUsableSpace();
    if (free < reserve) throw new DiskFullException(dir, written, free, null);
  }

  /** Fills the buffer. */
  void read(long position, ByteBuffer into) throws IOException {
    long at = position;
    while (into.hasRemaining()) {
      int limit = into.limit();
      into.limit(Math.min(limit, into.position() + PIECE));
      int count = reading.read(into, at);
      into.limit(limit);
      if (count < 0) throw new IOException("A result's file ended before its rows");
      at += count;
    }
  }

  byte[] read(long position, int length) throws IOException {
    byte[] bytes = new byte[length];
    read(position, ByteBuffer.wrap(bytes));
    return bytes;
  }

  /** One more user, who has to release it; false when the last one has left already. */
  synchronized boolean retain() {
    if (users == 0) return false;
    users++;
    return true;
  }

  synchronized void release() {
    if (--users > 0) return;
    try {
      writing.close();
    } catch (IOException e) {
      // The space comes back all the same, with the descriptor.
    }
    try {
      reading.close();
    } catch (IOException e) {
      // As above.
    }
  }
}
