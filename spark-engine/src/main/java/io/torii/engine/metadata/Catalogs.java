package io.torii.engine.metadata;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.TreeSet;
import org.apache.spark.sql.SparkSession;
import scala.collection.JavaConverters;

/** The catalogs that a session's configuration names: spark_catalog first, then the others by name. */
final class Catalogs {

  static final String SESSION_CATALOG = "spark_catalog";
  private static final String PREFIX = "spark.sql.catalog.";

  private Catalogs() {}

  static List<String> names(SparkSession session) {
    TreeSet<String> others = new TreeSet<>();
    for (String key : JavaConverters.mapAsJavaMap(session.conf().getAll()).keySet()) {
      if (!key.startsWith(PREFIX)) continue;
      String name = key.substring(PREFIX.length());
      if (!name.isEmpty() && name.indexOf('.') < 0) others.add(name); // what follows a further dot is an option
    }
    others.remove(SESSION_CATALOG);
    List<String> names = new ArrayList<>();
    names.add(SESSION_CATALOG);
    names.addAll(others);
    return names;
  }

  /** Those a client means: the one named, or all when none is named or a wildcard is. */
  static List<CatalogView> matching(SparkSession session, String catalog) {
    boolean all = catalog == null || catalog.isEmpty() || NamePattern.of(catalog).matchesEverything();
    List<CatalogView> views = new ArrayList<>();
    for (String name : names(session)) {
      if (all || name.equalsIgnoreCase(catalog)) views.add(view(session, name));
    }
    return Collections.unmodifiableList(views);
  }

  private static CatalogView view(SparkSession session, String name) {
    return name.equals(SESSION_CATALOG) ? new SessionCatalogView(session) : new PluginCatalogView(session, name);
  }
}
