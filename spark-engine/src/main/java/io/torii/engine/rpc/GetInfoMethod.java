package io.torii.engine.rpc;

import io.torii.engine.error.EngineException;
import io.torii.engine.error.Statuses;
import io.torii.engine.net.Connection;
import io.torii.engine.session.Sessions;
import java.util.concurrent.CompletableFuture;
import org.apache.hive.service.rpc.thrift.TGetInfoResp;
import org.apache.hive.service.rpc.thrift.TGetInfoValue;
import org.apache.hive.service.rpc.thrift.TSessionHandle;
import org.apache.thrift.protocol.TField;
import org.apache.thrift.protocol.TProtocol;
import org.apache.thrift.protocol.TProtocolUtil;
import org.apache.thrift.protocol.TType;

/** GetInfo, read by hand: generated code makes null of a number that it doesn't know, and then refuses the whole message. */
final class GetInfoMethod implements Method {
  private static final int SERVER_NAME = 13;
  private static final int DBMS_NAME = 17;
  private static final int DBMS_VERSION = 18;
  private static final int MAX_COLUMN_NAME_LENGTH = 30;
  private static final int MAX_SCHEMA_NAME_LENGTH = 32;
  private static final int MAX_TABLE_NAME_LENGTH = 35;
  private static final int KEYWORDS = 10006;
  private static final long MAX_NAME_LENGTH = 128;
  private static final String NAME = "Spark SQL";

  private final Sessions sessions;
  private final String version;

  GetInfoMethod(Sessions sessions, String version) {
    this.sessions = sessions;
    this.version = version;
  }

  @Override
  public Pace pace() {
    return Pace.AT_ONCE;
  }

  @Override
  public Call read(TProtocol in) throws Exception {
    TSessionHandle handle = null;
    int type = -1;
    in.readStructBegin();
    for (TField outer = in.readFieldBegin(); outer.type != TType.STOP; outer = in.readFieldBegin()) {
      if (outer.id != 1 || outer.type != TType.STRUCT) {
        TProtocolUtil.skip(in, outer.type);
        continue;
      }
      in.readStructBegin();
      for (TField field = in.readFieldBegin(); field.type != TType.STOP; field = in.readFieldBegin()) {
        if (field.id == 1 && field.type == TType.STRUCT) {
          handle = new TSessionHandle();
          handle.read(in);
        } else if (field.id == 2 && field.type == TType.I32) {
          type = in.readI32();
        } else {
          TProtocolUtil.skip(in, field.type);
        }
      }
    }
    if (handle == null) {
      throw new MalformedRequest("Required field 'sessionHandle' is unset");
    }
    TSessionHandle session = handle;
    int infoType = type;
    return (connection, method, sequence) -> CompletableFuture.completedFuture(
        Replies.success(method, sequence, answer(connection, session, infoType)));
  }

  private TGetInfoResp answer(Connection connection, TSessionHandle handle, int type) {
    try {
      sessions.get(Handles.idOf(handle), connection.user());
      return new TGetInfoResp(Statuses.success(), value(type));
    } catch (RuntimeException e) {
      // The value is required even here: without it Java's clients can't read the error.
      return new TGetInfoResp(Statuses.error(e), TGetInfoValue.stringValue(""));
    }
  }

  private TGetInfoValue value(int type) {
    switch (type) {
      case SERVER_NAME:
      case DBMS_NAME:
        return TGetInfoValue.stringValue(NAME);
      case DBMS_VERSION:
        return TGetInfoValue.stringValue(version);
      case MAX_COLUMN_NAME_LENGTH:
      case MAX_SCHEMA_NAME_LENGTH:
      case MAX_TABLE_NAME_LENGTH:
        return TGetInfoValue.lenValue(MAX_NAME_LENGTH);
      case KEYWORDS:
        return TGetInfoValue.stringValue("Unimplemented");
      default:
        throw new EngineException("Unrecognized GetInfoType value: " + type, "HY096");
    }
  }
}
