package io.torii.engine.metadata;

import java.util.concurrent.Callable;
import org.apache.spark.sql.types.StructType;

/** One table or view as a catalog lists it; its columns are read when they are asked for. */
final class TableEntry {

  static final String TABLE = "TABLE";
  static final String VIEW = "VIEW";

  final String name;
  final String type;
  final String remarks;
  private final Callable<StructType> columns;

  TableEntry(String name, String type, String remarks, Callable<StructType> columns) {
    this.name = name;
    this.type = type;
    this.remarks = remarks;
    this.columns = columns;
  }

  StructType columns() throws Exception {
    return columns.call();
  }
}
