package io.torii.engine.result;

import java.util.Objects;

/** Assertions that throw. */
public final class Check {

  private Check() {}

  public static void that(String what, boolean holds) {
    if (!holds) throw new AssertionError(what);
  }

  public static void equal(String what, Object expected, Object actual) {
    if (!Objects.equals(expected, actual)) {
      throw new AssertionError(what + ": expected " + expected + " but got " + actual);
    }
  }
}
