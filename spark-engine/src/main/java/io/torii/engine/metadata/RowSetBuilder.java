package io.torii.engine.metadata;

import static org.apache.hive.service.rpc.thrift.TTypeId.*;

import io.torii.engine.result.FixedResults;
import io.torii.engine.result.ResultSource;
import io.torii.engine.result.WireSchema;
import java.util.ArrayList;
import java.util.List;
import org.apache.hive.service.rpc.thrift.TTableSchema;
import org.apache.hive.service.rpc.thrift.TTypeId;

/** A metadata answer in the making: its columns first, then its rows. */
final class RowSetBuilder {

  private final TTableSchema schema = new TTableSchema();
  private final List<Object[]> rows = new ArrayList<>();

  RowSetBuilder strings(String... names) {
    return columns(STRING_TYPE, names);
  }

  RowSetBuilder ints(String... names) {
    return columns(INT_TYPE, names);
  }

  RowSetBuilder shorts(String... names) {
    return columns(SMALLINT_TYPE, names);
  }

  RowSetBuilder bytes(String... names) {
    return columns(TINYINT_TYPE, names);
  }

  RowSetBuilder booleans(String... names) {
    return columns(BOOLEAN_TYPE, names);
  }

  void row(Object... values) {
    rows.add(values);
  }

  ResultSource build(int protocolVersion) {
    return FixedResults.of(schema, rows, protocolVersion);
  }

  /** HiveServer2 numbers the columns of metadata answers from 1. */
  private RowSetBuilder columns(TTypeId type, String... names) {
    for (String name : names) schema.addToColumns(WireSchema.column(name, type, schema.getColumnsSize() + 1));
    return this;
  }
}
