package io.torii.engine.session;

import java.util.HashMap;
import java.util.Map;

/** What a client asks for when it opens a session, sorted: where to start, and which settings to apply. */
final class SessionSettings {
  private static final String[] PREFIXES = {"set:hiveconf:", "set:hivevar:", "set:system:", "set:metaconf:", "set:"};

  final String catalog;
  final String database;
  final Map<String, String> settings;

  private SessionSettings(String catalog, String database, Map<String, String> settings) {
    this.catalog = catalog;
    this.database = database;
    this.settings = settings;
  }

  static SessionSettings of(Map<String, String> configuration) {
    Map<String, String> settings = new HashMap<>();
    if (configuration != null) {
      configuration.forEach((key, value) -> settings.put(withoutPrefix(key), value));
    }
    String catalog = settings.remove("use:catalog");
    String database = settings.remove("use:database");
    // Credentials are for the process, not for a place where `SET` shows them.
    settings.remove("kyuubi.engine.credentials");
    return new SessionSettings(catalog, database, settings);
  }

  private static String withoutPrefix(String key) {
    for (String prefix : PREFIXES) {
      if (key.startsWith(prefix)) {
        return key.substring(prefix.length());
      }
    }
    return key;
  }
}
