package io.torii.engine.result;

import java.io.Serializable;

/** Ends each row in a stage's generated code. Public for that code alone. */
public final class RowSink implements Serializable {

  private static final long serialVersionUID = 1L;

  private transient StageBlocks blocks;

  RowSink() {}

  public boolean endRow() {
    if (blocks == null) blocks = StageBlocks.current();
    return blocks.endRow();
  }
}
