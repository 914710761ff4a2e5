package io.torii.engine.result;

import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import org.apache.hive.service.rpc.thrift.*;
import org.apache.spark.sql.types.*;

/** The schema that a client is told: types, numbers and qualifiers as Spark Thrift Server gives them. */
public final class WireSchema {

  /** Versions from which clients know the types (TProtocolVersion's numbers); older ones fail on an unknown number. */
  private static final int KNOWS_VARCHAR = TProtocolVersion.HIVE_CLI_SERVICE_PROTOCOL_V3.getValue();

  private static final int KNOWS_CHAR = TProtocolVersion.HIVE_CLI_SERVICE_PROTOCOL_V4.getValue();
  private static final int KNOWS_INTERVALS = TProtocolVersion.HIVE_CLI_SERVICE_PROTOCOL_V8.getValue();

  /** How the names of these types begin; their classes are another family on Spark 4 than on 3. */
  private static final String CHAR = "char(";

  private static final String VARCHAR = "varchar(";

  /** Where a table's column of CHAR or VARCHAR keeps its type: Spark reads its values as strings. */
  private static final String DECLARED_TYPE = "__CHAR_VARCHAR_TYPE_STRING";

  private WireSchema() {}

  public static TTableSchema of(StructType schema, int protocolVersion) {
    TTableSchema wire = new TTableSchema();
    StructField[] fields = schema.fields();
    for (int i = 0; i < fields.length; i++) {
      String name = typeName(fields[i]);
      TTypeId type = forVersion(typeId(fields[i].dataType(), name), protocolVersion);
      TPrimitiveTypeEntry entry = new TPrimitiveTypeEntry(type);
      entry.setTypeQualifiers(new TTypeQualifiers(qualifiers(fields[i].dataType(), name)));
      TColumnDesc column = column(fields[i].name(), entry, i);
      column.setComment(fields[i].getComment().isDefined() ? fields[i].getComment().get() : "");
      wire.addToColumns(column);
    }
    return wire;
  }

  /** A column of a result that the engine makes by itself. */
  public static TColumnDesc column(String name, TTypeId type, int position) {
    TPrimitiveTypeEntry entry = new TPrimitiveTypeEntry(type);
    entry.setTypeQualifiers(new TTypeQualifiers(Collections.emptyMap()));
    TColumnDesc column = column(name, entry, position);
    column.setComment("");
    return column;
  }

  private static TColumnDesc column(String name, TPrimitiveTypeEntry entry, int position) {
    TTypeDesc desc = new TTypeDesc();
    desc.addToTypes(TTypeEntry.primitiveEntry(entry));
    return new TColumnDesc(name, desc, position);
  }

  private static String typeName(StructField field) {
    Metadata metadata = field.metadata();
    boolean isDeclared = field.dataType() instanceof StringType && metadata.contains(DECLARED_TYPE);
    return isDeclared ? metadata.getString(DECLARED_TYPE) : field.dataType().typeName();
  }

  static TTypeId typeId(DataType type) {
    return typeId(type, type.typeName());
  }

  private static TTypeId typeId(DataType type, String name) {
    if (type instanceof BooleanType) return TTypeId.BOOLEAN_TYPE;
    if (type instanceof ByteType) return TTypeId.TINYINT_TYPE;
    if (type instanceof ShortType) return TTypeId.SMALLINT_TYPE;
    if (type instanceof IntegerType) return TTypeId.INT_TYPE;
    if (type instanceof LongType) return TTypeId.BIGINT_TYPE;
    if (type instanceof FloatType) return TTypeId.FLOAT_TYPE;
    if (type instanceof DoubleType) return TTypeId.DOUBLE_TYPE;
    if (type instanceof DecimalType) return TTypeId.DECIMAL_TYPE;
    if (type instanceof DateType) return TTypeId.DATE_TYPE;
    if (type instanceof TimestampType || type.typeName().equals("timestamp_ntz")) return TTypeId.TIMESTAMP_TYPE;
    if (type instanceof BinaryType) return TTypeId.BINARY_TYPE;
    if (type instanceof ArrayType) return TTypeId.ARRAY_TYPE;
    if (type instanceof MapType) return TTypeId.MAP_TYPE;
    if (type instanceof StructType) return TTypeId.STRUCT_TYPE;
    if (type instanceof DayTimeIntervalType) return TTypeId.INTERVAL_DAY_TIME_TYPE;
    if (type instanceof YearMonthIntervalType) return TTypeId.INTERVAL_YEAR_MONTH_TYPE;
    if (type instanceof NullType) return TTypeId.NULL_TYPE;
    if (name.startsWith(CHAR)) return TTypeId.CHAR_TYPE;
    if (name.startsWith(VARCHAR)) return TTypeId.VARCHAR_TYPE;
    return TTypeId.STRING_TYPE; // strings of every collation, calendar intervals, and what Hive has no name for
  }

  private static TTypeId forVersion(TTypeId type, int protocolVersion) {
    boolean interval = type == TTypeId.INTERVAL_DAY_TIME_TYPE || type == TTypeId.INTERVAL_YEAR_MONTH_TYPE;
    boolean unknown =
        (interval && protocolVersion < KNOWS_INTERVALS)
            || (type == TTypeId.CHAR_TYPE && protocolVersion < KNOWS_CHAR)
            || (type == TTypeId.VARCHAR_TYPE && protocolVersion < KNOWS_VARCHAR);
    return unknown ? TTypeId.STRING_TYPE : type;
  }

  private static Map<String, TTypeQualifierValue> qualifiers(DataType type, String name) {
    Map<String, TTypeQualifierValue> qualifiers = new HashMap<>();
    if (type instanceof DecimalType) {
      qualifiers.put(TCLIServiceConstants.PRECISION, TTypeQualifierValue.i32Value(((DecimalType) type).precision()));
      qualifiers.put(TCLIServiceConstants.SCALE, TTypeQualifierValue.i32Value(((DecimalType) type).scale()));
    } else if (name.startsWith(CHAR) || name.startsWith(VARCHAR)) {
      int length = Integer.parseInt(name.substring(name.indexOf('(') + 1, name.indexOf(')')));
      qualifiers.put(TCLIServiceConstants.CHARACTER_MAXIMUM_LENGTH, TTypeQualifierValue.i32Value(length));
    }
    return qualifiers;
  }
}
