package io.torii.engine.metadata;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Goes on when one catalog, schema or table can't be read: the others are an answer too. */
final class MetadataLog {

  private static final Logger LOG = LoggerFactory.getLogger(MetadataLog.class);

  private MetadataLog() {}

  /** Something that may fail. */
  interface Step {
    void run() throws Exception;
  }

  static void skipping(String what, Step step) throws Exception {
    try {
      step.run();
    } catch (Exception | LinkageError e) {
      if (Thread.interrupted() || e instanceof InterruptedException) throw e; // the call was cancelled
      survived(what, e);
    }
  }

  static void survived(String what, Throwable e) {
    LOG.warn("Metadata leaves out {}: {}", what, e.toString());
    LOG.debug("Cause", e);
  }
}
