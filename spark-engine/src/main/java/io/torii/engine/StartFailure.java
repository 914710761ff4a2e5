package io.torii.engine;

/** Why the engine could not start, in one line that the launcher shows to the user. */
public final class StartFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The launch intent names another launch: nothing is wrong, but this process is not wanted. */
  public static final int PLACE_TAKEN = 3;
  public static final int FAILED = 1;

  private final int exitCode;

  public StartFailure(String message) {
    this(message, FAILED, null);
  }

  public StartFailure(String message, Throwable cause) {
    this(message, FAILED, cause);
  }

  private StartFailure(String message, int exitCode, Throwable cause) {
    super(message, cause);
    this.exitCode = exitCode;
  }

  public static StartFailure placeTaken() {
    return new StartFailure("its place was taken by another launch", PLACE_TAKEN, null);
  }

  public int exitCode() {
    return exitCode;
  }

  /** One line for any failure: the innermost message is usually the one that helps. */
  public static String describe(Throwable failure) {
    // A wrong setting says by itself what is wrong with it.
    if (failure.getCause() == null && (failure instanceof StartFailure || failure instanceof IllegalArgumentException)) {
      return oneLine(failure.getMessage());
    }
    Throwable root = failure;
    while (root.getCause() != null && root.getCause() != root) {
      root = root.getCause();
    }
    String cause = root.getMessage() == null
        ? root.getClass().getName() : root.getClass().getSimpleName() + ": " + root.getMessage();
    return oneLine(failure instanceof StartFailure ? failure.getMessage() + ": " + cause : cause);
  }

  private static String oneLine(String text) {
    String line = text == null ? "unknown" : text.replaceAll("\\s*[\\r\\n]+\\s*", " ").trim();
    return line.length() > 1000 ? line.substring(0, 1000) : line;
  }
}
