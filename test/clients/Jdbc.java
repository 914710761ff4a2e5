import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/**
 * A JDBC program as a user writes it, with java.sql alone: the driver is whatever the class path holds. Arguments: the
 * base URL (jdbc:hive2://host:port/), the URL of a NOSASL connection, optionally a ZooKeeper URL. It prints one JSON
 * object with what each step saw; a step that fails shows its SQLSTATE and message and does not end the program.
 */
public final class Jdbc {
  private static final Map<String, Object> seen = new LinkedHashMap<>();

  /** Stands behind the database in every URL: how the driver is to come. */
  private static final String TRANSPORT = System.getProperty("transport", "");

  private Jdbc() {}

  public static void main(String[] args) throws Exception {
    DriverManager.setLoginTimeout(120);
    try (Connection connection = DriverManager.getConnection(args[0] + "default" + TRANSPORT, "alice", "secret")) {
      step("product", () -> product(connection));
      step("types", () -> types(connection));
      step("prepared", () -> prepared(connection));
      step("batches", () -> batches(connection));
      step("empty", () -> empty(connection));
      step("noResult", () -> noResult(connection));
      step("metadata", () -> metadata(connection));
      step("error", () -> error(connection, "select * from no_such_table"));
      step("runtimeError", () -> error(connection, "select raise_error('boom')"));
      step("cancel", () -> cancel(connection));
      step("afterCancel", () -> one(connection, "select 'alive'"));
      step("queryTimeout", () -> queryTimeout(connection));
      step("schema", () -> schema(connection));
      step("isValid", () -> connection.isValid(10));
      step("temporaryView", () -> temporaryView(connection));
      step("closeTwice", () -> closeTwice(connection));
    }
    step("urlSettings", () -> urlSettings(args[0]));
    step("otherSession", () -> otherSession(args[0]));
    step("unknownDatabase", () -> unknownDatabase(args[0]));
    step("noSasl", () -> connectAndAsk(args[1]));
    if (args.length > 2) step("zooKeeper", () -> connectAndAsk(args[2]));
    System.out.println(json(seen));
    System.exit(0); // a driver's idle threads don't keep the program
  }

  private static void step(String name, Callable<Object> action) {
    System.err.println("step " + name); // shows where a program that hangs has come to
    try {
      seen.put(name, action.call());
    } catch (SQLException failure) {
      seen.put(name, failure(failure));
    } catch (Exception failure) {
      seen.put(name, map("thrown", failure.toString()));
    }
  }

  private static Object product(Connection connection) throws SQLException {
    DatabaseMetaData about = connection.getMetaData();
    return map(
        "product", about.getDatabaseProductName(),
        "version", about.getDatabaseProductVersion(),
        "driver", about.getDriverName(),
        "autoCommit", connection.getAutoCommit(),
        "readOnly", connection.isReadOnly());
  }

