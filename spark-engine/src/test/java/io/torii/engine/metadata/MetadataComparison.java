package io.torii.engine.metadata;

import io.torii.engine.result.OracleComparison;
import io.torii.engine.result.ResultSource;
import io.torii.engine.result.TestSession;
import io.torii.engine.result.ThriftServer;
import java.util.Arrays;
import java.util.List;
import org.apache.hive.service.rpc.thrift.*;
import org.apache.spark.sql.SparkSession;

/**
 * Makes the same tables on a Spark Thrift Server and here and compares what metadata calls answer, apart from the
 * catalog's name, which differs on purpose. Argument: the server's port.
 */
public final class MetadataComparison {

  private static final String[] SETUP = {
    "drop table if exists default.meta_all",
    "create table meta_all (b boolean, t tinyint, s smallint, i int comment 'an int', l bigint, f float, d double,"
        + " e decimal(10,2), g decimal(38,18), st string, c char(5), v varchar(7), bi binary, da date, ts timestamp,"
        + " a array<int>, m map<string,int>, r struct<x:int,y:string>, q struct<x:int,y:double>, nt timestamp_ntz,"
        + " ym interval year to month, dt interval day to second) using parquet comment 'all types'",
    "create database if not exists meta_db comment 'a database'",
    "drop table if exists meta_db.one_two",
    "create table meta_db.one_two (id int) using json",
    "drop table if exists meta_db.oneXtwo",
    "create table meta_db.oneXtwo (id int, name_x string) using json partitioned by (name_x)",
    "create or replace view meta_db.a_view as select id, cast(1 as decimal(5,1)) n from meta_db.one_two",
    "create or replace temporary view tmp_view as select 1 as x, null as n, make_interval(1) as iv",
    "create or replace global temporary view g_view as select 'a' as y",
  };

  private static boolean numbersFromZero;

  private MetadataComparison() {}

  public static void main(String[] args) throws Exception {
    SparkSession spark = TestSession.open();
    int differences = 0;
    try (ThriftServer server = new ThriftServer(Integer.parseInt(args[0]), 9)) {
      for (String statement : SETUP) {
        ThriftServer.Answer done = server.execute(statement);
        if (done.error != null) System.out.println("SETUP " + statement + ": " + done.error.split("\n")[0]);
        spark.sql(statement);
      }
      TCLIService.Client client = server.client;
      TSessionHandle session = server.session;
      TGetTypeInfoResp types = client.GetTypeInfo(new TGetTypeInfoReq(session));
      differences += compare("type info", server.read(types.getStatus(), types.getOperationHandle()), -1, MetadataQueries.typeInfo(spark, 9));
      TGetTableTypesResp tableTypes = client.GetTableTypes(new TGetTableTypesReq(session));
      differences += compare("table types", server.read(tableTypes.getStatus(), tableTypes.getOperationHandle()), -1, MetadataQueries.tableTypes(spark, 9));
      for (String pattern : new String[] {null, "", "%", "meta%", "meta_db", "META\\_DB", "global_temp", "nothing"}) {
        TGetSchemasReq request = new TGetSchemasReq(session);
        request.setSchemaName(pattern);
        TGetSchemasResp answer = client.GetSchemas(request);
        differences += compare("schemas " + pattern, server.read(answer.getStatus(), answer.getOperationHandle()), 1, MetadataQueries.schemas(spark, 9, null, pattern));
      }
      String[][] tablePatterns = {
        {null, null}, {"%", "%"}, {"meta_db", "one_two"}, {"meta\\_db", "one\\_two"}, {"meta_db", "%view"},
        {"global_temp", "%"}, {"default", "meta*"}, {"nothing", "%"}, {"meta_db", "nothing"}, {".*", ".*"},
        {"default", "tmp%"}, {"nothing", "tmp_view"},
      };
      for (String[] pattern : tablePatterns) {
        for (List<String> tableKinds : Arrays.asList(null, Arrays.asList("TABLE"), Arrays.asList("VIEW"), Arrays.asList("TABLE", "VIEW"))) {
          TGetTablesReq request = new TGetTablesReq(session);
          request.setSchemaName(pattern[0]);
          request.setTableName(pattern[1]);
          request.setTableTypes(tableKinds);
          TGetTablesResp answer = client.GetTables(request);
          differences += compare("tables " + Arrays.toString(pattern) + tableKinds, server.read(answer.getStatus(), answer.getOperationHandle()), 0, MetadataQueries.tables(spark, 9, null, pattern[0], pattern[1], tableKinds));
        }
        for (String columns : new String[] {null, "%", "id", "name\\_x", "name%"}) {
          TGetColumnsReq request = new TGetColumnsReq(session);
          request.setSchemaName(pattern[0]);
          request.setTableName(pattern[1]);
          request.setColumnName(columns);
          TGetColumnsResp answer = client.GetColumns(request);
          numbersFromZero = spark.version().startsWith("3.");
          differences += compare("columns " + Arrays.toString(pattern) + columns, server.read(answer.getStatus(), answer.getOperationHandle()), 0, MetadataQueries.columns(spark, 9, null, pattern[0], pattern[1], columns));
        }
      }
      // Not without a schema: built-in functions then come once, where Spark Thrift Server repeats them per database.
      for (String[] pattern : new String[][] {{"default", "%"}, {"default", "abs"}, {"meta_db", "to_%"}, {"default", "*"}, {"nothing", "abs"}, {"meta%", "ABS"}}) {
        TGetFunctionsReq request = new TGetFunctionsReq(session, pattern[1]);
        request.setSchemaName(pattern[0]);
        TGetFunctionsResp answer = client.GetFunctions(request);
        differences += compare("functions " + Arrays.toString(pattern), server.read(answer.getStatus(), answer.getOperationHandle()), 0, MetadataQueries.functions(spark, 9, null, pattern[0], pattern[1]));
      }
    }
    System.out.println("DIFFERENCES " + differences);
    spark.stop();
  }

  private static int compare(String what, ThriftServer.Answer expected, int catalogColumn, ResultSource source) throws Exception {
    ThriftServer.Answer actual = new ThriftServer.Answer();
    OracleComparison.read(source, actual);
    if (catalogColumn >= 0) {
      for (List<Object> row : expected.rows) row.set(catalogColumn, "spark_catalog");
    }
    if (expected.schema != null) {
      expected.schema = expected.schema.replaceAll("'.*'", "''").replaceAll(" -", " {}");
      actual.schema = actual.schema.replaceAll(" -", " {}");
    }
    if (what.startsWith("columns")) {
      for (List<Object> row : expected.rows) {
        // Differ on purpose: a declared length is told, and IS_NULLABLE says the same as NULLABLE.
        String type = (String) row.get(5);
        if (type.startsWith("VARCHAR(")) row.set(6, Integer.valueOf(type.substring(8, type.length() - 1)));
        if (row.get(10).equals(0)) row.set(17, "NO");
        if (numbersFromZero) row.set(16, (Integer) row.get(16) + 1); // Spark 3 began at 0, JDBC and Spark 4 at 1
      }
    }
    // Spark Thrift Server lists tables in the order of its hash maps.
    java.util.Comparator<List<Object>> byText = java.util.Comparator.comparing(String::valueOf);
    if (!what.startsWith("type info")) {
      expected.rows.sort(byText);
      actual.rows.sort(byText);
    }
    return OracleComparison.same(what, expected, actual) ? 0 : 1;
  }
}
