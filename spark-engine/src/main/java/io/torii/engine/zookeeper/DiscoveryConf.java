package io.torii.engine.zookeeper;

import io.torii.engine.StartFailure;
import io.torii.engine.conf.EngineConf;
import io.torii.engine.conf.EngineSecrets;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.ExponentialBackoffRetry;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.data.ACL;

/** Where and how the engine meets the gateways. */
public final class DiscoveryConf {
  private static final int RETRY_BASE_MS = 200;
  private static final int RETRIES = 3;

  final String addresses;
  final String space;
  final String refId;
  final String intentPath;
  final String drainingPath;
  final boolean deletesSpace;
  final int connectionTimeoutMs;
  final long lossTimeoutMs;
  private final int sessionTimeoutMs;
  private final String digest;
  private final ZooKeeperTls tls;
  private final boolean protectedByDigest;

  private DiscoveryConf(EngineConf conf, EngineSecrets secrets, String addresses) {
    this.addresses = addresses;
    this.space = normalized(required(conf, "kyuubi.ha.namespace"));
    this.refId = conf.get("kyuubi.ha.engine.ref.id");
    this.intentPath = optionalPath(conf, "torii.engine.intent.path");
    this.drainingPath = optionalPath(conf, "torii.engine.draining.path");
    this.deletesSpace = "CONNECTION".equalsIgnoreCase(conf.get("kyuubi.engine.share.level"));
    this.connectionTimeoutMs = (int) conf.millis("kyuubi.ha.zookeeper.connection.timeout", "15000");
    this.sessionTimeoutMs = (int) conf.millis("kyuubi.ha.zookeeper.session.timeout", "60000");
    this.lossTimeoutMs = conf.millis("torii.engine.discovery.loss.timeout", "PT5M");
    this.digest = secrets.zooKeeperDigest();
    this.tls = ZooKeeperTls.of(conf, secrets);
    this.protectedByDigest = "DIGEST".equalsIgnoreCase(
        conf.firstOf("kyuubi.ha.zookeeper.engine.auth.type", "kyuubi.ha.zookeeper.auth.type"));
    if (protectedByDigest && digest == null) {
      throw new StartFailure("kyuubi.ha.zookeeper.auth.type is DIGEST, but there is no kyuubi.ha.zookeeper.auth.digest");
    }
    if (intentPath != null && refId == null) {
      throw new StartFailure("torii.engine.intent.path needs kyuubi.ha.engine.ref.id");
    }
  }

  /** Null when no ensemble is configured: then the engine doesn't register. */
  public static DiscoveryConf of(EngineConf conf, EngineSecrets secrets) {
    String addresses = conf.firstOf("kyuubi.ha.addresses", "kyuubi.ha.zookeeper.quorum");
    return addresses == null ? null : new DiscoveryConf(conf, secrets, addresses);
  }

  private static String required(EngineConf conf, String key) {
    String value = conf.get(key);
    if (value == null) {
      throw new StartFailure(key + " is needed where kyuubi.ha.addresses is set");
    }
    return value;
  }

  private static String optionalPath(EngineConf conf, String key) {
    String value = conf.get(key);
    return value == null ? null : normalized(value);
  }

  private static String normalized(String path) {
    String absolute = path.startsWith("/") ? path : "/" + path;
    return absolute.length() > 1 && absolute.endsWith("/") ? absolute.substring(0, absolute.length() - 1) : absolute;
  }

  CuratorFramework newClient() {
    CuratorFrameworkFactory.Builder builder = CuratorFrameworkFactory.builder()
        .connectString(addresses)
        .connectionTimeoutMs(connectionTimeoutMs)
        .sessionTimeoutMs(sessionTimeoutMs)
        .retryPolicy(new ExponentialBackoffRetry(RETRY_BASE_MS, RETRIES));
    if (tls != null) {
      tls.applyTo(builder);
    }
    if (digest != null) {
      builder.authorization("digest", digest.getBytes(StandardCharsets.UTF_8));
    }
    return builder.build();
  }

  /** For messages: `host:port,host:port`, and how they are spoken to. */
  String target() {
    return tls == null ? addresses : addresses + " by TLS, trusting " + tls.truststore;
  }

  List<ACL> acl() {
    if (!protectedByDigest) {
      return ZooDefs.Ids.OPEN_ACL_UNSAFE;
    }
    List<ACL> acl = new ArrayList<>(ZooDefs.Ids.READ_ACL_UNSAFE);
    acl.addAll(ZooDefs.Ids.CREATOR_ALL_ACL);
    return acl;
  }
}
