import java.io.File;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.lang.reflect.Method;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.yarn.conf.YarnConfiguration;
import org.apache.hadoop.yarn.server.MiniYARNCluster;
import org.apache.hadoop.yarn.server.resourcemanager.ResourceManager;
import org.apache.hadoop.yarn.webapp.WebApp;

/**
 * A resource manager and its node managers in one process, on ports that nobody else has. What a client needs to find
 * them goes into the yarn-site.xml of a folder; then one line says where the REST API listens. It runs until it is ended.
 *
 * <p>Arguments: name, node managers, MiB of memory for each, the folder.
 */
public final class YarnCluster {

  private static final long CONNECT_LIMIT_MS = 30_000;

  public static void main(String[] args) throws Exception {
    int nodes = Integer.parseInt(args[1]);
    MiniYARNCluster cluster = new MiniYARNCluster(args[0], nodes, 1, 1);
    Runtime.getRuntime().addShutdownHook(new Thread(cluster::stop));
    cluster.init(settings(Integer.parseInt(args[2])));
    cluster.start();
    if (!cluster.waitForNodeManagersToConnect(CONNECT_LIMIT_MS)) {
      throw new IllegalStateException("The node managers did not connect within " + CONNECT_LIMIT_MS + " ms");
    }
    reopenWebApp(cluster.getResourceManager());
    Configuration conf = cluster.getResourceManager().getConfig();
    writeSite(conf, new File(args[3], "yarn-site.xml"));
    System.out.println("ready " + conf.get(YarnConfiguration.RM_WEBAPP_ADDRESS));
  }

  /** Of all web applications of a process the last that started answers for all: that has to be the resource manager's. */
  private static void reopenWebApp(ResourceManager manager) throws Exception {
    openMethod("startWepApp").invoke(manager);
    int port = ((WebApp) openMethod("getWebapp").invoke(manager)).port();
    manager.getConfig().set(YarnConfiguration.RM_WEBAPP_ADDRESS, MiniYARNCluster.getHostname() + ":" + port);
  }

  private static Method openMethod(String name) throws Exception {
    Method method = ResourceManager.class.getDeclaredMethod(name);
    method.setAccessible(true);
    return method;
  }

  private static Configuration settings(int nodeMemoryMb) {
    Configuration conf = new YarnConfiguration();
    conf.set("fs.defaultFS", "file:///");
    conf.set("yarn.scheduler.capacity.root.queues", "default");
    conf.set("yarn.scheduler.capacity.root.default.capacity", "100");
    conf.set("yarn.scheduler.capacity.maximum-am-resource-percent", "1.0");
    conf.setInt("yarn.scheduler.minimum-allocation-mb", 256);
    conf.setInt("yarn.minicluster.yarn.nodemanager.resource.memory-mb", nodeMemoryMb);
    conf.setInt("yarn.resourcemanager.nodemanagers.heartbeat-interval-ms", 100);
    conf.setInt("yarn.nodemanager.log.retain-seconds", 0); // its end would wait for logs that are kept
    // What the processes map counts for nothing here, and a full disk of the tester's is no reason to run nothing.
    conf.setBoolean("yarn.nodemanager.vmem-check-enabled", false);
    conf.setBoolean("yarn.nodemanager.disk-health-checker.enable", false);
    // Whoever runs the gateway may start engines for others, as on a cluster that was set up for it.
    String proxy = "hadoop.proxyuser." + System.getProperty("user.name");
    conf.set(proxy + ".hosts", "*");
    conf.set(proxy + ".groups", "*");
    return conf;
  }

  private static void writeSite(Configuration conf, File file) throws Exception {
    Configuration site = new Configuration(false);
    for (Map.Entry<String, String> setting : conf) {
      String key = setting.getKey();
      if (key.startsWith("yarn.resourcemanager.") && key.endsWith("address")) site.set(key, conf.get(key));
    }
    try (OutputStream out = new FileOutputStream(file)) {
      site.writeXml(out);
    }
  }
}
