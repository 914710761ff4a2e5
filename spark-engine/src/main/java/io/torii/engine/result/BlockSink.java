package io.torii.engine.result;

import java.io.IOException;

/** Takes a result's blocks, in row order. */
interface BlockSink {
  void append(byte[] block) throws IOException;
}
