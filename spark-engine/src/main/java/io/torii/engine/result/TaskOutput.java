package io.torii.engine.result;

import java.io.IOException;

/** Where a task leaves its blocks. */
interface TaskOutput {

  void append(byte[] block) throws IOException;

  /** What the driver needs to find the blocks: an {@link Outcome}. */
  byte[] finish() throws IOException;
}
