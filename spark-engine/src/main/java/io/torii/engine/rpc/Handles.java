package io.torii.engine.rpc;

import io.torii.engine.operation.Operation;
import io.torii.engine.session.Session;
import java.nio.ByteBuffer;
import java.util.UUID;
import org.apache.hive.service.rpc.thrift.THandleIdentifier;
import org.apache.hive.service.rpc.thrift.TOperationHandle;
import org.apache.hive.service.rpc.thrift.TSessionHandle;

/** Handles on the wire. Their secret is the fixed one that Kyuubi's engines use: the connection's user is what protects them. */
final class Handles {
  private static final UUID SECRET = UUID.fromString("c2ee5b97-3ea0-41fc-ac16-9bd708ed8f38");
  private static final int UUID_BYTES = 16;

  private Handles() {}

  static TSessionHandle of(Session session) {
    return new TSessionHandle(identifier(session.id()));
  }

  static TOperationHandle of(Operation operation) {
    // Whatever the statement was, it has a result: a command without output answers with an empty one.
    return new TOperationHandle(identifier(operation.id()), operation.type(), true);
  }

  static UUID idOf(TSessionHandle handle) {
    return uuid(handle.getSessionId());
  }

  static UUID idOf(TOperationHandle handle) {
    return uuid(handle.getOperationId());
  }

  private static THandleIdentifier identifier(UUID id) {
    return new THandleIdentifier(bytes(id), bytes(SECRET));
  }

  private static ByteBuffer bytes(UUID id) {
    ByteBuffer buffer = ByteBuffer.allocate(UUID_BYTES);
    buffer.putLong(0, id.getMostSignificantBits());
    buffer.putLong(8, id.getLeastSignificantBits());
    return buffer;
  }

  private static UUID uuid(THandleIdentifier identifier) {
    byte[] guid = identifier.getGuid();
    if (guid.length != UUID_BYTES) {
      // No handle of ours: this one names nothing.
      return new UUID(0, 0);
    }
    ByteBuffer buffer = ByteBuffer.wrap(guid);
    return new UUID(buffer.getLong(), buffer.getLong());
  }
}
