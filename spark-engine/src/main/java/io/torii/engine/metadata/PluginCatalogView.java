package io.torii.engine.metadata;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.connector.catalog.CatalogPlugin;
import org.apache.spark.sql.connector.catalog.FunctionCatalog;
import org.apache.spark.sql.connector.catalog.Identifier;
import org.apache.spark.sql.connector.catalog.SupportsNamespaces;
import org.apache.spark.sql.connector.catalog.TableCatalog;
import org.apache.spark.sql.types.StructType;

/** A catalog behind Spark's connector interface: Iceberg, JDBC and the like. Only columns make it load a table. */
final class PluginCatalogView implements CatalogView {

  private static final int MAX_DEPTH = 8;

  private final SparkSession session;
  private final String name;

  PluginCatalogView(SparkSession session, String name) {
    this.session = session;
    this.name = name;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public List<Namespace> namespaces(NamePattern pattern) throws Exception {
    List<Namespace> found = new ArrayList<>();
    if (plugin() instanceof SupportsNamespaces) collect((SupportsNamespaces) plugin(), new String[0], pattern, found);
    found.sort(Comparator.comparing(namespace -> namespace.name));
    return found;
  }

  @Override
  public List<TableEntry> tables(Namespace namespace, NamePattern pattern) throws Exception {
    List<TableEntry> entries = new ArrayList<>();
    if (!(plugin() instanceof TableCatalog)) return entries;
    TableCatalog tables = (TableCatalog) plugin();
    for (Identifier id : tables.listTables(namespace.parts)) {
      if (pattern.matches(id.name())) {
        entries.add(new TableEntry(id.name(), TableEntry.TABLE, "", () -> schemaOf(tables, id)));
      }
    }
    entries.sort(Comparator.comparing(entry -> entry.name));
    return entries;
  }

  @Override
  public List<FunctionEntry> functions(Namespace namespace, NamePattern pattern, boolean allNamespaces)
      throws Exception {
    if (!(plugin() instanceof FunctionCatalog)) return Collections.emptyList();
    List<FunctionEntry> entries = new ArrayList<>();
    for (Identifier id : ((FunctionCatalog) plugin()).listFunctions(namespace.parts)) {
      if (pattern.matches(id.name())) entries.add(new FunctionEntry(id.name(), "", ""));
    }
    entries.sort(Comparator.comparing(entry -> entry.name));
    return entries;
  }

  private CatalogPlugin plugin() {
    return session.sessionState().catalogManager().catalog(name);
  }

  /** Namespaces may hold namespaces; a table may stand in each. */
  private static void collect(SupportsNamespaces catalog, String[] parent, NamePattern pattern, List<Namespace> found)
      throws Exception {
    String[][] children = parent.length == 0 ? catalog.listNamespaces() : catalog.listNamespaces(parent);
    for (String[] child : children) {
      Namespace namespace = new Namespace(child);
      if (pattern.matches(namespace.name)) found.add(namespace);
      // One that lists itself or its parent again would never end.
      if (child.length > parent.length && child.length < MAX_DEPTH) collect(catalog, child, pattern, found);
    }
  }

  @SuppressWarnings("deprecation") // Table.columns() begins with Spark 3.4
  static StructType schemaOf(TableCatalog tables, Identifier id) throws Exception {
    return tables.loadTable(id).schema();
  }
}
