package io.torii.engine.zookeeper;

import io.torii.engine.StartFailure;
import io.torii.engine.conf.EngineConf;
import io.torii.engine.conf.EngineSecrets;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import javax.net.ssl.SSLContext;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.client.ZKClientConfig;

/**
 * TLS to ZooKeeper. The passwords are told to the client itself, not to the system properties that it looks at otherwise, and that
 * every user of the engine sees. The client reads the files anew at each connection.
 */
final class ZooKeeperTls {
  private static final String PREFIX = "torii.ha.zookeeper.engine.ssl.";
  private static final String PROTOCOLS = "zookeeper.ssl.enabledProtocols";
  private static final int DER_SEQUENCE = 0x30;

  final String truststore;
  private final String truststorePassword;
  private final String keystore;
  private final String keystorePassword;

  private ZooKeeperTls(EngineConf conf, EngineSecrets secrets) {
    this.truststore = conf.get(PREFIX + "truststore.path");
    this.truststorePassword = secrets.zooKeeperTruststorePassword();
    this.keystore = conf.get(PREFIX + "keystore.path");
    this.keystorePassword = secrets.zooKeeperKeystorePassword();
    if (truststore == null) {
      throw new StartFailure("torii.ha.zookeeper.ssl.enabled needs " + PREFIX + "truststore.path");
    }
    typeOf(truststore, "truststore.path");
    if (keystore != null) {
      typeOf(keystore, "keystore.path");
    }
  }

  /** Null where ZooKeeper is spoken to without TLS. */
  static ZooKeeperTls of(EngineConf conf, EngineSecrets secrets) {
    return conf.flag("torii.ha.zookeeper.ssl.enabled", false) ? new ZooKeeperTls(conf, secrets) : null;
  }

  void applyTo(CuratorFrameworkFactory.Builder builder) {
    builder.zookeeperFactory((addresses, timeoutMs, watcher, readOnly) ->
        new ZooKeeper(addresses, timeoutMs, watcher, readOnly, clientConfig()));
    leaveAddressesAlone(builder);
  }

  private ZKClientConfig clientConfig() {
    ZKClientConfig config = new ZKClientConfig();
    config.setProperty(ZKClientConfig.SECURE_CLIENT, "true");
    config.setProperty(ZKClientConfig.ZOOKEEPER_CLIENT_CNXN_SOCKET, "org.apache.zookeeper.ClientCnxnSocketNetty");
    if (config.getProperty(PROTOCOLS) == null) {
      // By itself an old client speaks 1.2 alone and a new one 1.3 alone, whatever the server does.
      config.setProperty(PROTOCOLS, supportsTls13() ? "TLSv1.3,TLSv1.2" : "TLSv1.2");
    }
    setStore(config, "trustStore", truststore, "truststore.path", truststorePassword);
    if (keystore != null) {
      setStore(config, "keyStore", keystore, "keystore.path", keystorePassword);
    }
    return config;
  }

  private static boolean supportsTls13() {
    try {
      return Arrays.asList(SSLContext.getDefault().getSupportedSSLParameters().getProtocols()).contains("TLSv1.3");
    } catch (NoSuchAlgorithmException e) {
      throw new StartFailure("this Java has no TLS", e);
    }
  }

  private static void setStore(ZKClientConfig config, String store, String path, String key, String password) {
    config.setProperty("zookeeper.ssl." + store + ".location", path);
    config.setProperty("zookeeper.ssl." + store + ".type", typeOf(path, key));
    if (password != null) {
      config.setProperty("zookeeper.ssl." + store + ".password", password);
    }
  }

  /** By what the file begins with, since its name may be any. */
  private static String typeOf(String path, String key) {
    try (InputStream in = Files.newInputStream(Paths.get(path))) {
      return in.read() == DER_SEQUENCE ? "PKCS12" : "PEM";
    } catch (IOException e) {
      throw new StartFailure(PREFIX + key + " can not be read", e);
    }
  }

  /**
   * Newer Curators replace the addresses by those of the ensemble's own configuration, where only the plain ports stand; older ones
   * have no such thing to be turned off.
   */
  private static void leaveAddressesAlone(CuratorFrameworkFactory.Builder builder) {
    Method ensembleTracker;
    try {
      ensembleTracker = builder.getClass().getMethod("ensembleTracker", boolean.class);
    } catch (NoSuchMethodException e) {
      return;
    }
    try {
      ensembleTracker.invoke(builder, false);
    } catch (ReflectiveOperationException e) {
      throw new StartFailure("this Curator can not be kept from changing the addresses of ZooKeeper", e);
    }
  }
}
