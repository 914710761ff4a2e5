package io.torii.engine.metadata;

import org.apache.spark.sql.SparkSession;

/** GetSchemas' answer. */
final class SchemaRows {

  private SchemaRows() {}

  static RowSetBuilder build(SparkSession session, String catalog, String schemaPattern) throws Exception {
    RowSetBuilder out = new RowSetBuilder().strings("TABLE_SCHEM", "TABLE_CATALOG");
    NamePattern schemas = NamePattern.of(schemaPattern);
    for (CatalogView view : Catalogs.matching(session, catalog)) {
      MetadataLog.skipping(
          "catalog " + view.name(),
          () -> {
            for (Namespace namespace : view.namespaces(schemas)) out.row(namespace.name, view.name());
          });
    }
    return out;
  }
}
