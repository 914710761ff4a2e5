package io.torii.engine.result;

import java.time.ZoneOffset;
import org.apache.spark.sql.types.*;

/** Chooses the text of each SQL type. Makes new writers each time: they keep state and belong to one task. */
final class ValueTexts {

  private final TextSettings settings;

  ValueTexts(TextSettings settings) {
    this.settings = settings;
  }

  ValueText of(DataType type) {
    if (type instanceof StringType) return SimpleTexts.STRING; // collated ones are subclasses or other instances
    if (type instanceof DecimalType) return new DecimalText(((DecimalType) type).precision(), ((DecimalType) type).scale());
    if (type instanceof DateType) return new DateText();
    if (type instanceof TimestampType) return new TimestampText(settings.zone());
    if (type instanceof IntegerType) return SimpleTexts.INT;
    if (type instanceof LongType) return SimpleTexts.LONG;
    if (type instanceof DoubleType) return SimpleTexts.DOUBLE;
    if (type instanceof BooleanType) return SimpleTexts.BOOLEAN;
    if (type instanceof FloatType) return SimpleTexts.FLOAT;
    if (type instanceof ShortType) return SimpleTexts.SHORT;
    if (type instanceof ByteType) return SimpleTexts.BYTE;
    if (type instanceof BinaryType) return SimpleTexts.binary(settings.binaryStyle());
    if (type instanceof DayTimeIntervalType) return IntervalTexts.dayTime((DayTimeIntervalType) type);
    if (type instanceof YearMonthIntervalType) return IntervalTexts.yearMonth((YearMonthIntervalType) type);
    if (type instanceof CalendarIntervalType) return SimpleTexts.CALENDAR_INTERVAL;
    if (type instanceof ArrayType) return new ArrayText(nested(((ArrayType) type).elementType()));
    if (type instanceof MapType) return map((MapType) type);
    if (type instanceof StructType) return struct((StructType) type);
    if (type instanceof UserDefinedType) return SimpleTexts.userDefined((UserDefinedType<?>) type);
    return byName(type);
  }

  /** Types that some supported Spark lacks, so that their classes can't be named here. */
  private static ValueText byName(DataType type) {
    String name = type.typeName();
    if (name.equals("timestamp_ntz")) return new TimestampText(ZoneOffset.UTC);
    if (name.startsWith("time(")) return new TimeText();
    if (name.startsWith("char(") || name.startsWith("varchar(")) return SimpleTexts.STRING;
    return SimpleTexts.object(type);
  }

  private ValueText nested(DataType type) {
    return new NestedText(of(type), type instanceof StringType);
  }

  private ValueText map(MapType type) {
    return new MapText(nested(type.keyType()), nested(type.valueType()));
  }

  private ValueText struct(StructType type) {
    StructField[] fields = type.fields();
    String[] names = new String[fields.length];
    ValueText[] texts = new ValueText[fields.length];
    for (int i = 0; i < fields.length; i++) {
      names[i] = fields[i].name();
      texts[i] = nested(fields[i].dataType());
    }
    return new StructText(names, texts);
  }
}
