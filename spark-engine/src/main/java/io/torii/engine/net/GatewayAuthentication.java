package io.torii.engine.net;

/** Says whether a connection comes from a gateway. */
public interface GatewayAuthentication {
  /** Null when the password is good, else the sentence that the other side is told. */
  String refusal(String user, String password);
}
