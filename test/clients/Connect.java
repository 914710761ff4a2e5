import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * Connects to each URL that it is given, as alice with the password in CLIENT_PASSWORD, and asks for one value. It prints one
 * JSON object: by the number of the URL, from 0, the value, or the messages of the failure and its causes.
 */
public final class Connect {
  private static final String PASSWORD = System.getenv("CLIENT_PASSWORD");

  private Connect() {}

  public static void main(String[] urls) {
    StringBuilder seen = new StringBuilder();
    for (int i = 0; i < urls.length; i++) {
      seen.append(i == 0 ? "{" : ",").append(Seen.text(String.valueOf(i))).append(":").append(Seen.text(attempt(urls[i])));
    }
    System.out.println(seen.append("}"));
    System.exit(0); // a driver's idle threads don't keep the program
  }

  private static String attempt(String url) {
    try (Connection connection = DriverManager.getConnection(url, "alice", PASSWORD);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select concat('sum ', sum(id)) from range(0, 20000, 1, 2)")) {
      rows.next();
      return rows.getString(1);
    } catch (SQLException failure) {
      return Seen.refusal(failure);
    }
  }
}
