package io.torii.engine.metadata;

import java.sql.Types;
import org.apache.spark.sql.types.*;

/** What JDBC's metadata says of a SQL type; null where it says nothing. */
final class TypeFacts {

  private TypeFacts() {}

  static int sqlType(DataType type) {
    if (type instanceof NullType) return Types.NULL;
    if (type instanceof BooleanType) return Types.BOOLEAN;
    if (type instanceof ByteType) return Types.TINYINT;
    if (type instanceof ShortType) return Types.SMALLINT;
    if (type instanceof IntegerType) return Types.INTEGER;
    if (type instanceof LongType) return Types.BIGINT;
    if (type instanceof FloatType) return Types.FLOAT;
    if (type instanceof DoubleType) return Types.DOUBLE;
    if (type instanceof DecimalType) return Types.DECIMAL;
    if (type.typeName().startsWith("char(")) return Types.CHAR;
    if (type instanceof StringType || type.typeName().startsWith("varchar(")) return Types.VARCHAR;
    if (type instanceof DateType) return Types.DATE;
    if (isTimestamp(type)) return Types.TIMESTAMP;
    if (type.typeName().startsWith("time(")) return Types.TIME;
    if (type instanceof BinaryType) return Types.BINARY;
    if (type instanceof ArrayType) return Types.ARRAY;
    if (type instanceof MapType) return Types.JAVA_OBJECT;
    if (type instanceof StructType) return Types.STRUCT;
    return Types.OTHER; // intervals, and what JDBC has no name for
  }

  /** A number's bytes, a text's declared length, a struct's sum; strings and lists have no size. */
  static Integer columnSize(DataType type) {
    if (type instanceof StructType) return structSize((StructType) type);
    String name = type.typeName();
    if (name.startsWith("char(") || name.startsWith("varchar(")) {
      return Integer.valueOf(name.substring(name.indexOf('(') + 1, name.length() - 1));
    }
    boolean sized =
        type instanceof BooleanType
            || type instanceof NumericType
            || type instanceof DateType
            || isTimestamp(type)
            || isInterval(type)
            || type instanceof NullType;
    return sized ? type.defaultSize() : null;
  }

  static Integer decimalDigits(DataType type) {
    if (type instanceof BooleanType || type instanceof IntegerType) return 0; // only these, as Spark Thrift Server has it
    if (type instanceof FloatType) return 7;
    if (type instanceof DoubleType) return 15;
    if (type instanceof DecimalType) return ((DecimalType) type).scale();
    return isTimestamp(type) ? Integer.valueOf(6) : null;
  }

  static Integer radix(DataType type) {
    return type instanceof NumericType ? 10 : null;
  }

  private static Integer structSize(StructType type) {
    int size = 0;
    for (StructField field : type.fields()) {
      Integer fieldSize = columnSize(field.dataType());
      if (fieldSize == null) return null;
      size += fieldSize;
    }
    return size;
  }

  private static boolean isTimestamp(DataType type) {
    return type instanceof TimestampType || type.typeName().equals("timestamp_ntz");
  }

  private static boolean isInterval(DataType type) {
    return type instanceof CalendarIntervalType
        || type instanceof DayTimeIntervalType
        || type instanceof YearMonthIntervalType;
  }
}
