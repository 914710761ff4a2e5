package io.torii.engine.result;

import java.util.concurrent.Callable;

/** Lets a checked exception pass through one of Scala's functions, which declare none but let everything through. */
final class Checked {

  private Checked() {}

  static <T> T call(Callable<T> body) {
    try {
      return body.call();
    } catch (Exception e) {
      throw Checked.<RuntimeException>unchecked(e);
    }
  }

  @SuppressWarnings("unchecked")
  private static <E extends Exception> E unchecked(Exception e) throws E {
    throw (E) e;
  }
}
