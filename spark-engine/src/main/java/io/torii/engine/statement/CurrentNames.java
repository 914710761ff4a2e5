package io.torii.engine.statement;

import io.torii.engine.operation.OperationBody;
import io.torii.engine.result.FixedResults;
import io.torii.engine.session.Session;
import java.util.Collections;
import java.util.Map;
import org.apache.spark.sql.connector.catalog.CatalogManager;

/** The pseudo statements by which drivers read and change the current catalog and database; only their overlay counts. */
final class CurrentNames {
  private static final String ENABLED = "kyuubi.engine.operation.convert.catalog.database.enabled";
  private static final String GET_CATALOG = "kyuubi.operation.get.current.catalog";
  private static final String SET_CATALOG = "kyuubi.operation.set.current.catalog";
  private static final String GET_DATABASE = "kyuubi.operation.get.current.database";
  private static final String SET_DATABASE = "kyuubi.operation.set.current.database";

  private CurrentNames() {}

  /** What to do instead of running the text, or null when it is an ordinary statement. */
  static OperationBody bodyFor(Session session, Map<String, String> overlay) {
    String enabled = session.setting(ENABLED);
    if (enabled != null && !Boolean.parseBoolean(enabled)) {
      return null;
    }
    if (overlay.containsKey(SET_CATALOG)) {
      return changing(session, () -> catalogs(session).setCurrentCatalog(overlay.get(SET_CATALOG)));
    }
    if (overlay.containsKey(SET_DATABASE)) {
      String database = overlay.get(SET_DATABASE).replace("`", "``");
      return changing(session, () -> session.spark().sql("USE `" + database + "`"));
    }
    if (overlay.containsKey(GET_CATALOG)) {
      return () -> FixedResults.lines("TABLE_CAT",
          Collections.singletonList(catalogs(session).currentCatalog().name()), session.protocol());
    }
    if (overlay.containsKey(GET_DATABASE)) {
      return () -> FixedResults.lines("TABLE_SCHEM",
          Collections.singletonList(String.join(".", catalogs(session).currentNamespace())), session.protocol());
    }
    return null;
  }

  private static CatalogManager catalogs(Session session) {
    return session.spark().sessionState().catalogManager();
  }

  private static OperationBody changing(Session session, Runnable change) {
    return () -> {
      change.run();
      return FixedResults.lines("Result", Collections.emptyList(), session.protocol());
    };
  }
}
