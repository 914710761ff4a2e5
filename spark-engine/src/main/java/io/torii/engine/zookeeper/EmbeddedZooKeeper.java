package io.torii.engine.zookeeper;

import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.server.PurgeTxnLog;
import org.apache.zookeeper.server.ServerCnxnFactory;
import org.apache.zookeeper.server.ZooKeeperServer;

/** A ZooKeeper server of its own for a gateway without an ensemble: arguments are host, port (0 = any) and data folder. */
public final class EmbeddedZooKeeper {
  private static final int TICK_MS = 2000;
  private static final int MIN_SESSION_MS = 4000;
  private static final int MAX_SESSION_MS = 60000;
  private static final int SNAPSHOTS_KEPT = 3;

  private EmbeddedZooKeeper() {}

  public static void main(String[] args) {
    // The gateway reads standard output as JSON lines, so whatever logs there by default has to go elsewhere.
    PrintStream events = System.out;
    System.setOut(System.err);
    if (args.length != 3) {
      fail("expected three arguments: host, port and data folder");
    }
    try {
      serve(args[0], Integer.parseInt(args[1]), new File(args[2]), events);
      System.exit(0);
    } catch (Throwable e) {
      fail(e.getClass().getSimpleName() + ": " + e.getMessage());
    }
  }

  private static void serve(String host, int port, File data, PrintStream events) throws Exception {
    setDefaults();
    if (!data.isDirectory() && !data.mkdirs()) {
      throw new IOException("cannot make the data folder " + data);
    }
    ZooKeeperServer server = new ZooKeeperServer(data, data, TICK_MS);
    server.setMinSessionTimeout(MIN_SESSION_MS);
    server.setMaxSessionTimeout(MAX_SESSION_MS);
    ServerCnxnFactory connections = ServerCnxnFactory.createFactory();
    // 0: no limit by client address, since every engine and the gateway share one.
    connections.configure(new InetSocketAddress(host, port), 0);
    connections.startup(server);

    ScheduledExecutorService purge = Executors.newSingleThreadScheduledExecutor(task -> {
      Thread thread = new Thread(task, "torii-zookeeper-purge");
      thread.setDaemon(true);
      return thread;
    });
    purge.scheduleWithFixedDelay(() -> purge(data), 10, 60, TimeUnit.MINUTES);

    CountDownLatch ended = new CountDownLatch(1);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      connections.shutdown();
      ended.countDown();
    }, "torii-zookeeper-stop"));
    events.println("{\"event\":\"ready\",\"port\":" + connections.getLocalPort() + "}");
    events.flush();
    endWithStandardInput(ended);
    ended.await();
    purge.shutdownNow();
  }

  private static void setDefaults() {
    setDefault("zookeeper.admin.enableServer", "false");
    // The logs of a small registry: rolled often and made small, so that purging frees something.
    setDefault("zookeeper.snapCount", "10000");
    setDefault("zookeeper.preAllocSize", "4096");
    setDefault("zookeeper.nio.numSelectorThreads", "1");
    setDefault("zookeeper.nio.numWorkerThreads", "4");
    setDefault("zookeeper.jmx.log4j.disable", "true");
  }

  private static void setDefault(String key, String value) {
    if (System.getProperty(key) == null) {
      System.setProperty(key, value);
    }
  }

  private static void purge(File data) {
    try {
      PurgeTxnLog.purge(data, data, SNAPSHOTS_KEPT);
    } catch (IOException | RuntimeException e) {
      System.err.println("Purging old ZooKeeper snapshots failed, to be tried again: " + e.getMessage());
    }
  }

  /** The parent's end closes our standard input, however it died: no ZooKeeper is left behind. */
  private static void endWithStandardInput(CountDownLatch ended) {
    Thread reader = new Thread(() -> {
      byte[] ignored = new byte[256];
      try {
        while (System.in.read(ignored) >= 0) {
          continue;
        }
      } catch (IOException e) {
        System.err.println("Standard input failed: " + e.getMessage());
      }
      ended.countDown();
    }, "torii-zookeeper-stdin");
    reader.setDaemon(true);
    reader.start();
  }

  private static void fail(String cause) {
    System.err.println("ZooKeeper start failed: " + cause);
    System.err.flush();
    Runtime.getRuntime().halt(1);
  }
}
