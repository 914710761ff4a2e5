package io.torii.engine.net;

/** One authenticated connection, as the calls see it. Compared by identity. */
public final class Connection {
  private final String user;
  private volatile boolean open = true;

  Connection(String user) {
    this.user = user;
  }

  /** The SASL user, exactly as the gateway gave it. */
  public String user() {
    return user;
  }

  public boolean isOpen() {
    return open;
  }

  void markClosed() {
    open = false;
  }
}
