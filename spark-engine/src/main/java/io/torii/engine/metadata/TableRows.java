package io.torii.engine.metadata;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.spark.sql.SparkSession;

/** Walks tables for GetTables and GetColumns, and fills GetTables' answer. */
final class TableRows {

  private TableRows() {}

  /** Takes each table that matches. */
  interface Visitor {
    void visit(CatalogView catalog, String schema, TableEntry table) throws Exception;
  }

  static RowSetBuilder build(
      SparkSession session, String catalog, String schemaPattern, String tablePattern, List<String> types)
      throws Exception {
    RowSetBuilder out =
        new RowSetBuilder()
            .strings("TABLE_CAT", "TABLE_SCHEM", "TABLE_NAME", "TABLE_TYPE", "REMARKS")
            .strings("TYPE_CAT", "TYPE_SCHEM", "TYPE_NAME", "SELF_REFERENCING_COL_NAME", "REF_GENERATION");
    Set<String> wanted = wantedTypes(types);
    walk(
        session,
        catalog,
        schemaPattern,
        tablePattern,
        (view, schema, table) -> {
          if (wanted != null && !wanted.contains(table.type)) return;
          out.row(view.name(), schema, table.name, table.type, table.remarks, null, null, null, null, null);
        });
    return out;
  }

  static void walk(
      SparkSession session, String catalog, String schemaPattern, String tablePattern, Visitor visitor)
      throws Exception {
    NamePattern schemas = NamePattern.of(schemaPattern);
    NamePattern tables = NamePattern.of(tablePattern);
    for (CatalogView view : Catalogs.matching(session, catalog)) {
      MetadataLog.skipping("catalog " + view.name(), () -> walkCatalog(view, schemas, tables, visitor));
    }
  }

  private static void walkCatalog(CatalogView view, NamePattern schemas, NamePattern tables, Visitor visitor)
      throws Exception {
    for (Namespace namespace : view.namespaces(schemas)) {
      MetadataLog.skipping(
          "schema " + namespace.name,
          () -> visit(view, namespace.name, view.tables(namespace, tables), visitor));
    }
    // Temporary views show whichever schema is asked for: a client that narrows its search to one still may use them.
    if (view instanceof SessionCatalogView) {
      visit(view, null, ((SessionCatalogView) view).temporaryViews(tables), visitor);
    }
  }

  private static void visit(CatalogView view, String schema, List<TableEntry> tables, Visitor visitor)
      throws Exception {
    for (TableEntry table : tables) {
      MetadataLog.skipping("table " + schema + "." + table.name, () -> visitor.visit(view, schema, table));
    }
  }

  /** Spark knows two types; clients of Hive have more names for them. Null when every type is wanted. */
  private static Set<String> wantedTypes(List<String> types) {
    if (types == null || types.isEmpty()) return null;
    Set<String> wanted = new HashSet<>();
    for (String type : types) {
      switch (type.toUpperCase(Locale.ROOT).replace('_', ' ')) {
        case "TABLE":
        case "MANAGED TABLE":
        case "EXTERNAL TABLE":
          wanted.add(TableEntry.TABLE);
          break;
        case "VIEW":
        case "VIRTUAL VIEW":
          wanted.add(TableEntry.VIEW);
          break;
        default: // a type that Spark has none of, such as MATERIALIZED VIEW
      }
    }
    return wanted;
  }
}
