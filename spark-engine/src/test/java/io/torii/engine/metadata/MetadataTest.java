package io.torii.engine.metadata;

import io.torii.engine.result.Check;
import io.torii.engine.result.Decoded;
import io.torii.engine.result.ResultSource;
import io.torii.engine.result.TestSession;
import io.torii.engine.result.RowSet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.SparkSession;

/** Metadata over several catalogs, one of them broken, and the forms that patterns and type names take. */
public final class MetadataTest {

  private MetadataTest() {}

  public static void main(String[] args) throws Exception {
    patterns();
    SparkSession spark = TestSession.open();
    try {
      spark.conf().set("spark.sql.catalog.broken", "no.such.Catalog");
      spark.conf().set("spark.sql.catalog.derby", "org.apache.spark.sql.execution.datasources.v2.jdbc.JDBCTableCatalog");
      spark.conf().set("spark.sql.catalog.derby.url", "jdbc:derby:memory:meta;create=true");
      spark.conf().set("spark.sql.catalog.derby.driver", derbyDriver());
      spark.sql("create table derby.APP.people (id int, name string)");
      spark.sql("create or replace temporary view tmp as select 1 as x");
      Check.equal("catalogs", "[[spark_catalog], [broken], [derby]]", rows(MetadataQueries.catalogs(spark, 9)).toString());
      String schemas = rows(MetadataQueries.schemas(spark, 9, null, "%")).toString();
      Check.that(schemas, schemas.startsWith("[[default, spark_catalog], [global_temp, spark_catalog]") && schemas.contains("[APP, derby]"));
      Check.equal("one catalog", "[[APP, derby]]", rows(MetadataQueries.schemas(spark, 9, "derby", "app")).toString());
      Check.equal("no such catalog", "[]", rows(MetadataQueries.schemas(spark, 9, "absent", "%")).toString());
      Check.equal("broken catalog", "[]", rows(MetadataQueries.tables(spark, 9, "broken", "%", "%", null)).toString());
      for (String all : new String[] {null, "", "%", "*", ".*"}) {
        String tables = rows(MetadataQueries.tables(spark, 9, all, all, all, null)).toString();
        Check.that(tables, tables.contains("[derby, APP, people, TABLE,") && tables.contains("[spark_catalog, null, tmp, VIEW,"));
      }
      for (String type : new String[] {"table", "MANAGED_TABLE", "EXTERNAL TABLE"}) {
        String tables = rows(MetadataQueries.tables(spark, 9, "", "APP", "%", Arrays.asList(type))).toString();
        Check.that(tables, tables.contains("people") && !tables.contains("tmp"));
      }
      Check.equal("views", "[]", rows(MetadataQueries.tables(spark, 9, "derby", "APP", "%", Arrays.asList("VIRTUAL_VIEW", "MATERIALIZED_VIEW"))).toString());
      List<List<Object>> columns = rows(MetadataQueries.columns(spark, 4, "derby", "APP", "PEOPLE", "%"));
      Check.equal("columns", 2, columns.size());
      Check.equal("column", Arrays.asList("derby", "APP", "people", "id", 4, "INT", 4), columns.get(0).subList(0, 7));
      Check.equal("layout", 23, columns.get(0).size());
      Check.equal("keys", 6, MetadataQueries.primaryKeys(spark, 9, null, null, "t").schema().getColumnsSize());
      Check.equal("KEQ_SEQ", "KEQ_SEQ", MetadataQueries.primaryKeys(spark, 9, null, null, "t").schema().getColumns().get(4).getColumnName());
      Check.equal("references", 14, MetadataQueries.crossReference(spark, 9, new String[6]).schema().getColumnsSize());
      List<List<Object>> functions = rows(MetadataQueries.functions(spark, 9, null, "%", "abs"));
      Check.equal("functions", "abs", functions.get(0).get(2));
      Check.equal("built-in functions once", 1, functions.size());
    } finally {
      spark.stop();
    }
    System.out.println("MetadataTest passed");
  }

  /** Derby moved its driver between the versions that Spark 3 and Spark 4 carry. */
  private static String derbyDriver() {
    try {
      return Class.forName("org.apache.derby.jdbc.EmbeddedDriver").getName();
    } catch (ClassNotFoundException e) {
      return "org.apache.derby.iapi.jdbc.AutoloadedDriver";
    }
  }

  private static void patterns() {
    String[][] yes = {
      {null, "a"}, {"", "a"}, {"%", ""}, {"a_c", "abc"}, {"a\\_c", "a_c"}, {"A%", "abc"}, {"a*", "abc"}, {".*", "x"},
      {"a.*", "abc"}, {"a|b", "b"}, {"a.b", "a.b"}, {"x(1)", "x(1)"}, {"50\\%", "50%"}, {"a\\\\b", "a\\b"}, {"é%", "Éa"},
    };
    String[][] no = {{"a\\_c", "abc"}, {"a", "ab"}, {"a.b", "axb"}, {"50\\%", "505"}, {"a_", "a"}, {"(", "a"}};
    for (String[] pair : yes) Check.that(pair[0] + " matches " + pair[1], NamePattern.of(pair[0]).matches(pair[1]));
    for (String[] pair : no) Check.that(pair[0] + " does not match " + pair[1], !NamePattern.of(pair[0]).matches(pair[1]));
  }

  private static List<List<Object>> rows(ResultSource source) throws Exception {
    List<List<Object>> rows = new ArrayList<>();
    RowSet batch;
    do {
      batch = source.fetch(0, 1000);
      rows.addAll(Decoded.rows(Decoded.rowSet(batch)));
    } while (batch.rowCount() > 0);
    return rows;
  }
}
