package io.torii.engine.rpc;

import static java.util.concurrent.CompletableFuture.completedFuture;

import io.torii.engine.error.EngineException;
import io.torii.engine.error.Statuses;
import io.torii.engine.net.Connection;
import io.torii.engine.session.Session;
import io.torii.engine.session.Sessions;
import java.util.HashMap;
import java.util.Map;
import org.apache.hive.service.rpc.thrift.TCancelDelegationTokenReq;
import org.apache.hive.service.rpc.thrift.TCancelDelegationTokenResp;
import org.apache.hive.service.rpc.thrift.TCloseSessionReq;
import org.apache.hive.service.rpc.thrift.TCloseSessionResp;
import org.apache.hive.service.rpc.thrift.TGetDelegationTokenReq;
import org.apache.hive.service.rpc.thrift.TGetDelegationTokenResp;
import org.apache.hive.service.rpc.thrift.TOpenSessionReq;
import org.apache.hive.service.rpc.thrift.TOpenSessionResp;
import org.apache.hive.service.rpc.thrift.TProtocolVersion;
import org.apache.hive.service.rpc.thrift.TRenewDelegationTokenReq;
import org.apache.hive.service.rpc.thrift.TRenewDelegationTokenResp;
import org.apache.hive.service.rpc.thrift.TSetClientInfoReq;
import org.apache.hive.service.rpc.thrift.TSetClientInfoResp;
import org.apache.hive.service.rpc.thrift.TStatus;
import org.apache.spark.SparkContext;

/** The calls that open, describe and close sessions. */
public final class SessionCalls {
  private static final TProtocolVersion NEWEST = TProtocolVersion.HIVE_CLI_SERVICE_PROTOCOL_V11;

  private final Sessions sessions;
  private final SparkContext context;

  public SessionCalls(Sessions sessions, SparkContext context) {
    this.sessions = sessions;
    this.context = context;
  }

  public void addTo(Dispatcher dispatcher) {
    dispatcher.add("OpenSession", new StructMethod<>(Pace.SLOW, TOpenSessionReq::new, SessionCalls::notOpened,
        (connection, request) -> completedFuture(open(connection, request))));
    dispatcher.add("CloseSession", new StructMethod<>(Pace.SLOW, TCloseSessionReq::new, TCloseSessionResp::new,
        (connection, request) -> {
          sessions.close(sessions.get(Handles.idOf(request.getSessionHandle()), connection.user()), "its client closed it");
          return completedFuture(new TCloseSessionResp(Statuses.success()));
        }));
    dispatcher.add("GetInfo", new GetInfoMethod(sessions, context.version()));
    dispatcher.add("SetClientInfo", new StructMethod<>(Pace.QUICK, TSetClientInfoReq::new, TSetClientInfoResp::new,
        (connection, request) -> {
          sessions.get(Handles.idOf(request.getSessionHandle()), connection.user());
          return completedFuture(new TSetClientInfoResp(Statuses.success()));
        }));
    addTokens(dispatcher);
  }

  private static void addTokens(Dispatcher dispatcher) {
    dispatcher.add("GetDelegationToken", new StructMethod<>(Pace.QUICK, TGetDelegationTokenReq::new, TGetDelegationTokenResp::new,
        (connection, request) -> {
          throw noTokens();
        }));
    dispatcher.add("CancelDelegationToken", new StructMethod<>(Pace.QUICK, TCancelDelegationTokenReq::new,
        TCancelDelegationTokenResp::new, (connection, request) -> {
          throw noTokens();
        }));
    dispatcher.add("RenewDelegationToken", new StructMethod<>(Pace.QUICK, TRenewDelegationTokenReq::new,
        TRenewDelegationTokenResp::new, (connection, request) -> {
          throw noTokens();
        }));
  }

  private static EngineException noTokens() {
    return EngineException.unsupported("Delegation token is not supported");
  }

  private TOpenSessionResp open(Connection connection, TOpenSessionReq request) {
    TProtocolVersion asked = request.getClient_protocol();
    TProtocolVersion protocol = asked.getValue() < NEWEST.getValue() ? asked : NEWEST;
    Session session = sessions.open(connection, protocol.getValue(), request.getConfiguration());
    TOpenSessionResp response = new TOpenSessionResp(Statuses.success(), protocol);
    response.setSessionHandle(Handles.of(session));
    Map<String, String> configuration = new HashMap<>();
    configuration.put("kyuubi.engine.id", context.applicationId());
    configuration.put("kyuubi.engine.name", context.appName());
    String url = context.uiWebUrl().isDefined() ? context.uiWebUrl().get() : "";
    configuration.put("kyuubi.engine.url", url.replaceFirst("^https?://", ""));
    configuration.put("torii.engine.can.rewind", "true"); // FETCH_PRIOR of as many rows as were fetched leads back to them
    response.setConfiguration(configuration);
    return response;
  }

  private static TOpenSessionResp notOpened(TStatus status) {
    return new TOpenSessionResp(status, NEWEST);
  }
}
