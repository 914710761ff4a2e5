package io.torii.engine.conf;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.Properties;

/**
 * Makes `--conf key=value` and `--properties-file path` arguments Spark settings, so that the engine also starts by plain
 * `java`, without spark-submit's own start-up time.
 */
public final class CommandLine {
  private CommandLine() {}

  public static void apply(String[] args) throws IOException {
    for (int i = 0; i + 1 < args.length; i += 2) {
      if (args[i].equals("--conf")) {
        int equals = args[i + 1].indexOf('=');
        if (equals <= 0) {
          throw new IllegalArgumentException("--conf needs key=value");
        }
        set(args[i + 1].substring(0, equals), args[i + 1].substring(equals + 1));
      } else if (args[i].equals("--properties-file")) {
        load(args[i + 1]);
      } else {
        throw new IllegalArgumentException("unknown argument " + args[i]);
      }
    }
    if (args.length % 2 != 0) {
      throw new IllegalArgumentException("argument " + args[args.length - 1] + " lacks its value");
    }
  }

  private static void load(String path) throws IOException {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(Paths.get(path), StandardCharsets.UTF_8)) {
      properties.load(reader);
    }
    for (String key : properties.stringPropertyNames()) {
      set(key, properties.getProperty(key).trim());
    }
  }

  private static void set(String key, String value) {
    boolean ours = key.startsWith("kyuubi.") || key.startsWith("torii.");
    System.setProperty(ours ? "spark." + key : key, value);
  }
}
