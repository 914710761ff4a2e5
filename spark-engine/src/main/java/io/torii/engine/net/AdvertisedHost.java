package io.torii.engine.net;

import io.torii.engine.conf.EngineConf;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.util.Collections;

/** The name or address under which gateways reach this engine. */
public final class AdvertisedHost {
  private AdvertisedHost() {}

  public static String of(EngineConf conf) throws IOException {
    String given = conf.get("torii.engine.advertised.host");
    if (given != null) {
      return given;
    }
    String bound = conf.get("torii.engine.bind.host");
    if (bound != null && !InetAddress.getByName(bound).isAnyLocalAddress()) {
      return bound;
    }
    boolean inPod = conf.get("spark.master", "").startsWith("k8s");
    String podAddress = conf.get("spark.driver.bindAddress");
    if (inPod && podAddress != null && !InetAddress.getByName(podAddress).isAnyLocalAddress()) {
      return podAddress; // the cluster has told Spark; a pod may have other addresses that gateways don't reach
    }
    InetAddress local = localAddress();
    if (inPod || !conf.flag("kyuubi.frontend.connection.url.use.hostname", true)) {
      return local.getHostAddress();
    }
    return resolvesToItself(local) ? local.getCanonicalHostName() : local.getHostAddress();
  }

  private static InetAddress localAddress() throws IOException {
    InetAddress local = InetAddress.getLocalHost();
    if (!local.isLoopbackAddress()) {
      return local;
    }
    // Many hosts name themselves 127.0.1.1 in their hosts file, which no other machine reaches.
    for (NetworkInterface network : Collections.list(NetworkInterface.getNetworkInterfaces())) {
      if (!network.isUp() || network.isLoopback()) {
        continue;
      }
      for (InetAddress address : Collections.list(network.getInetAddresses())) {
        if (address instanceof Inet4Address && !address.isLinkLocalAddress()) {
          return address;
        }
      }
    }
    return local;
  }

  /** Whether the host's own name leads back to the address: a name that does not would mislead the gateways. */
  private static boolean resolvesToItself(InetAddress local) {
    try {
      return InetAddress.getByName(local.getCanonicalHostName()).equals(local);
    } catch (IOException e) {
      return false;
    }
  }
}
