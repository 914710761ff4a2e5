package io.torii.engine.result;

import io.torii.engine.reply.Segment;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.hive.service.rpc.thrift.*;
import org.apache.thrift.protocol.TBinaryProtocol;
import org.apache.thrift.transport.TMemoryInputTransport;

/** Reads a batch as a client does, by libthrift. */
public final class Decoded {

  private Decoded() {}

  /** Reads the batch, in pieces that end anywhere, and lets go of it. */
  public static byte[] bytes(RowSet batch) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    ByteBuffer piece = ByteBuffer.allocate(61);
    for (Segment segment : batch.segments()) {
      while (segment.remaining() > 0) {
        piece.clear();
        segment.read(piece);
        all.write(piece.array(), 0, piece.position());
      }
    }
    batch.close();
    return all.toByteArray();
  }

  public static TRowSet rowSet(RowSet batch) throws Exception {
    return rowSet(bytes(batch));
  }

  static TRowSet rowSet(byte[] bytes) throws Exception {
    TMemoryInputTransport in = new TMemoryInputTransport(bytes);
    TRowSet decoded = new TRowSet();
    decoded.read(new TBinaryProtocol(in));
    Check.equal("bytes left after the struct", 0, in.getBytesRemainingInBuffer());
    return decoded;
  }

  /** Rows of a batch, whichever way they travelled. */
  public static List<List<Object>> rows(TRowSet batch) {
    List<List<Object>> rows = new ArrayList<>();
    if (batch.isSetColumns()) {
      for (int c = 0; c < batch.getColumnsSize(); c++) {
        List<Object> values = column(batch.getColumns().get(c));
        for (int r = 0; r < values.size(); r++) {
          if (c == 0) rows.add(new ArrayList<>());
          rows.get(r).add(values.get(r));
        }
      }
    } else {
      for (TRow row : batch.getRows()) {
        List<Object> cells = new ArrayList<>();
        for (TColumnValue value : row.getColVals()) cells.add(cell(value));
        rows.add(cells);
      }
    }
    return rows;
  }

  private static List<Object> column(TColumn column) {
    List<?> values;
    byte[] nulls;
    switch (column.getSetField()) {
      case BOOL_VAL:
        values = column.getBoolVal().getValues();
        nulls = column.getBoolVal().getNulls();
        break;
      case BYTE_VAL:
        values = column.getByteVal().getValues();
        nulls = column.getByteVal().getNulls();
        break;
      case I16_VAL:
        values = column.getI16Val().getValues();
        nulls = column.getI16Val().getNulls();
        break;
      case I32_VAL:
        values = column.getI32Val().getValues();
        nulls = column.getI32Val().getNulls();
        break;
      case I64_VAL:
        values = column.getI64Val().getValues();
        nulls = column.getI64Val().getNulls();
        break;
      case DOUBLE_VAL:
        values = column.getDoubleVal().getValues();
        nulls = column.getDoubleVal().getNulls();
        break;
      case STRING_VAL:
        values = column.getStringVal().getValues();
        nulls = column.getStringVal().getNulls();
        break;
      default:
        List<Object> texts = new ArrayList<>();
        for (ByteBuffer value : column.getBinaryVal().getValues()) {
          byte[] bytes = new byte[value.remaining()];
          value.duplicate().get(bytes);
          texts.add("bytes " + Arrays.toString(bytes));
        }
        values = texts;
        nulls = column.getBinaryVal().getNulls();
    }
    List<Object> result = new ArrayList<>(values);
    for (int i = 0; i < nulls.length * 8; i++) {
      if ((nulls[i >> 3] >> (i & 7) & 1) != 0) {
        Check.that("null bit " + i + " of " + result.size() + " rows", i < result.size());
        result.set(i, null);
      }
    }
    return result;
  }

  private static Object cell(TColumnValue value) {
    switch (value.getSetField()) {
      case BOOL_VAL:
        return value.getBoolVal().isSetValue() ? value.getBoolVal().isValue() : null;
      case BYTE_VAL:
        return value.getByteVal().isSetValue() ? value.getByteVal().getValue() : null;
      case I16_VAL:
        return value.getI16Val().isSetValue() ? value.getI16Val().getValue() : null;
      case I32_VAL:
        return value.getI32Val().isSetValue() ? value.getI32Val().getValue() : null;
      case I64_VAL:
        return value.getI64Val().isSetValue() ? value.getI64Val().getValue() : null;
      case DOUBLE_VAL:
        return value.getDoubleVal().isSetValue() ? value.getDoubleVal().getValue() : null;
      default:
        return value.getStringVal().isSetValue() ? value.getStringVal().getValue() : null;
    }
  }

  static String utf8(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
