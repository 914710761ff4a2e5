package io.torii.engine;

import java.lang.reflect.Proxy;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.util.ShutdownHookManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes SIGTERM an orderly end with exit code 0, where the JVM allows it, and at least an orderly one elsewhere. */
final class Termination {
  private static final Logger LOG = LoggerFactory.getLogger(Termination.class);
  /** Above Spark's own hooks, which would stop the context under running statements. */
  private static final int HOOK_PRIORITY = 100;

  private Termination() {}

  static void onSignal(Runnable endAndExit) {
    try {
      // Reached by reflection: the class is there on every JDK, but not in the Java 8 API that we compile against.
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object ours = Proxy.newProxyInstance(Termination.class.getClassLoader(), new Class<?>[] {handler},
          (proxy, method, args) -> {
            switch (method.getName()) {
              case "handle":
                new Thread(endAndExit, "torii-end").start();
                return null;
              case "hashCode":
                return System.identityHashCode(proxy);
              case "equals":
                return proxy == args[0];
              default:
                return "torii";
            }
          });
      signal.getMethod("handle", signal, handler).invoke(null, signal.getConstructor(String.class).newInstance("TERM"), ours);
    } catch (ReflectiveOperationException | RuntimeException e) {
      LOG.info("SIGTERM is left to the JVM: {}", e.toString());
    }
  }

  static void onShutdown(Runnable end, long limitMs) {
    ShutdownHookManager.get().addShutdownHook(end, HOOK_PRIORITY, limitMs, TimeUnit.MILLISECONDS);
  }

  /** An end that hangs in somebody's hook still ends. */
  static void haltAfter(long limitMs, int exitCode) {
    Thread guard = new Thread(() -> {
      try {
        Thread.sleep(limitMs);
      } catch (InterruptedException e) {
        return;
      }
      Runtime.getRuntime().halt(exitCode);
    }, "torii-halt");
    guard.setDaemon(true);
    guard.start();
  }
}
