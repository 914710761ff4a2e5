package io.torii.engine.result;

import java.io.Serializable;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.apache.spark.sql.types.*;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * Takes one column's values in a stage's generated code, which calls {@code put} once for each row; a null's value means
 * nothing. It returns true, as a part of a condition that goes on to the next column. Public for that code alone. Travels to
 * the tasks.
 */
public abstract class ColumnSink implements Serializable {

  private static final long serialVersionUID = 1L;

  private final int number;
  private final int defaultWidth;
  private transient BlockBuilder builder;
  private transient ColumnBuffer column;

  private ColumnSink(int number, WireKind kind) {
    this.number = number;
    defaultWidth = kind.defaultWidth();
  }

  /** Null for a type whose values are left to {@link RowEncoder}. */
  static ColumnSink of(int number, DataType type, WireKind kind, TextSettings settings) {
    if (type instanceof StringType) return new Strings(number, kind);
    if (type instanceof LongType) return new Longs(number, kind);
    if (type instanceof IntegerType) return new Ints(number, kind);
    if (type instanceof DoubleType) return new Doubles(number, kind);
    if (type instanceof DecimalType) return new Decimals(number, kind, (DecimalType) type);
    if (type instanceof DateType) return new Dates(number, kind);
    if (type instanceof TimestampType) return new Timestamps(number, kind, settings.zone());
    if (type.typeName().equals("timestamp_ntz")) return new Timestamps(number, kind, ZoneOffset.UTC); // since Spark 3.4
    if (type instanceof BooleanType) return new Booleans(number, kind);
    if (type instanceof FloatType) return new Floats(number, kind);
    if (type instanceof ShortType) return new Shorts(number, kind);
    if (type instanceof ByteType) return new Bytes(number, kind);
    return type instanceof BinaryType ? new Binaries(number, kind) : null;
  }

  final boolean putNull() {
    ColumnBuffer to = column();
    to.setNull(builder.row());
    to.putZeros(defaultWidth);
    return true;
  }

  final ColumnBuffer column() {
    if (column == null) {
      builder = StageBlocks.current().builder();
      column = builder.column(number);
    }
    return column;
  }

  public static final class Longs extends ColumnSink {

    private static final long serialVersionUID = 1L;

    private Longs(int number, WireKind kind) {
      super(number, kind);
    }

    public boolean put(boolean isNull, long value) {
      if (isNull) return putNull();
      column().putLong(value);
      return true;
    }
  }

  public static final class Ints extends ColumnSink {

    private static final long serialVersionUID = 1L;

    private Ints(int number, WireKind kind) {
      super(number, kind);
    }

    public boolean put(boolean isNull, int value) {
      if (isNull) return putNull();
      column().putInt(value);
      return true;
    }
  }

  public static final class Shorts extends ColumnSink {

    private static final long serialVersionUID = 1L;

    private Shorts(int number, WireKind kind) {
      super(number, kind);
    }

    public boolean put(boolean isNull, short value) {
      if (isNull) return putNull();
      column().putShort(value);
      return true;
    }
  }

  public static final class Bytes extends ColumnSink {

    private static final long serialVersionUID = 1L;

    private Bytes(int number, WireKind kind) {
      super(number, kind);
    }

    public boolean put(boolean isNull, byte value) {
      if (isNull) return putNull();
      column().putByte(value);
      return true;
    }
  }

  public static final class Booleans extends ColumnSink {

    private static final long serialVersionUID = 1L;

    private Booleans(int number, WireKind kind) {
      super(number, kind);
    }

    public boolean put(boolean isNull, boolean value) {
      if (isNull) return putNull();
      column().putByte(value ? 1 : 0);
      return true;
    }
  }

  public static final class Doubles extends ColumnSink {

    private static final long serialVersionUID = 1L;

    private Doubles(int number, WireKind kind) {
      super(number, kind);
    }

    public boolean put(boolean isNull, double value) {
      if (isNull) return putNull();
      column().putDouble(value);
      return true;
    }
  }

  public static final class Floats extends ColumnSink {

    private static final long serialVersionUID = 1L;

    private Floats(int number, WireKind kind) {
      super(number, kind);
    }

    public boolean put(boolean isNull, float value) {
      if (isNull) return putNull();
      column().putDouble(PrimitiveCells.widen(value));
      return true;
    }
  }

  public static final class Strings extends ColumnSink {

    private static final long serialVersionUID = 1L;

    private Strings(int number, WireKind kind) {
      super(number, kind);
    }

    public boolean put(boolean isNull, UTF8String value) {
      if (isNull) return putNull();
      column().putSizedText(value.getBaseObject(), value.getBaseOffset(), value.numBytes());
      return true;
    }
  }

  public static final class Binaries extends ColumnSink {

    private static final long serialVersionUID = 1L;

    private Binaries(int number, WireKind kind) {
      super(number, kind);
    }

    public boolean put(boolean isNull, byte[] value) {
      if (isNull) return putNull();
      column().putSizedBytes(value);
      return true;
    }
  }

  public static final class Dates extends ColumnSink {

    private static final long serialVersionUID = 1L;

    private transient DateText text;

    private Dates(int number, WireKind kind) {
      super(number, kind);
    }

    public boolean put(boolean isNull, int days) {
      if (isNull) return putNull();
      if (text == null) text = new DateText();
      text.putSized(days, column());
      return true;
    }
  }

  public static final class Timestamps extends ColumnSink {

    private static final long serialVersionUID = 1L;

    private final ZoneId zone;
    private transient TimestampText text;

    private Timestamps(int number, WireKind kind, ZoneId zone) {
      super(number, kind);
      this.zone = zone;
    }

    public boolean put(boolean isNull, long micros) {
      if (isNull) return putNull();
      if (text == null) text = new TimestampText(zone);
      ColumnBuffer to = column();
      int begun = to.beginValue();
      text.put(micros, to);
      to.endValue(begun);
      return true;
    }
  }

  public static final class Decimals extends ColumnSink {

    private static final long serialVersionUID = 1L;

    private final int precision;
    private final int scale;
    private transient DecimalText text;

    private Decimals(int number, WireKind kind, DecimalType type) {
      super(number, kind);
      precision = type.precision();
      scale = type.scale();
    }

    /** A value that the type has no room for is null, as in Spark's own rows. */
    public boolean put(boolean isNull, Decimal value) {
      if (isNull || !value.changePrecision(precision, scale)) return putNull();
      if (text == null) text = new DecimalText(precision, scale);
      ColumnBuffer to = column();
      int begun = to.beginValue();
      text.put(value, to);
      to.endValue(begun);
      return true;
    }
  }
}
