package io.torii.engine.error;

/** A failure of the engine's own, with the SQLSTATE that the client is to see. */
public final class EngineException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String sqlState;

  public EngineException(String message, String sqlState) {
    super(message);
    this.sqlState = sqlState;
  }

  public String sqlState() {
    return sqlState;
  }

  public static EngineException invalidSession(Object id) {
    return new EngineException("Invalid SessionHandle: SessionHandle [" + id + "]", "08S01");
  }

  public static EngineException invalidOperation(Object id) {
    return new EngineException("Invalid OperationHandle: OperationHandle [" + id + "]", "HY000");
  }

  public static EngineException unsupported(String message) {
    return new EngineException(message, "0A000");
  }
}
