import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.StringJoiner;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * A Spark program that runs one statement again and again: what a server can't be much faster than. It prints the port that it
 * listens on; each line that comes there is a number of statements, whose microseconds are the answer. It ends with the
 * connection.
 */
public final class WarmDriver {
  private static final String STATEMENT = "select * from values (1)";

  private WarmDriver() {}

  public static void main(String[] args) throws IOException {
    SparkSession spark = SparkSession.builder().getOrCreate();
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      System.out.println("listening at " + server.getLocalPort());
      try (Socket socket = server.accept()) {
        answer(spark, socket);
      }
    }
    spark.stop();
  }

  private static void answer(SparkSession spark, Socket socket) throws IOException {
    BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
    PrintStream out = new PrintStream(socket.getOutputStream(), true, "UTF-8");
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      StringJoiner times = new StringJoiner(",");
      for (int left = Integer.parseInt(line.trim()); left > 0; left--) {
        times.add(Long.toString(collectNanos(spark) / 1000));
      }
      out.println(times);
    }
  }

  private static long collectNanos(SparkSession spark) {
    long start = System.nanoTime();
    Row[] rows = (Row[]) spark.sql(STATEMENT).collect();
    long took = System.nanoTime() - start;
    if (rows.length != 1 || rows[0].getInt(0) != 1) {
      throw new IllegalStateException(STATEMENT + " gave " + rows.length + " rows");
    }
    return took;
  }
}
