package io.torii.engine.metadata;

import java.sql.DatabaseMetaData;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;

/** GetColumns' answer. */
final class ColumnRows {

  private ColumnRows() {}

  static RowSetBuilder build(
      SparkSession session, String catalog, String schemaPattern, String tablePattern, String columnPattern)
      throws Exception {
    RowSetBuilder out = layout();
    NamePattern columns = NamePattern.of(columnPattern);
    TableRows.walk(
        session,
        catalog,
        schemaPattern,
        tablePattern,
        (view, schema, table) -> {
          StructField[] fields = table.columns().fields();
          for (int i = 0; i < fields.length; i++) {
            if (columns.matches(fields[i].name())) put(out, view.name(), schema, table.name, fields[i], i);
          }
        });
    return out;
  }

  private static RowSetBuilder layout() {
    return new RowSetBuilder()
        .strings("TABLE_CAT", "TABLE_SCHEM", "TABLE_NAME", "COLUMN_NAME")
        .ints("DATA_TYPE")
        .strings("TYPE_NAME")
        .ints("COLUMN_SIZE")
        .bytes("BUFFER_LENGTH")
        .ints("DECIMAL_DIGITS", "NUM_PREC_RADIX", "NULLABLE")
        .strings("REMARKS", "COLUMN_DEF")
        .ints("SQL_DATA_TYPE", "SQL_DATETIME_SUB", "CHAR_OCTET_LENGTH", "ORDINAL_POSITION")
        .strings("IS_NULLABLE", "SCOPE_CATALOG", "SCOPE_SCHEMA", "SCOPE_TABLE")
        .shorts("SOURCE_DATA_TYPE")
        .strings("IS_AUTO_INCREMENT");
  }

  private static void put(
      RowSetBuilder out, String catalog, String schema, String table, StructField field, int position) {
    DataType type = field.dataType();
    out.row(
        catalog,
        schema,
        table,
        field.name(),
        TypeFacts.sqlType(type),
        type.sql(),
        TypeFacts.columnSize(type),
        null,
        TypeFacts.decimalDigits(type),
        TypeFacts.radix(type),
        field.nullable() ? DatabaseMetaData.columnNullable : DatabaseMetaData.columnNoNulls,
        field.getComment().isDefined() ? field.getComment().get() : "",
        null,
        null,
        null,
        null,
        position + 1,
        field.nullable() ? "YES" : "NO",
        null,
        null,
        null,
        null,
        "NO");
  }
}
