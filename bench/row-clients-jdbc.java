import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Locale;
import java.util.Objects;

/**
 * JDBC that fetches whole results: one process for all rounds, so that its start is not measured. An order is five lines
 * on standard input: port, user, password, rows of one fetch, and the statement on one line. Its answer is one line of
 * JSON: rows, the sum of the first column, a checksum over all values in their order, and the nanoseconds from the first
 * call of next() to the last.
 */
final class RowClient {
  private RowClient() {}

  public static void main(String[] args) throws Exception {
    BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String port = orders.readLine(); port != null; port = orders.readLine()) {
      String url = "jdbc:hive2://127.0.0.1:" + port + "/default";
      try (Connection connection = DriverManager.getConnection(url, orders.readLine(), orders.readLine());
          Statement statement = connection.createStatement()) {
        statement.setFetchSize(Integer.parseInt(orders.readLine()));
        try (ResultSet rows = statement.executeQuery(orders.readLine())) {
          System.out.println(read(rows));
        }
      }
    }
    System.exit(0); // a driver's idle threads don't keep the program
  }

  private static String read(ResultSet result) throws SQLException {
    long rows = 0;
    long keySum = 0;
    long checksum = 0;
    long started = System.nanoTime();
    while (result.next()) {
      long key = result.getLong(1);
      rows++;
      keySum += key;
      checksum = checksum * 31 + key;
      checksum = checksum * 31 + result.getInt(2);
      checksum = checksum * 31 + Double.hashCode(result.getDouble(3));
      checksum = checksum * 31 + (result.wasNull() ? 1 : 0);
      checksum = checksum * 31 + Objects.hashCode(result.getString(4));
      checksum = checksum * 31 + Objects.hashCode(result.getString(5));
      checksum = checksum * 31 + Objects.hashCode(result.getDate(6));
      checksum = checksum * 31 + Objects.hashCode(result.getBigDecimal(7));
    }
    long nanoseconds = System.nanoTime() - started;
    return String.format(
        Locale.ROOT,
        "{\"rows\":%d,\"keySum\":%d,\"checksum\":\"%x\",\"nanoseconds\":%d}",
        rows, keySum, checksum, nanoseconds);
  }
}
