package io.torii.engine.result;

import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.UserDefinedType;

/** Types whose text is what Java makes of the value. */
final class SimpleTexts {

  static final ValueText BOOLEAN = (values, i, out) -> out.putText(values.getBoolean(i) ? "true" : "false");
  static final ValueText BYTE = (values, i, out) -> DigitText.putLong(values.getByte(i), out);
  static final ValueText SHORT = (values, i, out) -> DigitText.putLong(values.getShort(i), out);
  static final ValueText INT = (values, i, out) -> DigitText.putLong(values.getInt(i), out);
  static final ValueText LONG = (values, i, out) -> DigitText.putLong(values.getLong(i), out);
  static final ValueText FLOAT = (values, i, out) -> out.putText(Float.toString(values.getFloat(i)));
  static final ValueText DOUBLE = (values, i, out) -> out.putText(Double.toString(values.getDouble(i)));
  static final ValueText STRING = (values, i, out) -> out.putText(values.getUTF8String(i));
  static final ValueText CALENDAR_INTERVAL = (values, i, out) -> out.putText(values.getInterval(i).toString());

  private SimpleTexts() {}

  /** What has no form of its own here, such as a variant: the text of Spark's own value. */
  static ValueText object(DataType type) {
    return (values, i, out) -> out.putText(String.valueOf(values.get(i, type)));
  }

  static ValueText userDefined(UserDefinedType<?> type) {
    DataType stored = type.sqlType();
    return (values, i, out) -> out.putText(String.valueOf(type.deserialize(values.get(i, stored))));
  }

  static ValueText binary(BinaryStyle style) {
    return (values, i, out) -> out.putText(style.text(values.getBinary(i)));
  }
}
