package io.torii.engine.rpc;

/** How long a method keeps the thread that runs it. */
enum Pace {
  /** It only touches what is in memory: no other thread is needed, and handing it to one would take longer. */
  AT_ONCE,
  /** It is short, and has to get through when all other threads are busy. */
  QUICK,
  /** It may wait for Spark. */
  SLOW
}
