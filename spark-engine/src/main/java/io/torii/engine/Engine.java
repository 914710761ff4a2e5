package io.torii.engine;

import io.torii.engine.conf.EngineConf;
import io.torii.engine.conf.EngineSecrets;
import io.torii.engine.net.AdvertisedHost;
import io.torii.engine.net.Authentications;
import io.torii.engine.net.EngineServer;
import io.torii.engine.net.EngineTls;
import io.torii.engine.net.GatewayAuthentication;
import io.torii.engine.operation.EngineThreads;
import io.torii.engine.operation.JobTracker;
import io.torii.engine.operation.Operation;
import io.torii.engine.operation.OperationLogs;
import io.torii.engine.operation.Operations;
import io.torii.engine.result.LateTasks;
import io.torii.engine.result.ResultSpace;
import io.torii.engine.rpc.Dispatcher;
import io.torii.engine.rpc.MetadataCalls;
import io.torii.engine.rpc.OperationCalls;
import io.torii.engine.rpc.SessionCalls;
import io.torii.engine.rpc.StatementCalls;
import io.torii.engine.session.Sessions;
import io.torii.engine.spark.SparkStart;
import io.torii.engine.zookeeper.DiscoveryConf;
import io.torii.engine.zookeeper.Registration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes the engine's parts, joins them, and ends them in the reverse order. */
final class Engine {
  private static final Logger LOG = LoggerFactory.getLogger(Engine.class);

  private final EngineConf conf;
  private final long stopLimitMs;
  private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(2, EngineThreads.named("torii-timer"));
  private final OperationLogs logs = new OperationLogs();
  private final AtomicBoolean ending = new AtomicBoolean();
  private final CountDownLatch ended = new CountDownLatch(1);
  private Registration registration;
  private SparkSession spark;
  private Sessions sessions;
  private Operations operations;
  private EngineServer server;
  private Lifetime lifetime;

  private Engine(EngineConf conf) {
    this.conf = conf;
    this.stopLimitMs = conf.millis("torii.engine.stop.timeout", "PT10S");
    timer.setRemoveOnCancelPolicy(true);
  }

  /** Starts everything; once this returns, gateways can find the engine. */
  static Engine start(SparkConf sparkConf, EngineConf conf, EngineSecrets secrets) throws Exception {
    GatewayAuthentication authentication = Authentications.of(conf, secrets);
    DiscoveryConf discovery = DiscoveryConf.of(conf, secrets);
    String host = AdvertisedHost.of(conf);
    EngineTls tls = EngineTls.of(conf, secrets, host);
    Engine engine = new Engine(conf);
    if (discovery != null) {
      engine.registration = new Registration(discovery, engine::retired, engine::discoveryLost);
    }
    SparkStart.setDefaults(sparkConf, conf);
    engine.spark = SparkStart.start(sparkConf);
    engine.logs.start();
    InitialSql.run(engine.spark, conf);
    engine.listenAndRegister(authentication, host, tls);
    return engine;
  }

  private void listenAndRegister(GatewayAuthentication authentication, String host, EngineTls tls) throws Exception {
    JobTracker tracker = new JobTracker(spark.sparkContext());
    spark.sparkContext().addSparkListener(tracker);
    spark.sparkContext().addSparkListener(new LateTasks(spark.sparkContext()));
    sessions = new Sessions(spark, conf);
    operations = new Operations(conf, logs, tracker, timer);
    ResultSpace space = ResultSpace.of(conf);
    Dispatcher dispatcher = new Dispatcher(sessions::disconnected);
    new SessionCalls(sessions, spark.sparkContext()).addTo(dispatcher);
    new StatementCalls(sessions, operations, space).addTo(dispatcher);
    new MetadataCalls(sessions, operations).addTo(dispatcher);
    new OperationCalls(operations, timer).addTo(dispatcher);
    // The first query's classes load while the registration waits for ZooKeeper.
    if (conf.flag("torii.engine.warm.up", true)) {
      WarmUp.inBackground(spark, space, () -> !operations.unfinished().isEmpty() || ending.get());
    }
    server = new EngineServer(conf, tls, authentication, dispatcher);
    lifetime = new Lifetime(conf, sessions, this::deregister, this::end);
    String address = host + ":" + server.bind(conf);
    Termination.onSignal(() -> end("it was told to terminate"));
    Termination.onShutdown(() -> stop("the JVM is shutting down"), 2 * stopLimitMs + 10_000);
    if (registration == null) {
      LOG.info("No kyuubi.ha.addresses: not registered, only direct connections to {} work", address);
    } else {
      registration.register(address, conf, spark.sparkContext(), tls);
    }
    LOG.info("Engine is ready at {}, {}", address, tls == null ? "without TLS" : "with TLS");
    lifetime.start(timer);
  }

  private void retired() {
    lifetime.drain();
  }

  private void discoveryLost() {
    end("ZooKeeper is out of reach");
  }

  private void deregister() {
    if (registration != null) {
      registration.remove();
    }
  }

  /** Ends in a thread of its own, since what asks for the end may be one of the parts that end. */
  private void end(String why) {
    if (!ending.get()) {
      new Thread(() -> stop(why), "torii-end").start();
    }
  }

  private void stop(String why) {
    if (!ending.compareAndSet(false, true)) {
      awaitEnd();
      return;
    }
    LOG.info("The engine ends: {}", why);
    Termination.haltAfter(2 * stopLimitMs + 15_000, 0);
    try {
      // First out of sight, so that no gateway sends anything more.
      deregister();
      sessions.refuseNew();
      server.stopListening();
      awaitStatements();
      sessions.closeAll("the engine ends");
      logs.close();
      spark.stop();
      // Only now: the last replies, to the closing of a session for example, had time to leave.
      server.close();
      if (registration != null) {
        registration.close();
      }
    } catch (Throwable e) {
      LOG.warn("The engine's end was not quite orderly", e);
    } finally {
      ended.countDown();
    }
  }

  private void awaitStatements() throws InterruptedException {
    List<Operation> running = operations.unfinished();
    long deadline = System.currentTimeMillis() + stopLimitMs;
    while (running.stream().anyMatch(Operation::isInUse) && System.currentTimeMillis() < deadline) {
      Thread.sleep(50);
    }
  }

  void awaitEnd() {
    try {
      ended.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
