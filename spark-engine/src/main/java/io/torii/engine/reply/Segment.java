package io.torii.engine.reply;

import java.io.IOException;
import java.nio.ByteBuffer;

/** A piece of a reply, read once from front to back. */
public interface Segment {

  long remaining();

  /** Fills the buffer, or brings what is left. */
  void read(ByteBuffer into) throws IOException;
}
