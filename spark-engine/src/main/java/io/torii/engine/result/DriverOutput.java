package io.torii.engine.result;

import java.io.IOException;

/** Blocks of a task in the driver's own JVM: they go straight to the spool. */
final class DriverOutput implements TaskOutput {

  private final Collector collector;
  private final PartitionLog log;

  DriverOutput(Collector collector, int partition) {
    this.collector = collector;
    log = new PartitionLog(partition);
  }

  @Override
  public void append(byte[] block) throws IOException {
    collector.order().append(log, block);
  }

  @Override
  public byte[] finish() {
    return Outcome.inDriver(collector.register(log));
  }
}
