package io.torii.engine.result;

import java.io.Serializable;
import java.time.ZoneId;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.util.DateTimeUtils;

/** What a session says about the text of values, as it was when its statement began; travels to the tasks. */
final class TextSettings implements Serializable {

  private static final long serialVersionUID = 1L;
  private static final String BINARY_STYLE = "spark.sql.binaryOutputStyle";

  private final String timeZone;
  private final BinaryStyle binaryStyle;

  TextSettings(String timeZone, BinaryStyle binaryStyle) {
    this.timeZone = timeZone;
    this.binaryStyle = binaryStyle;
  }

  static TextSettings of(SparkSession session) {
    boolean knowsStyles = !session.version().startsWith("3."); // Spark 3 keeps the key and does not heed it
    String style = knowsStyles ? session.conf().get(BINARY_STYLE, null) : null; // getOption throws and catches inside
    return new TextSettings(
        session.sessionState().conf().sessionLocalTimeZone(), style == null ? BinaryStyle.UTF8 : BinaryStyle.of(style));
  }

  /** Spark reads more spellings than java.time does. */
  ZoneId zone() {
    return DateTimeUtils.getZoneId(timeZone);
  }

  BinaryStyle binaryStyle() {
    return binaryStyle;
  }
}
