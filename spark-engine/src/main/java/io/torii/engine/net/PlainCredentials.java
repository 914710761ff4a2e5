package io.torii.engine.net;

import java.nio.charset.StandardCharsets;

/** What a SASL PLAIN message says: [authorization id] NUL user NUL password, in UTF-8. */
final class PlainCredentials {
  final String user;
  final String password;

  private PlainCredentials(String user, String password) {
    this.user = user;
    this.password = password;
  }

  /** Null when the message is not of that form, or one of the two is empty. */
  static PlainCredentials parse(byte[] message) {
    String[] parts = new String(message, StandardCharsets.UTF_8).split("\0", -1);
    if (parts.length < 2 || parts.length > 3) {
      return null;
    }
    String user = parts[parts.length - 2];
    String password = parts[parts.length - 1];
    return user.isEmpty() || password.isEmpty() ? null : new PlainCredentials(user, password);
  }
}
