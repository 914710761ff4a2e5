package io.torii.engine.result;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import org.apache.hive.service.rpc.thrift.*;
import org.apache.thrift.protocol.TBinaryProtocol;
import org.apache.thrift.transport.TSocket;

/** A client of a running Spark Thrift Server without SASL, which says what every value should look like. */
public final class ThriftServer implements AutoCloseable {

  private final TSocket socket;
  public final TCLIService.Client client;
  public final TSessionHandle session;

  public ThriftServer(int port, int protocolVersion) throws Exception {
    socket = new TSocket("127.0.0.1", port);
    socket.open();
    client = new TCLIService.Client(new TBinaryProtocol(socket));
    TOpenSessionReq request = new TOpenSessionReq(TProtocolVersion.findByValue(protocolVersion));
    request.setUsername("oracle");
    request.setConfiguration(new HashMap<>());
    session = client.OpenSession(request).getSessionHandle();
  }

  /** The answer of one statement or metadata call. */
  public static final class Answer {
    public String error;
    public String schema;
    public List<List<Object>> rows = new ArrayList<>();
  }

  public Answer execute(String sql) throws Exception {
    TExecuteStatementResp done = client.ExecuteStatement(new TExecuteStatementReq(session, sql));
    return read(done.getStatus(), done.getOperationHandle());
  }

  public Answer read(TStatus status, TOperationHandle handle) throws Exception {
    Answer answer = new Answer();
    if (status.getStatusCode() != TStatusCode.SUCCESS_STATUS) {
      answer.error = status.getErrorMessage();
      return answer;
    }
    TGetResultSetMetadataResp meta = client.GetResultSetMetadata(new TGetResultSetMetadataReq(handle));
    if (meta.getStatus().getStatusCode() != TStatusCode.SUCCESS_STATUS) {
      answer.error = meta.getStatus().getErrorMessage();
      return answer;
    }
    answer.schema = Decoded.describe(meta.getSchema());
    while (true) {
      TFetchResultsResp batch =
          client.FetchResults(new TFetchResultsReq(handle, TFetchOrientation.FETCH_NEXT, 1000));
      if (batch.getStatus().getStatusCode() != TStatusCode.SUCCESS_STATUS) {
        answer.error = batch.getStatus().getErrorMessage();
        break;
      }
      List<List<Object>> rows = Decoded.rows(batch.getResults());
      if (rows.isEmpty()) break;
      answer.rows.addAll(rows);
    }
    client.CloseOperation(new TCloseOperationReq(handle));
    return answer;
  }

  @Override
  public void close() {
    socket.close();
  }
}
