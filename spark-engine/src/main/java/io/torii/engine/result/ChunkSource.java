package io.torii.engine.result;

/** Brings chunks from where executors left them. */
interface ChunkSource {

  /** The chunk's bytes, which are then gone there; null when it is lost. */
  byte[] take(long attempt, int chunk) throws Exception;
}
