package io.torii.engine.rpc;

import io.torii.engine.reply.HeapSegment;
import io.torii.engine.reply.Reply;
import io.torii.engine.reply.Segment;
import io.torii.engine.result.RowSet;
import java.util.ArrayList;
import java.util.List;
import org.apache.hive.service.rpc.thrift.TStatus;
import org.apache.hive.service.rpc.thrift.TStatusCode;
import org.apache.thrift.TBase;
import org.apache.thrift.protocol.TBinaryProtocol;
import org.apache.thrift.protocol.TField;
import org.apache.thrift.protocol.TMessage;
import org.apache.thrift.protocol.TMessageType;
import org.apache.thrift.protocol.TProtocol;
import org.apache.thrift.protocol.TStruct;
import org.apache.thrift.protocol.TType;
import org.apache.thrift.transport.TMemoryBuffer;

/** Thrift messages that go back, in bytes. */
final class Replies {
  static final int UNKNOWN_METHOD = 1;
  static final int INTERNAL_ERROR = 6;
  static final int PROTOCOL_ERROR = 7;

  private static final int INITIAL_BYTES = 512;

  private Replies() {}

  /** The answer to a call: a struct whose field 0 is the response. */
  static Reply success(String method, int sequence, TBase<?, ?> response) throws Exception {
    TMemoryBuffer buffer = new TMemoryBuffer(INITIAL_BYTES);
    TProtocol out = begin(buffer, method, TMessageType.REPLY, sequence);
    out.writeFieldBegin(new TField("success", TType.STRUCT, (short) 0));
    response.write(out);
    out.writeFieldEnd();
    out.writeFieldStop();
    return Reply.of(buffer.getArray(), buffer.length());
  }

  /** A failure of the call itself; written by hand so that its type is really on the wire. */
  static Reply failure(String method, int sequence, int type, String message) throws Exception {
    TMemoryBuffer buffer = new TMemoryBuffer(INITIAL_BYTES);
    TProtocol out = begin(buffer, method, TMessageType.EXCEPTION, sequence);
    out.writeFieldBegin(new TField("message", TType.STRING, (short) 1));
    out.writeString(message);
    out.writeFieldEnd();
    out.writeFieldBegin(new TField("type", TType.I32, (short) 2));
    out.writeI32(type);
    out.writeFieldEnd();
    out.writeFieldStop();
    return Reply.of(buffer.getArray(), buffer.length());
  }

  /** A FetchResults answer around rows that are encoded already and are not touched again. */
  static Reply rows(String method, int sequence, RowSet rows) throws Exception {
    TMemoryBuffer buffer = new TMemoryBuffer(INITIAL_BYTES);
    TProtocol out = begin(buffer, method, TMessageType.REPLY, sequence);
    out.writeFieldBegin(new TField("success", TType.STRUCT, (short) 0));
    out.writeFieldBegin(new TField("status", TType.STRUCT, (short) 1));
    new TStatus(TStatusCode.SUCCESS_STATUS).write(out);
    out.writeFieldEnd();
    out.writeFieldBegin(new TField("hasMoreRows", TType.BOOL, (short) 2));
    out.writeBool(rows.hasMoreRows());
    out.writeFieldEnd();
    out.writeFieldBegin(new TField("results", TType.STRUCT, (short) 3));
    List<Segment> segments = new ArrayList<>();
    segments.add(new HeapSegment(buffer.getArray(), 0, buffer.length()));
    segments.addAll(rows.segments());
    // The ends of the response and of the struct around it.
    segments.add(new HeapSegment(new byte[] {TType.STOP, TType.STOP}, 0, 2));
    return new Reply(segments, rows::close);
  }

  private static TProtocol begin(TMemoryBuffer buffer, String method, byte type, int sequence) throws Exception {
    TProtocol out = new TBinaryProtocol(buffer, true, true);
    out.writeMessageBegin(new TMessage(method, type, sequence));
    out.writeStructBegin(new TStruct());
    return out;
  }
}
