package io.torii.engine.result;

import io.torii.engine.conf.EngineConf;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.spark.SparkEnv;

/**
 * What the driver has for all results together: some of its heap, and beyond that a local disk. What is in use is summed
 * up over the results that are alive, so it can't be lost count of.
 */
public final class ResultSpace {

  /** Without a setting, results get this part of the heap; a single one gets a quarter of what all have. */
  private static final int HEAP_SHARE = 5;

  private static final int EACH_SHARE = 4;

  /** For results that are on the heap before they come here. */
  static final ResultSpace HEAP_ONLY = new ResultSpace(Long.MAX_VALUE, null, 0);

  private final long memory;
  /** Null: Spark's own local directories. */
  private final Path configuredDir;

  private final long reserve;
  private final Set<Spool> live = new HashSet<>();

  /**
   * @param memory bytes of the heap for all results
   * @param reserve bytes of the disk that results leave to others
   */
  ResultSpace(long memory, Path dir, long reserve) {
    this.memory = memory;
    configuredDir = dir;
    this.reserve = reserve;
  }

  public static ResultSpace of(EngineConf conf) {
    String dir = conf.get("torii.engine.spool.dir");
    return new ResultSpace(
        conf.bytes("torii.engine.result.memory", Runtime.getRuntime().maxMemory() / HEAP_SHARE),
        dir == null ? null : Paths.get(dir),
        conf.bytes("torii.engine.spool.reserve", 256L << 20));
  }

  /** How much of one result stays on the heap, in bytes. */
  long memoryOfEach() {
    return memory == Long.MAX_VALUE ? memory : memory / EACH_SHARE;
  }

  /** Counts the bytes as on the heap, if there is room for them. */
  synchronized boolean hold(Spool spool, int bytes) {
    if (spool.heapBytes() + bytes > memoryOfEach()) return false;
    if (memory < Long.MAX_VALUE) {
      long inUse = bytes;
      for (Spool each : live) inUse += each.heapBytes();
      if (inUse > memory) return false;
      live.add(spool);
    }
    spool.countHeap(bytes);
    return true;
  }

  synchronized void forget(Spool spool) {
    live.remove(spool);
  }

  SpoolFile newFile() throws IOException {
    return SpoolFile.in(dir(), reserve);
  }

  private Path dir() {
    if (configuredDir != null) return configuredDir;
    File[] dirs = SparkEnv.get().blockManager().diskBlockManager().localDirs();
    return dirs[ThreadLocalRandom.current().nextInt(dirs.length)].toPath();
  }
}
