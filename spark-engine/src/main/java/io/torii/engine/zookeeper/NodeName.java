package io.torii.engine.zookeeper;

import io.torii.engine.conf.EngineConf;
import io.torii.engine.net.EngineTls;
import org.apache.spark.SparkContext;

/** The name of an engine's node, which says what a gateway wants to know before it connects. */
final class NodeName {
  private NodeName() {}

  /** Ends where ZooKeeper appends its ten digits. `tls` is null where the engine's port is plain. */
  static String of(String address, EngineConf conf, SparkContext context, String refId, EngineTls tls) {
    StringBuilder name = new StringBuilder("serverUri=").append(address);
    append(name, "version", conf.get("torii.engine.version", jarVersion()));
    String attributes = conf.get("kyuubi.engine.spark.register.attributes", "spark.driver.memory,spark.executor.memory");
    for (String attribute : attributes.split(",")) {
      if (!attribute.trim().isEmpty()) {
        append(name, attribute.trim(), conf.get(attribute.trim(), ""));
      }
    }
    String engineId = clean(context.applicationId());
    append(name, "kyuubi.engine.id", engineId);
    if (context.uiWebUrl().isDefined()) {
      append(name, "kyuubi.engine.url", context.uiWebUrl().get().replaceFirst("^https?://", ""));
    }
    if (refId != null) {
      append(name, "refId", refId);
    }
    String revision = conf.get("torii.engine.revision");
    if (revision != null) {
      append(name, "revision", revision);
    }
    if (tls != null) {
      tls.attributes(address, engineId, refId).forEach((key, value) -> append(name, key, value));
    }
    return name.append(";sequence=").toString();
  }

  private static void append(StringBuilder name, String key, String value) {
    name.append(';').append(key).append('=').append(clean(value));
  }

  /** No value may break the name's own form, nor make a path of it. */
  private static String clean(String value) {
    return value.replaceAll("[;/\\p{Cntrl}]", "_");
  }

  private static String jarVersion() {
    String version = NodeName.class.getPackage().getImplementationVersion();
    return version == null ? "unknown" : version;
  }
}
