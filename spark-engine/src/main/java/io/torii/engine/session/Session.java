package io.torii.engine.session;

import io.torii.engine.conf.EngineConf;
import io.torii.engine.operation.Operation;
import java.util.ArrayList;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.sql.SparkSession;

/** One client's session: a Spark session, its user and its operations. */
public final class Session {
  private final UUID id;
  private final String user;
  private final int protocol;
  private final SparkSession spark;
  private final EngineConf conf;
  private final long idleLimitMs;
  private final long operationIdleLimitMs;
  private final Set<Operation> operations = ConcurrentHashMap.newKeySet();
  private volatile long lastUsedMs = System.currentTimeMillis();
  private volatile boolean closed;

  Session(UUID id, String user, int protocol, SparkSession spark, EngineConf conf) {
    this.id = id;
    this.user = user;
    this.protocol = protocol;
    this.spark = spark;
    this.conf = conf;
    this.idleLimitMs = conf.millis("kyuubi.session.idle.timeout", "PT6H");
    this.operationIdleLimitMs = conf.millis("kyuubi.operation.idle.timeout", "PT3H");
  }

  public UUID id() {
    return id;
  }

  public String user() {
    return user;
  }

  public int protocol() {
    return protocol;
  }

  public SparkSession spark() {
    return spark;
  }

  /** The engine's settings with what the session was opened with on top. */
  public EngineConf conf() {
    return conf;
  }

  /** A setting as it stands now: `SET` in the session goes before what it was opened with. Null when unset. */
  public String setting(String key) {
    String value = spark.conf().get(key, null);
    return value == null || value.isEmpty() ? conf.get(key) : value;
  }

  public boolean isProbe() {
    return conf.flag("kyuubi.session.alive.probe", false);
  }

  boolean closesWithConnection() {
    return conf.flag("kyuubi.session.close.on.disconnect", true);
  }

  public void touch() {
    lastUsedMs = System.currentTimeMillis();
  }

  /** Whether nothing has been asked and nothing has run for longer than the limit. */
  boolean isIdle() {
    boolean runs = operations.stream().anyMatch(operation -> !operation.state().isTerminal());
    return idleLimitMs > 0 && !runs && System.currentTimeMillis() - lastUsedMs > idleLimitMs;
  }

  /** Frees the results that nobody has asked for in a long time. */
  void closeIdleOperations() {
    for (Operation operation : operations()) {
      if (operationIdleLimitMs > 0 && operation.state().isTerminal() && operation.idleMs() > operationIdleLimitMs) {
        operation.close();
      }
    }
  }

  public void add(Operation operation) {
    operations.add(operation);
    touch();
    if (closed) {
      // Came in while the session was being closed, which may have missed it.
      operation.close();
    }
  }

  public void remove(Operation operation) {
    operations.remove(operation);
    touch();
  }

  private Iterable<Operation> operations() {
    return new ArrayList<>(operations);
  }

  void close() {
    closed = true;
    operations().forEach(Operation::close);
  }
}
