package io.torii.engine.metadata;

import java.sql.Types;

/** GetTypeInfo's answer: one row per SQL type. */
final class TypeInfoRows {

  private static final short NULLABLE = 1;
  private static final short NOT_SEARCHABLE = 0;
  private static final short SEARCHABLE = 3;

  private TypeInfoRows() {}

  static RowSetBuilder build() {
    RowSetBuilder out = layout();
    plain(out, "VOID", Types.NULL);
    plain(out, "BOOLEAN", Types.BOOLEAN);
    row(out, "STRING", Types.VARCHAR, null, true, SEARCHABLE, true, null);
    plain(out, "BINARY", Types.BINARY);
    number(out, "TINYINT", Types.TINYINT, 3);
    number(out, "SMALLINT", Types.SMALLINT, 5);
    number(out, "INT", Types.INTEGER, 10);
    number(out, "BIGINT", Types.BIGINT, 19);
    number(out, "FLOAT", Types.FLOAT, 7);
    number(out, "DOUBLE", Types.DOUBLE, 15);
    number(out, "DECIMAL", Types.DECIMAL, 38);
    plain(out, "DATE", Types.DATE);
    plain(out, "TIMESTAMP", Types.TIMESTAMP);
    complex(out, "ARRAY", Types.ARRAY);
    complex(out, "MAP", Types.JAVA_OBJECT);
    complex(out, "STRUCT", Types.STRUCT);
    plain(out, "CHAR", Types.CHAR);
    plain(out, "VARCHAR", Types.VARCHAR);
    plain(out, "INTERVAL_YEAR_MONTH", Types.OTHER);
    plain(out, "INTERVAL_DAY_TIME", Types.OTHER);
    return out;
  }

  private static RowSetBuilder layout() {
    return new RowSetBuilder()
        .strings("TYPE_NAME")
        .ints("DATA_TYPE", "PRECISION")
        .strings("LITERAL_PREFIX", "LITERAL_SUFFIX", "CREATE_PARAMS")
        .shorts("NULLABLE")
        .booleans("CASE_SENSITIVE")
        .shorts("SEARCHABLE")
        .booleans("UNSIGNED_ATTRIBUTE", "FIXED_PREC_SCALE", "AUTO_INCREMENT")
        .strings("LOCAL_TYPE_NAME")
        .shorts("MINIMUM_SCALE", "MAXIMUM_SCALE")
        .ints("SQL_DATA_TYPE", "SQL_DATETIME_SUB", "NUM_PREC_RADIX");
  }

  private static void plain(RowSetBuilder out, String name, int sqlType) {
    row(out, name, sqlType, null, false, SEARCHABLE, true, null);
  }

  private static void number(RowSetBuilder out, String name, int sqlType, int precision) {
    row(out, name, sqlType, precision, false, SEARCHABLE, false, 10);
  }

  private static void complex(RowSetBuilder out, String name, int sqlType) {
    row(out, name, sqlType, null, false, NOT_SEARCHABLE, true, null);
  }

  private static void row(
      RowSetBuilder out,
      String name,
      int sqlType,
      Integer precision,
      boolean caseSensitive,
      short searchable,
      boolean unsigned,
      Integer radix) {
    out.row(
        name, sqlType, precision, null, null, null, NULLABLE, caseSensitive, searchable, unsigned, false, false, null,
        (short) 0, (short) 0, null, null, radix);
  }
}
