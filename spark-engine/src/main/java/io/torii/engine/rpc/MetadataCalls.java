package io.torii.engine.rpc;

import static java.util.concurrent.CompletableFuture.completedFuture;

import io.torii.engine.error.Statuses;
import io.torii.engine.metadata.MetadataQueries;
import io.torii.engine.net.Connection;
import io.torii.engine.operation.Operation;
import io.torii.engine.operation.Operations;
import io.torii.engine.result.ResultSource;
import io.torii.engine.session.Session;
import io.torii.engine.session.Sessions;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.hive.service.rpc.thrift.TGetCatalogsReq;
import org.apache.hive.service.rpc.thrift.TGetCatalogsResp;
import org.apache.hive.service.rpc.thrift.TGetColumnsReq;
import org.apache.hive.service.rpc.thrift.TGetColumnsResp;
import org.apache.hive.service.rpc.thrift.TGetCrossReferenceReq;
import org.apache.hive.service.rpc.thrift.TGetCrossReferenceResp;
import org.apache.hive.service.rpc.thrift.TGetFunctionsReq;
import org.apache.hive.service.rpc.thrift.TGetFunctionsResp;
import org.apache.hive.service.rpc.thrift.TGetPrimaryKeysReq;
import org.apache.hive.service.rpc.thrift.TGetPrimaryKeysResp;
import org.apache.hive.service.rpc.thrift.TGetSchemasReq;
import org.apache.hive.service.rpc.thrift.TGetSchemasResp;
import org.apache.hive.service.rpc.thrift.TGetTableTypesReq;
import org.apache.hive.service.rpc.thrift.TGetTableTypesResp;
import org.apache.hive.service.rpc.thrift.TGetTablesReq;
import org.apache.hive.service.rpc.thrift.TGetTablesResp;
import org.apache.hive.service.rpc.thrift.TGetTypeInfoReq;
import org.apache.hive.service.rpc.thrift.TGetTypeInfoResp;
import org.apache.hive.service.rpc.thrift.TOperationHandle;
import org.apache.hive.service.rpc.thrift.TOperationType;
import org.apache.hive.service.rpc.thrift.TSessionHandle;
import org.apache.hive.service.rpc.thrift.TStatus;
import org.apache.spark.sql.SparkSession;
import org.apache.thrift.TBase;

/** The calls that describe catalogs; each runs to its end before it is answered. */
public final class MetadataCalls {
  /** What a call asks of one Spark session, in the given protocol version. */
  private interface Query<Q> {
    ResultSource run(SparkSession spark, int protocol, Q request) throws Exception;
  }

  private final Sessions sessions;
  private final Operations operations;

  public MetadataCalls(Sessions sessions, Operations operations) {
    this.sessions = sessions;
    this.operations = operations;
  }

  public void addTo(Dispatcher to) {
    add(to, "GetTypeInfo", TOperationType.GET_TYPE_INFO, TGetTypeInfoReq::new, TGetTypeInfoReq::getSessionHandle,
        TGetTypeInfoResp::new, TGetTypeInfoResp::setOperationHandle,
        (spark, protocol, request) -> MetadataQueries.typeInfo(spark, protocol));
    add(to, "GetCatalogs", TOperationType.GET_CATALOGS, TGetCatalogsReq::new, TGetCatalogsReq::getSessionHandle,
        TGetCatalogsResp::new, TGetCatalogsResp::setOperationHandle,
        (spark, protocol, request) -> MetadataQueries.catalogs(spark, protocol));
    add(to, "GetSchemas", TOperationType.GET_SCHEMAS, TGetSchemasReq::new, TGetSchemasReq::getSessionHandle,
        TGetSchemasResp::new, TGetSchemasResp::setOperationHandle, (spark, protocol, request) ->
            MetadataQueries.schemas(spark, protocol, request.getCatalogName(), request.getSchemaName()));
    add(to, "GetTables", TOperationType.GET_TABLES, TGetTablesReq::new, TGetTablesReq::getSessionHandle,
        TGetTablesResp::new, TGetTablesResp::setOperationHandle, (spark, protocol, request) ->
            MetadataQueries.tables(spark, protocol, request.getCatalogName(), request.getSchemaName(), request.getTableName(),
                request.getTableTypes()));
    add(to, "GetTableTypes", TOperationType.GET_TABLE_TYPES, TGetTableTypesReq::new, TGetTableTypesReq::getSessionHandle,
        TGetTableTypesResp::new, TGetTableTypesResp::setOperationHandle,
        (spark, protocol, request) -> MetadataQueries.tableTypes(spark, protocol));
    add(to, "GetColumns", TOperationType.GET_COLUMNS, TGetColumnsReq::new, TGetColumnsReq::getSessionHandle,
        TGetColumnsResp::new, TGetColumnsResp::setOperationHandle, (spark, protocol, request) ->
            MetadataQueries.columns(spark, protocol, request.getCatalogName(), request.getSchemaName(), request.getTableName(),
                request.getColumnName()));
    add(to, "GetFunctions", TOperationType.GET_FUNCTIONS, TGetFunctionsReq::new, TGetFunctionsReq::getSessionHandle,
        TGetFunctionsResp::new, TGetFunctionsResp::setOperationHandle, (spark, protocol, request) ->
            MetadataQueries.functions(spark, protocol, request.getCatalogName(), request.getSchemaName(),
                request.getFunctionName()));
    addKeys(to);
  }

  /** The protocol has no operation type for keys; HiveServer2 calls them functions. */
  private void addKeys(Dispatcher to) {
    add(to, "GetPrimaryKeys", TOperationType.GET_FUNCTIONS, TGetPrimaryKeysReq::new, TGetPrimaryKeysReq::getSessionHandle,
        TGetPrimaryKeysResp::new, TGetPrimaryKeysResp::setOperationHandle, (spark, protocol, request) ->
            MetadataQueries.primaryKeys(spark, protocol, request.getCatalogName(), request.getSchemaName(),
                request.getTableName()));
    add(to, "GetCrossReference", TOperationType.GET_FUNCTIONS, TGetCrossReferenceReq::new,
        TGetCrossReferenceReq::getSessionHandle, TGetCrossReferenceResp::new, TGetCrossReferenceResp::setOperationHandle,
        (spark, protocol, request) -> MetadataQueries.crossReference(spark, protocol, new String[] {
            request.getParentCatalogName(), request.getParentSchemaName(), request.getParentTableName(),
            request.getForeignCatalogName(), request.getForeignSchemaName(), request.getForeignTableName()}));
  }

  private <Q extends TBase<?, ?>, R extends TBase<?, ?>> void add(Dispatcher to, String name, TOperationType type,
      Supplier<Q> emptyRequest, Function<Q, TSessionHandle> handleOf, Function<TStatus, R> response,
      BiConsumer<R, TOperationHandle> setHandle, Query<Q> query) {
    to.add(name, new StructMethod<>(Pace.SLOW, emptyRequest, response, (Connection connection, Q request) -> {
      Session session = sessions.get(Handles.idOf(handleOf.apply(request)), connection.user());
      Operation operation =
          operations.runNow(session, type, () -> query.run(session.spark(), session.protocol(), request));
      R answer = response.apply(Statuses.success());
      setHandle.accept(answer, Handles.of(operation));
      return completedFuture(answer);
    }));
  }
}
