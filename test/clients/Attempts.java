import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;

/**
 * Makes the connections that a file lists, a line each: name, URL, user and password, with tabs between; an empty user is not
 * given to the driver. It prints one JSON object: by name, whom the gateway takes the client for, or the messages of the failure
 * and its causes.
 */
public final class Attempts {
  private Attempts() {}

  public static void main(String[] args) throws IOException {
    StringBuilder seen = new StringBuilder("{");
    for (String line : Files.readAllLines(Paths.get(args[0]), StandardCharsets.UTF_8)) {
      String[] words = line.split("\t", -1);
      System.err.println("attempt " + words[0]); // shows where a program that hangs has come to
      if (seen.length() > 1) seen.append(',');
      seen.append(Seen.text(words[0])).append(":").append(Seen.text(attempt(words[1], words[2], words[3])));
    }
    System.out.println(seen.append("}"));
    System.exit(0); // a driver's idle threads don't keep the program
  }

  private static String attempt(String url, String user, String password) {
    Properties login = new Properties();
    if (!user.isEmpty()) {
      login.setProperty("user", user);
      login.setProperty("password", password);
    }
    try (Connection connection = DriverManager.getConnection(url, login);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("kyuubi desc session")) {
      rows.next();
      return rows.getString(2);
    } catch (SQLException | RuntimeException failure) {
      return Seen.refusal(failure);
    }
  }
}