  private static Object types(Connection connection) throws SQLException {
    String query =
        "select true as bool, 1Y as tiny, 2S as small, 3 as int_, 4L as big, 1.5F as flt, 0.1D as dbl,"
            + " cast(12.50 as decimal(10,2)) as dec, 'é😀' as str, cast('ab' as varchar(5)) as vch, X'00ff' as bin,"
            + " date'2024-02-29' as day, timestamp'2024-02-29 12:34:56.789' as at, array(1, null) as arr,"
            + " map('k', 1) as map_, named_struct('a', 1, 'b', 'x') as str_, interval '1-2' year to month as ym,"
            + " interval '1 02:03:04.5' day to second as ds, null as nothing, cast(null as int) as no_int";
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      ResultSetMetaData columns = rows.getMetaData();
      List<Object> described = new ArrayList<>();
      while (rows.next()) {
        for (int column = 1; column <= columns.getColumnCount(); column++) {
          Object value = rows.getObject(column);
          described.add(
              list(
                  columns.getColumnName(column),
                  columns.getColumnTypeName(column),
                  columns.getColumnType(column),
                  columns.getPrecision(column),
                  columns.getScale(column),
                  value == null ? null : value.getClass().getSimpleName(),
                  value instanceof byte[] ? hex((byte[]) value) : value == null ? null : value.toString(),
                  rows.wasNull()));
        }
      }
      return described;
    }
  }

  private static Object prepared(Connection connection) throws SQLException {
    String query = "select ? as i, ? as s, ? as d, ? as n, ? as b";
    try (PreparedStatement statement = connection.prepareStatement(query)) {
      statement.setInt(1, 42);
      statement.setString(2, "it's");
      statement.setBigDecimal(3, new BigDecimal("1.25"));
      statement.setNull(4, java.sql.Types.VARCHAR);
      statement.setBoolean(5, true);
      try (ResultSet rows = statement.executeQuery()) {
        rows.next();
        return list(rows.getInt(1), rows.getString(2), rows.getString(3), rows.getString(4), rows.getBoolean(5));
      }
    }
  }

  private static Object batches(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.setFetchSize(1000);
      long sum = 0;
      int count = 0;
      int nulls = 0;
      try (ResultSet rows =
          statement.executeQuery("select id, if(id % 7 = 0, null, string(id)) from range(0, 2500, 1, 3)")) {
        while (rows.next()) {
          sum += rows.getLong(1);
          count++;
          if (rows.getString(2) == null) nulls++;
        }
      }
      statement.setMaxRows(10);
      int limited = 0;
      try (ResultSet rows = statement.executeQuery("select id from range(100)")) {
        while (rows.next()) limited++;
      }
      return map("count", count, "sum", sum, "nulls", nulls, "limited", limited);
    }
  }

  private static Object empty(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select 1 as a, 'x' as b where 1 = 0")) {
      return map("columns", rows.getMetaData().getColumnCount(), "hasRow", rows.next());
    }
  }

  private static Object noResult(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      boolean create = statement.execute("create table jdbc_made (id int, name string) using parquet");
      boolean insert = statement.execute("insert into jdbc_made values (1, 'a'), (2, null)");
      List<Object> rows = rows(statement.executeQuery("select * from jdbc_made order by id"), 1, 2);
      statement.execute("drop table jdbc_made");
      boolean query = statement.execute("select 1");
      return map("create", create, "insert", insert, "rows", rows, "query", query);
    }
  }

  private static Object metadata(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("create database if not exists jdbc_meta");
      statement.execute(
          "create table if not exists jdbc_meta.t1 (id int comment 'key', price decimal(8,2), names array<string>)"
              + " using parquet");
      statement.execute("create or replace view jdbc_meta.v1 as select id from jdbc_meta.t1");
    }
    DatabaseMetaData about = connection.getMetaData();
    Map<String, Object> found = new LinkedHashMap<>();
    found.put("catalogs", attempt(() -> rows(about.getCatalogs(), 1)));
    found.put("schemas", attempt(() -> rows(about.getSchemas(), 1)));
    found.put("schemasLike", attempt(() -> rows(about.getSchemas(null, "jdbc%"), 1)));
    found.put("tables", attempt(() -> rows(about.getTables(null, "jdbc_meta", "%", null), 2, 3, 4)));
    found.put("views", attempt(() -> rows(about.getTables(null, "jdbc_meta", "%", new String[] {"VIEW"}), 3, 4)));
    found.put("tableTypes", attempt(() -> rows(about.getTableTypes(), 1)));
    found.put("columns", attempt(() -> rows(about.getColumns(null, "jdbc_meta", "t1", "%"), 2, 3, 4, 5, 6, 12, 18)));
    found.put("typeInfo", attempt(() -> rows(about.getTypeInfo(), 1, 2)));
    found.put("functions", attempt(() -> rows(about.getFunctions(null, null, "abs"), 3)));
    found.put("primaryKeys", attempt(() -> rows(about.getPrimaryKeys(null, "jdbc_meta", "t1"), 4)));
    try (Statement statement = connection.createStatement()) {
      statement.execute("drop database jdbc_meta cascade");
    }
    return found;
  }

  private static Object attempt(Callable<Object> action) throws SQLException {
    try {
      return action.call();
    } catch (SQLException failure) {
      return failure(failure);
    } catch (Exception failure) {
      return map("thrown", failure.toString());
    }
  }

  private static Object error(Connection connection, String query) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.executeQuery(query);
      return "no error";
    }
  }

  private static Object cancel(Connection connection) throws Exception {
    try (Statement statement = connection.createStatement()) {
      Thread canceller =
          new Thread(
              () -> {
                try {
                  Thread.sleep(1500);
                  statement.cancel();
                } catch (InterruptedException | SQLException failure) {
                  seen.put("cancelFailed", failure.toString());
                }
              });
      long start = System.nanoTime();
      canceller.start();
      Map<String, Object> outcome = new LinkedHashMap<>();
      try {
        statement.executeQuery(slowQuery());
        outcome.put("outcome", "no error");
      } catch (SQLException failure) {
        outcome.putAll(failure(failure));
      }
      canceller.join();
      outcome.put("within10s", System.nanoTime() - start < 10_000_000_000L);
      return outcome;
    }
  }

  private static Object queryTimeout(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.setQueryTimeout(2);
      long start = System.nanoTime();
      Map<String, Object> outcome = new LinkedHashMap<>();
      try {
        statement.executeQuery(slowQuery());
        outcome.put("outcome", "no error");
      } catch (SQLTimeoutException failure) {
        outcome.put("timeout", true);
        outcome.putAll(failure(failure));
      } catch (SQLException failure) {
        outcome.putAll(failure(failure));
      }
      outcome.put("within12s", System.nanoTime() - start < 12_000_000_000L);
      return outcome;
    }
  }

  /** Runs for half a minute unless it is stopped. */
  private static String slowQuery() {
    return "select sum(length(s)) from (select java_method('java.lang.Thread', 'sleep', 250L) as s from range(0, 120, 1, 1))";
  }

  private static Object schema(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("create database if not exists jdbc_schema");
      String before = connection.getSchema();
      connection.setSchema("jdbc_schema");
      String after = connection.getSchema();
      Object current = one(connection, "select current_database()");
      connection.setSchema("default");
      statement.execute("drop database jdbc_schema");
      return list(before, after, current);
    }
  }

  private static Object temporaryView(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("create temporary view jdbc_view as select 7 as seven");
    }
    return one(connection, "select seven from jdbc_view");
  }

  private static Object closeTwice(Connection connection) throws SQLException {
    Statement statement = connection.createStatement();
    ResultSet rows = statement.executeQuery("select 1");
    rows.next();
    rows.close();
    rows.close();
    statement.close();
    statement.close();
    return statement.isClosed();
  }

  private static Object urlSettings(String base) throws SQLException {
    String url = base + "default" + TRANSPORT + ";user=alice;password=" + System.getenv("CLIENT_PASSWORD") + "?spark.sql.shuffle.partitions=3#my_var=from_link";
    Connection connection = DriverManager.getConnection(url);
    Object setting = rows(connection.createStatement().executeQuery("set spark.sql.shuffle.partitions"), 2);
    Object variable = attempt(() -> one(connection, "select '${hivevar:my_var}'"));
    connection.close();
    connection.close();
    return map("setting", setting, "variable", variable, "closed", connection.isClosed());
  }

  private static Object otherSession(String base) throws SQLException {
    try (Connection connection = DriverManager.getConnection(base + TRANSPORT, "alice", "secret")) {
      return error(connection, "select seven from jdbc_view");
    }
  }

  private static Object unknownDatabase(String base) throws SQLException {
    try (Connection connection = DriverManager.getConnection(base + "no_such_db" + TRANSPORT, "alice", "secret")) {
      return one(connection, "select current_database()");
    }
  }

  private static Object connectAndAsk(String url) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url, "alice", "secret")) {
      return one(connection, "select 'connected'");
    }
  }

  private static Object one(Connection connection, String query) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      rows.next();
      return rows.getString(1);
    }
  }

  private static List<Object> rows(ResultSet rows, int... columns) throws SQLException {
    List<Object> all = new ArrayList<>();
    while (rows.next()) {
      List<Object> row = new ArrayList<>();
      for (int column : columns) row.add(rows.getString(column));
      all.add(columns.length == 1 ? row.get(0) : row);
    }
    rows.close();
    return all;
  }

  private static Map<String, Object> failure(SQLException failure) {
    String message = String.valueOf(failure.getMessage());
    int end = message.indexOf('\n');
    return map(
        "sqlState", failure.getSQLState(),
        "code", failure.getErrorCode(),
        "message", end < 0 ? message : message.substring(0, end));
  }

  private static List<Object> list(Object... items) {
    return new ArrayList<>(Arrays.asList(items));
  }

  private static Map<String, Object> map(Object... pairs) {
    Map<String, Object> made = new LinkedHashMap<>();
    for (int index = 0; index < pairs.length; index += 2) made.put((String) pairs[index], pairs[index + 1]);
    return made;
  }

  private static String hex(byte[] bytes) {
    StringBuilder text = new StringBuilder();
    for (byte each : bytes) text.append(String.format("%02x", each));
    return text.toString();
  }

  private static String json(Object value) {
    if (value == null || value instanceof Boolean || value instanceof Number) return String.valueOf(value);
    if (value instanceof Map) {
      List<String> fields = new ArrayList<>();
      ((Map<?, ?>) value).forEach((name, held) -> fields.add(quoted(String.valueOf(name)) + ":" + json(held)));
      return "{" + String.join(",", fields) + "}";
    }
    if (value instanceof List) {
      List<String> items = new ArrayList<>();
      for (Object item : (List<?>) value) items.add(json(item));
      return "[" + String.join(",", items) + "]";
    }
    return quoted(value.toString());
  }

  /** Plain ASCII, so that no console encoding can change it. */
  private static String quoted(String text) {
    StringBuilder out = new StringBuilder("\"");
    for (char each : text.toCharArray()) {
      if (each == '"' || each == '\\') out.append('\\').append(each);
      else if (each < ' ' || each > '~') out.append(String.format("\\u%04x", (int) each));
      else out.append(each);
    }
    return new String(out.append('"').toString().getBytes(StandardCharsets.US_ASCII), StandardCharsets.US_ASCII);
  }
}
