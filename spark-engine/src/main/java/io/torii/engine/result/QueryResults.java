package io.torii.engine.result;

import org.apache.hive.service.rpc.thrift.TTableSchema;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.QueryExecution;
import org.apache.spark.sql.types.StructType;

/** Runs queries and keeps what they return in the wire's form. */
public final class QueryResults {

  private QueryResults() {}

  /**
   * Runs the query in the calling thread, which has set the job group and the active session, and returns its rows. A
   * command without output answers with one STRING column named Result and no rows. An interrupt ends the wait; the
   * job itself ends when its group is cancelled.
   */
  public static ResultSource execute(SparkSession session, Dataset<Row> ds, ResultOptions options, ResultSpace space)
      throws Exception {
    StructType schema = ds.schema();
    if (schema.isEmpty()) return FixedResults.lines("Result", java.util.Collections.emptyList(), options.protocolVersion());
    TextSettings settings = TextSettings.of(session);
    RowEncoder encoder = new RowEncoder(schema, settings);
    WireKind[] kinds = encoder.kinds();
    Spool spool = new Spool(kinds, space);
    try {
      QueryExecution execution = capped(ds, options).queryExecution();
      RowSupply supply = new QueryRunner(session, execution, encoder, options, space.memoryOfEach()).run(spool);
      TTableSchema wire = WireSchema.of(schema, options.protocolVersion());
      return new StoredResult(
          wire, spool, supply, RowSetLayout.of(kinds, options.protocolVersion(), settings.binaryStyle()));
    } catch (Throwable e) {
      Exception reason = spool.reasonFor(e);
      spool.close();
      if (e instanceof Error) throw e;
      throw reason;
    }
  }

  /** What is in the driver already is cut while it is encoded: a limit on it would only be planned again. */
  private static Dataset<Row> capped(Dataset<Row> ds, ResultOptions options) {
    long maxRows = options.maxRows();
    return maxRows == 0 || maxRows > Integer.MAX_VALUE || ds.isLocal() ? ds : ds.limit((int) maxRows);
  }
}
