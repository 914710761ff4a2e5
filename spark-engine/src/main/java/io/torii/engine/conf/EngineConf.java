package io.torii.engine.conf;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.network.util.JavaUtils;
import scala.Tuple2;

/** The engine's settings, read once: `spark.kyuubi.X` is `kyuubi.X`, `spark.torii.X` is `torii.X`, all else keeps its name. */
public final class EngineConf {
  private static final String SPARK_PREFIX = "spark.";

  private final Map<String, String> entries;

  private EngineConf(Map<String, String> entries) {
    this.entries = entries;
  }

  public static EngineConf of(SparkConf conf) {
    Map<String, String> entries = new HashMap<>();
    for (Tuple2<String, String> entry : conf.getAll()) {
      entries.put(entry._1(), entry._2());
    }
    for (Tuple2<String, String> entry : conf.getAll()) {
      String own = ownName(entry._1());
      if (own != null) {
        entries.put(own, entry._2());
      }
    }
    return new EngineConf(entries);
  }

  /** The name without Spark's prefix where the key is Kyuubi's or ours, else null. */
  private static String ownName(String key) {
    boolean own = key.startsWith("spark.kyuubi.") || key.startsWith("spark.torii.");
    return own ? key.substring(SPARK_PREFIX.length()) : null;
  }

  /** The value, or null when it is not set or blank. */
  public String get(String key) {
    String value = entries.get(key);
    return value == null || value.trim().isEmpty() ? null : value.trim();
  }

  public String get(String key, String defaultValue) {
    String value = get(key);
    return value == null ? defaultValue : value;
  }

  /** The first of the keys that is set, else null. */
  public String firstOf(String... keys) {
    for (String key : keys) {
      String value = get(key);
      if (value != null) {
        return value;
      }
    }
    return null;
  }

  public boolean flag(String key, boolean defaultValue) {
    String value = get(key);
    return value == null ? defaultValue : Boolean.parseBoolean(value);
  }

  public int number(String key, int defaultValue) {
    String value = get(key);
    try {
      return value == null ? defaultValue : Integer.parseInt(value);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(key + " has to be a whole number, but is '" + value + "'");
    }
  }

  /** A size in bytes, written as Spark writes sizes: 512m, 1g, or a plain number of bytes. */
  public long bytes(String key, long defaultValue) {
    String value = get(key);
    try {
      return value == null ? defaultValue : JavaUtils.byteStringAsBytes(value);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(key + " has to be a size like 512m or 1g, but is '" + value + "'");
    }
  }

  /** A duration in milliseconds, written in ISO-8601 (PT3M) or as a plain number of milliseconds. */
  public long millis(String key, String defaultValue) {
    return parseMillis(key, get(key, defaultValue));
  }

  public static long parseMillis(String key, String value) {
    try {
      return Character.isLetter(value.charAt(0)) || value.startsWith("-P")
          ? Duration.parse(value).toMillis() : Long.parseLong(value);
    } catch (DateTimeParseException | NumberFormatException e) {
      throw new IllegalArgumentException(
          key + " has to be an ISO-8601 duration or a number of milliseconds, but is '" + value + "'");
    }
  }

  /** A copy with other values on top, as a session sees the settings. */
  public EngineConf with(Map<String, String> overrides) {
    Map<String, String> merged = new HashMap<>(entries);
    merged.putAll(overrides);
    return new EngineConf(merged);
  }
}
