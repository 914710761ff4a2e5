package io.torii.engine.net;

import io.torii.engine.StartFailure;
import io.torii.engine.conf.EngineConf;
import io.torii.engine.conf.EngineSecrets;

/** Chooses how connections are checked; without a key, an engine is open only when that was said in so many words. */
public final class Authentications {
  private Authentications() {}

  public static GatewayAuthentication of(EngineConf conf, EngineSecrets secrets) {
    String enabled = conf.get("kyuubi.engine.security.enabled");
    if ("false".equalsIgnoreCase(enabled)) {
      return (user, password) -> null;
    }
    if (secrets.key() == null) {
      throw new StartFailure("no spark.torii.engine.key was given; only kyuubi.engine.security.enabled=false lets it do without");
    }
    int bits = conf.number("kyuubi.engine.security.crypto.keyLength", 128);
    if (bits != 128 && bits != 192 && bits != 256) {
      throw new StartFailure("kyuubi.engine.security.crypto.keyLength has to be 128, 192 or 256");
    }
    return new InternalToken(secrets.key(), bits);
  }
}
