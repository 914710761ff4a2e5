package io.torii.engine.result;

import io.torii.engine.operation.EngineThreads;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;

/** The driver's side of one job: takes what tasks leave and puts it in order. */
final class Collector implements AutoCloseable {

  /** Tasks that run in this JVM find their collector here; in any other JVM there is none. */
  private static final Map<String, Collector> HERE = new ConcurrentHashMap<>();

  /** Each holds one chunk at a time. */
  private static final ExecutorService PULLERS = Executors.newFixedThreadPool(4, EngineThreads.named("torii-pull"));

  private final String id = UUID.randomUUID().toString();
  private final PartitionOrder order;
  private final ChunkSource chunks;
  /** By the job's own numbering. */
  private final int[] partitions;

  private final Map<Long, PartitionLog> registered = new ConcurrentHashMap<>();
  private final AtomicLong lastNumber = new AtomicLong();
  private final List<Future<?>> pulls = Collections.synchronizedList(new ArrayList<>());
  private final TreeSet<Integer> lost = new TreeSet<>();

  Collector(PartitionOrder order, ChunkSource chunks, int[] partitions) {
    this.order = order;
    this.chunks = chunks;
    this.partitions = partitions;
    HERE.put(id, this);
  }

  /** Null in another JVM than the driver's. */
  static Collector here(String id) {
    return HERE.get(id);
  }

  String id() {
    return id;
  }

  PartitionOrder order() {
    return order;
  }

  /** The partition that the job knows by this number. */
  int partition(int number) {
    return partitions[number];
  }

  long register(PartitionLog log) {
    long number = lastNumber.incrementAndGet();
    registered.put(number, log);
    return number;
  }

  /** Called on Spark's scheduler thread, which must not wait for anything. */
  void arrived(int number, byte[] outcome) {
    if (outcome[0] == Outcome.IN_DRIVER) {
      order.finish(registered.remove(ByteBuffer.wrap(outcome, 1, 8).getLong()));
    } else {
      int partition = partition(number);
      pulls.add(PULLERS.submit(() -> pull(partition, outcome)));
    }
  }

  private Void pull(int partition, byte[] outcome) throws Exception {
    PartitionLog log = new PartitionLog(partition);
    ByteBuffer in = ByteBuffer.wrap(outcome);
    if (in.get() == Outcome.BLOCKS) {
      for (byte[] block : Outcome.blocksIn(in)) order.append(log, block);
    } else {
      long attempt = in.getLong();
      int count = in.getInt();
      for (int i = 0; i < count; i++) {
        byte[] chunk = chunks.take(attempt, i);
        if (chunk == null) {
          synchronized (lost) {
            lost.add(partition);
          }
          return null;
        }
        for (byte[] block : Chunks.read(chunk, attempt, i)) order.append(log, block);
      }
    }
    order.finish(log);
    return null;
  }

  /**
   * Waits for what arrived to be in its place; to be called once the job has ended. Returns the partitions to be run again,
   * since their executor is gone.
   */
  int[] await() throws Exception {
    for (Future<?> pull : new ArrayList<>(pulls)) {
      try {
        pull.get();
      } catch (ExecutionException e) {
        throw e.getCause() instanceof Exception ? (Exception) e.getCause() : new IOException(e.getCause());
      }
    }
    synchronized (lost) {
      return lost.stream().mapToInt(Integer::intValue).toArray();
    }
  }

  @Override
  public void close() {
    HERE.remove(id);
    for (Future<?> pull : new ArrayList<>(pulls)) pull.cancel(false);
  }
}
