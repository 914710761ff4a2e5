package io.torii.engine.zookeeper;

import io.torii.engine.StartFailure;
import io.torii.engine.conf.EngineConf;
import io.torii.engine.net.EngineTls;
import io.torii.engine.operation.EngineThreads;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.state.ConnectionState;
import org.apache.spark.SparkContext;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooKeeper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the engine's node in ZooKeeper: made once at start, again after an expired session, and not any more once somebody has
 * deleted it, which is how engines are retired. All of it happens on one thread.
 */
public final class Registration implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Registration.class);
  private static final long MAX_CHECK_EVERY_MS = 5_000;
  private static final int FIRST_ATTEMPTS = 4;
  private static final long CLOSE_LIMIT_MS = 5_000;

  private final DiscoveryConf conf;
  private final CuratorFramework client;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(EngineThreads.named("torii-discovery"));
  private final AtomicBoolean checkIsDue = new AtomicBoolean();
  private final Runnable whenRetired;
  private final Runnable whenUnreachable;
  private EngineNode node;
  private String path;
  private long sessionId;
  private volatile boolean registered;
  private volatile boolean over;
  private volatile long unreachableSinceMs;

  /** Connects in the background from now on, so that Spark's start hides the time it takes. */
  public Registration(DiscoveryConf conf, Runnable whenRetired, Runnable whenUnreachable) {
    this.conf = conf;
    this.whenRetired = whenRetired;
    this.whenUnreachable = whenUnreachable;
    this.client = conf.newClient();
    client.getConnectionStateListenable().addListener((changed, state) -> stateChanged(state));
    client.start();
  }

  /** `tls` is null where the engine's port is plain. */
  public void register(String address, EngineConf engineConf, SparkContext context, EngineTls tls) throws Exception {
    if (!client.blockUntilConnected(conf.connectionTimeoutMs, TimeUnit.MILLISECONDS)) {
      throw new StartFailure("no connection to ZooKeeper at " + conf.target() + " within " + conf.connectionTimeoutMs + " ms");
    }
    node = new EngineNode(conf, address, NodeName.of(address, engineConf, context, conf.refId, tls));
    Future<?> first = thread.submit(() -> {
      createPatiently();
      return null;
    });
    try {
      first.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof StartFailure
          ? (StartFailure) e.getCause() : new StartFailure("cannot register in ZooKeeper under " + conf.space, e.getCause());
    }
    long everyMs = Math.max(200, Math.min(MAX_CHECK_EVERY_MS, conf.lossTimeoutMs / 5));
    thread.scheduleWithFixedDelay(this::check, everyMs, everyMs, TimeUnit.MILLISECONDS);
  }

  /** A server of the ensemble that goes away just now is no reason to fail the whole start. */
  private void createPatiently() throws Exception {
    for (int attempt = 1; ; attempt++) {
      try {
        create();
        return;
      } catch (KeeperException.ConnectionLossException | KeeperException.SessionExpiredException e) {
        if (attempt == FIRST_ATTEMPTS) {
          throw e;
        }
        Thread.sleep(500L * attempt);
      }
    }
  }

  private void create() throws Exception {
    ZooKeeper zooKeeper = zooKeeper();
    path = node.create(zooKeeper);
    sessionId = zooKeeper.getSessionId();
    registered = true;
    LOG.info("Registered as {}", path);
    watch(zooKeeper);
  }

  private ZooKeeper zooKeeper() throws Exception {
    return client.getZookeeperClient().getZooKeeper();
  }

  private boolean watch(ZooKeeper zooKeeper) throws KeeperException, InterruptedException {
    return zooKeeper.exists(path, event -> {
      if (event.getType() != Watcher.Event.EventType.None) {
        checkSoon();
      }
    }) != null;
  }

  private void stateChanged(ConnectionState state) {
    if (state == ConnectionState.SUSPENDED || state == ConnectionState.LOST) {
      if (unreachableSinceMs == 0) {
        unreachableSinceMs = System.currentTimeMillis();
      }
    } else {
      unreachableSinceMs = 0;
    }
    if (registered) {
      checkSoon();
    }
  }

  private void checkSoon() {
    if (checkIsDue.compareAndSet(false, true)) {
      try {
        thread.execute(this::check);
      } catch (RejectedExecutionException e) {
        // Closed in the meantime: there is nothing left to look after.
        return;
      }
    }
  }

  private void check() {
    checkIsDue.set(false);
    if (over) {
      return;
    }
    long since = unreachableSinceMs;
    if (since != 0) {
      if (System.currentTimeMillis() - since > conf.lossTimeoutMs) {
        over = true;
        LOG.warn("ZooKeeper was out of reach for longer than {} ms", conf.lossTimeoutMs);
        whenUnreachable.run();
      }
      return;
    }
    try {
      lookAfterNode();
    } catch (StartFailure e) {
      LOG.info("Not registered again: {}", e.getMessage());
      retire(false);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      LOG.warn("ZooKeeper did not answer, to be tried again: {}", e.toString());
    }
  }

  private void lookAfterNode() throws Exception {
    ZooKeeper zooKeeper = zooKeeper();
    if (!zooKeeper.getState().isConnected()) {
      return;
    }
    if (zooKeeper.getSessionId() != sessionId) {
      // The old session expired and took the node along: nobody wanted us gone.
      create();
    } else if (!watch(zooKeeper)) {
      LOG.info("The node {} was deleted: this engine is being retired", path);
      retire(true);
    }
  }

  private void retire(boolean withIntent) {
    over = true;
    try {
      node.noteDraining(zooKeeper());
      if (withIntent) {
        node.removeIntent(zooKeeper());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      LOG.warn("ZooKeeper could not be told that this engine drains: {}", e.toString());
    }
    whenRetired.run();
  }

  /** Takes node and intent away, and waits for that only so long: an engine must be able to end without ZooKeeper. */
  public void remove() {
    Future<?> removal = thread.submit(() -> {
      over = true;
      if (registered && unreachableSinceMs == 0) {
        node.remove(zooKeeper(), path);
        registered = false;
      }
      return null;
    });
    try {
      removal.get(CLOSE_LIMIT_MS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      LOG.warn("The node could not be removed, ZooKeeper will with our session: {}", e.toString());
    }
  }

  @Override
  public void close() {
    over = true;
    thread.shutdownNow();
    forgetDraining();
    client.close();
  }

  private void forgetDraining() {
    if (node == null || unreachableSinceMs != 0) {
      return;
    }
    try {
      node.forgetDraining(zooKeeper());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      LOG.debug("The note of this engine's draining stays: {}", e.toString());
    }
  }
}
