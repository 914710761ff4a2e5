package io.torii.engine.zookeeper;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.Stat;

/** The gateway's note of whom it has launched for this place, as read at one version. */
final class LaunchIntent {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final String path;
  private final ObjectNode content;
  private final int version;

  private LaunchIntent(String path, ObjectNode content, int version) {
    this.path = path;
    this.content = content;
    this.version = version;
  }

  /** Null when there is none, or none that can be read. */
  static LaunchIntent read(ZooKeeper zooKeeper, String path) throws KeeperException, InterruptedException {
    Stat stat = new Stat();
    try {
      JsonNode json = JSON.readTree(zooKeeper.getData(path, false, stat));
      return json instanceof ObjectNode ? new LaunchIntent(path, (ObjectNode) json, stat.getVersion()) : null;
    } catch (KeeperException.NoNodeException e) {
      return null;
    } catch (IOException e) {
      // Not ours to repair: whoever wrote it does not mean us.
      return null;
    }
  }

  boolean names(String tag) {
    return content.path("tag").asText("").equals(tag);
  }

  /** Says that the engine is there, provided that nobody has touched the intent since it was read. */
  Op registered(String address) throws IOException {
    ObjectNode changed = content.deepCopy();
    changed.put("state", "registered");
    changed.put("engine", address);
    return Op.setData(path, JSON.writeValueAsBytes(changed), version);
  }

  /** Takes the intent away unless somebody was quicker. */
  void delete(ZooKeeper zooKeeper) throws KeeperException, InterruptedException {
    try {
      zooKeeper.delete(path, version);
    } catch (KeeperException.NoNodeException | KeeperException.BadVersionException e) {
      // It is another's by now, or gone: both are what was wanted.
      return;
    }
  }
}
