package io.torii.engine.result;

import java.io.IOException;
import java.nio.file.Path;

/** A result found no more room on the local disk, or could not be written there. */
final class DiskFullException extends IOException {

  private static final long serialVersionUID = 1L;

  /**
   * @param written bytes of this result on the disk
   * @param free bytes that were left
   */
  DiskFullException(Path dir, long written, long free, IOException cause) {
    super(
        "The result does not fit on the driver's local disk: " + (written >> 20) + " MiB of it are written and "
            + (free >> 20) + " MiB are left in " + dir + (cause == null ? "" : " (" + cause.getMessage() + ")")
            + ". Fetch less, free some space, or set torii.engine.spool.dir to a larger disk",
        cause);
  }
}
