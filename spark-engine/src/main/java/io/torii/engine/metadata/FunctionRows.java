package io.torii.engine.metadata;

import java.sql.DatabaseMetaData;
import org.apache.spark.sql.SparkSession;

/** GetFunctions' answer. */
final class FunctionRows {

  private FunctionRows() {}

  static RowSetBuilder build(SparkSession session, String catalog, String schemaPattern, String functionPattern)
      throws Exception {
    RowSetBuilder out =
        new RowSetBuilder()
            .strings("FUNCTION_CAT", "FUNCTION_SCHEM", "FUNCTION_NAME", "REMARKS")
            .ints("FUNCTION_TYPE")
            .strings("SPECIFIC_NAME");
    NamePattern schemas = NamePattern.of(schemaPattern);
    NamePattern functions = NamePattern.of(functionPattern);
    for (CatalogView view : Catalogs.matching(session, catalog)) {
      MetadataLog.skipping("catalog " + view.name(), () -> putCatalog(out, view, schemas, functions));
    }
    return out;
  }

  private static void putCatalog(RowSetBuilder out, CatalogView view, NamePattern schemas, NamePattern functions)
      throws Exception {
    for (Namespace namespace : view.namespaces(schemas)) {
      MetadataLog.skipping(
          "functions of " + namespace.name,
          () -> {
            for (FunctionEntry function : view.functions(namespace, functions, schemas.matchesEverything())) {
              out.row(
                  view.name(),
                  namespace.name,
                  function.name,
                  function.remarks,
                  DatabaseMetaData.functionResultUnknown,
                  function.className);
            }
          });
    }
  }
}
