package io.torii.engine.result;

/** What the session and the statement ask of a result. */
public final class ResultOptions {

  private final int protocolVersion;
  private final long maxRows;
  private final boolean incrementalCollect;

  /**
   * @param protocolVersion TProtocolVersion's number: V6 is 5, V11 is 10
   * @param maxRows the most rows that the result may have; zero or less means all
   * @param incrementalCollect partitions run as rows are asked for, instead of all before the first
   */
  public ResultOptions(int protocolVersion, long maxRows, boolean incrementalCollect) {
    this.protocolVersion = protocolVersion;
    this.maxRows = Math.max(0, maxRows);
    this.incrementalCollect = incrementalCollect;
  }

  public int protocolVersion() {
    return protocolVersion;
  }

  public long maxRows() {
    return maxRows;
  }

  public boolean incrementalCollect() {
    return incrementalCollect;
  }
}
