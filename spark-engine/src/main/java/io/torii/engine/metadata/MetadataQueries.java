package io.torii.engine.metadata;

import io.torii.engine.result.ResultSource;
import java.util.List;
import org.apache.spark.sql.SparkSession;

/**
 * One static method per HiveServer2 metadata call, answering in the calling thread; null arguments are "not given".
 *
 * <p>A catalog argument that is null or empty means every catalog, otherwise the one of that name. What Spark's session
 * catalog holds is told under its real name, spark_catalog, as Kyuubi does, so that a name can be put together from its
 * three parts; Spark Thrift Server has an empty string or null there. Rows come by catalog, schema and name.
 */
public final class MetadataQueries {

  private MetadataQueries() {}

  public static ResultSource typeInfo(SparkSession s, int protocol) throws Exception {
    return TypeInfoRows.build().build(protocol);
  }

  public static ResultSource catalogs(SparkSession s, int protocol) throws Exception {
    RowSetBuilder out = new RowSetBuilder().strings("TABLE_CAT");
    for (String name : Catalogs.names(s)) out.row(name);
    return out.build(protocol);
  }

  public static ResultSource schemas(SparkSession s, int protocol, String catalog, String schemaPattern)
      throws Exception {
    return inSession(s, () -> SchemaRows.build(s, catalog, schemaPattern)).build(protocol);
  }

  /** @param types the table types wanted; null or empty means all */
  public static ResultSource tables(
      SparkSession s, int protocol, String catalog, String schemaPattern, String tablePattern, List<String> types)
      throws Exception {
    return inSession(s, () -> TableRows.build(s, catalog, schemaPattern, tablePattern, types)).build(protocol);
  }

  public static ResultSource tableTypes(SparkSession s, int protocol) throws Exception {
    RowSetBuilder out = new RowSetBuilder().strings("TABLE_TYPE");
    out.row(TableEntry.TABLE);
    out.row(TableEntry.VIEW);
    return out.build(protocol);
  }

  public static ResultSource columns(
      SparkSession s, int protocol, String catalog, String schemaPattern, String tablePattern, String columnPattern)
      throws Exception {
    return inSession(s, () -> ColumnRows.build(s, catalog, schemaPattern, tablePattern, columnPattern)).build(protocol);
  }

  public static ResultSource functions(
      SparkSession s, int protocol, String catalog, String schemaPattern, String functionPattern) throws Exception {
    return inSession(s, () -> FunctionRows.build(s, catalog, schemaPattern, functionPattern)).build(protocol);
  }

  /** Always empty: Spark enforces no keys. KEQ_SEQ is HiveServer2's spelling, by which clients look the column up. */
  public static ResultSource primaryKeys(SparkSession s, int protocol, String catalog, String schema, String table)
      throws Exception {
    return new RowSetBuilder()
        .strings("TABLE_CAT", "TABLE_SCHEM", "TABLE_NAME", "COLUMN_NAME")
        .ints("KEQ_SEQ")
        .strings("PK_NAME")
        .build(protocol);
  }

  /** Always empty, as primary keys are. */
  public static ResultSource crossReference(SparkSession s, int protocol, String[] six) throws Exception {
    return new RowSetBuilder()
        .strings("PKTABLE_CAT", "PKTABLE_SCHEM", "PKTABLE_NAME", "PKCOLUMN_NAME")
        .strings("FKTABLE_CAT", "FKTABLE_SCHEM", "FKTABLE_NAME", "FKCOLUMN_NAME")
        .ints("KEQ_SEQ", "UPDATE_RULE", "DELETE_RULE")
        .strings("FK_NAME", "PK_NAME")
        .ints("DEFERRABILITY")
        .build(protocol);
  }

  /** Catalogs read the active session's configuration, so the caller's thread has it while they are asked. */
  private static RowSetBuilder inSession(SparkSession session, java.util.concurrent.Callable<RowSetBuilder> body)
      throws Exception {
    SparkSession.setActiveSession(session);
    return body.call();
  }
}
