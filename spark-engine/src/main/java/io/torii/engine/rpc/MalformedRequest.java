package io.torii.engine.rpc;

/** A request that can be read but lacks what the protocol requires. */
final class MalformedRequest extends Exception {
  private static final long serialVersionUID = 1L;

  MalformedRequest(String message) {
    super(message);
  }
}
