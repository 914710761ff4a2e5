package io.torii.engine.session;

import io.torii.engine.conf.EngineConf;
import io.torii.engine.spark.SqlScript;
import java.util.Arrays;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.connector.catalog.CatalogManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings a fresh Spark session into the state that its client asked for. */
final class SessionStart {
  private static final Logger LOG = LoggerFactory.getLogger(SessionStart.class);

  private SessionStart() {}

  static void apply(SparkSession spark, SessionSettings wanted, String initialSql) {
    SparkSession.setActiveSession(spark);
    try {
      // The site's statements first, so that the client's wishes win; a catalog may be defined by one of its settings.
      SqlScript.run(spark, initialSql);
      wanted.settings.forEach((key, value) -> set(spark, key, value));
      use(spark, wanted);
    } finally {
      SparkSession.clearActiveSession();
    }
  }

  private static void set(SparkSession spark, String key, String value) {
    try {
      spark.conf().set(key, value);
    } catch (Exception e) {
      // Static and invalid settings don't keep a client out: it learns from the log.
      LOG.warn("Skipped the session setting {}: {}", key, e.getMessage());
    }
  }

  private static void use(SparkSession spark, SessionSettings wanted) {
    CatalogManager catalogs = spark.sessionState().catalogManager();
    if (isGiven(wanted.catalog) && !wanted.catalog.equalsIgnoreCase(catalogs.currentCatalog().name())) {
      catalogs.setCurrentCatalog(wanted.catalog);
    }
    // Asking the metastore for a database that is current anyway would cost its start-up time.
    if (isGiven(wanted.database) && !Arrays.equals(new String[] {wanted.database}, catalogs.currentNamespace())) {
      spark.sql("USE `" + wanted.database.replace("`", "``") + "`");
    }
  }

  private static boolean isGiven(String name) {
    return name != null && !name.isEmpty();
  }

  static String initialSql(Map<String, String> settings, EngineConf conf) {
    for (String key : new String[] {"kyuubi.session.engine.spark.initialize.sql", "kyuubi.engine.session.initialize.sql"}) {
      // An empty value given by the client says: none, whatever the engine's default.
      String value = settings.containsKey(key) ? settings.get(key) : conf.get(key);
      if (value != null) {
        return value;
      }
    }
    return "";
  }
}
