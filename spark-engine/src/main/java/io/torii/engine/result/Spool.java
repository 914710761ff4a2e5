package io.torii.engine.result;

import io.torii.engine.error.EngineException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;

/**
 * A result's blocks: the first ones on the heap, the others in a file. Blocks are first kept, by any thread and in any
 * order, and then added in the order of their rows; rows that were added can be read. Row numbers begin at 0.
 */
final class Spool implements AutoCloseable {

  /** "disk full" in the SQL standard's class of insufficient resources. */
  private static final String DISK_FULL_STATE = "53100";

  private static final int SMALL_ROWS = 1000;
  private static final int SMALL_BYTES = 64 * 1024;

  private final WireKind[] kinds;
  private final ResultSpace space;
  private long skipped;
  private long maxRows = Long.MAX_VALUE;

  private final List<StoredBlock> blocks = new ArrayList<>();
  private long[] firstRows = new long[16];
  private long rows;

  /** Guarded by the space, which sums it up. */
  private long heapBytes;

  private SpoolFile file;
  private DiskFullException diskFull;
  private boolean closed;

  Spool(WireKind[] kinds, ResultSpace space) {
    this.kinds = kinds;
    this.space = space;
  }

  /** Readers see neither the rows before the offset nor those from the limit on; both count all rows. */
  synchronized void showOnly(long offset, long limit) {
    skipped = offset;
    maxRows = limit;
  }

  long heapBytes() {
    return heapBytes;
  }

  void countHeap(int bytes) {
    heapBytes += bytes;
  }

  /** Finds a place for a block; readers do not see it yet. Throws once the spool is closed or the disk is full. */
  StoredBlock keep(byte[] block) throws IOException {
    SpoolFile to = fileUnlessHeld(block.length);
    if (to == null) return StoredBlock.onHeap(block, kinds.length);
    try {
      return StoredBlock.inFile(block, kinds.length, to.append(block));
    } catch (DiskFullException e) {
      synchronized (this) {
        diskFull = e;
      }
      throw e;
    } finally {
      to.release();
    }
  }

  /** Null when the heap has room; otherwise the file, to be released. */
  private synchronized SpoolFile fileUnlessHeld(int bytes) throws IOException {
    if (closed) throw new IOException("The result was closed");
    if (diskFull != null) throw diskFull;
    if (space.hold(this, bytes)) return null;
    if (file == null) file = space.newFile();
    file.retain();
    return file;
  }

  /** Shows a block to the readers, behind all others. */
  synchronized void add(StoredBlock block) {
    if (block.rows == 0 || closed) return;
    int number = blocks.size();
    if (number == firstRows.length) firstRows = Arrays.copyOf(firstRows, number * 2);
    firstRows[number] = rows;
    rows += block.rows;
    blocks.add(block);
    notifyAll();
  }

  /** Keeps and shows a block. */
  void append(byte[] block) throws IOException {
    add(keep(block));
  }

  /** Rows that can be read so far. */
  synchronized long rows() {
    return Math.max(0, Math.min(rows, maxRows) - skipped);
  }

  /** Whether there can't be more rows than there are. */
  synchronized boolean isFull() {
    return rows >= maxRows;
  }

  /** What to tell of a failed job: that the disk was full, if it was, and else what Spark says. */
  synchronized Exception reasonFor(Throwable failed) {
    if (diskFull != null) return new EngineException(diskFull.getMessage(), DISK_FULL_STATE);
    return failed instanceof Exception ? (Exception) failed : new ExecutionException(failed);
  }

  /** Whether reading all of it takes no longer than handing the work to another thread. */
  synchronized boolean isSmall() {
    return file == null && blocks.size() <= 1 && rows <= SMALL_ROWS && heapBytes <= SMALL_BYTES;
  }

  /** The number of the block that holds this row. */
  synchronized int blockOf(long row) {
    int found = Arrays.binarySearch(firstRows, 0, blocks.size(), row + skipped);
    return found >= 0 ? found : -found - 2;
  }

  /** The number of the block's first row; below 0 where that one is not shown. */
  synchronized long firstRow(int block) {
    return firstRows[block] - skipped;
  }

  /** A block's head, and its values if they are on the heap. */
  Block read(int number) throws IOException {
    StoredBlock stored;
    SpoolFile from;
    synchronized (this) {
      if (closed) throw new IOException("The result was closed");
      stored = blocks.get(number);
      from = file;
    }
    if (stored.bytes != null) return new Block(stored.bytes, kinds);
    return new Block(from.read(stored.position, stored.headLength), kinds, from, stored.position);
  }

  /** Keeps the file for a batch that refers to it; to be run once the batch has left. */
  synchronized Runnable lease() {
    SpoolFile leased = file;
    return leased != null && leased.retain() ? leased::release : () -> {};
  }

  @Override
  public void close() {
    synchronized (this) {
      if (closed) return;
      closed = true;
      blocks.clear();
      rows = 0;
      if (file != null) file.release();
      notifyAll();
    }
    space.forget(this);
  }
}
