package io.torii.engine.zookeeper;

import io.torii.engine.StartFailure;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.OpResult;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.Stat;

/** Creates and removes the engine's node, in one transaction with its launch intent. One attempt each: callers retry. */
final class EngineNode {
  private static final int ATTEMPTS_AGAINST_RACES = 10;

  private final DiscoveryConf conf;
  private final String address;
  private final String name;

  EngineNode(DiscoveryConf conf, String address, String name) {
    this.conf = conf;
    this.address = address;
    this.name = name;
  }

  /** The path of our node; a StartFailure with PLACE_TAKEN when the intent does not name us. */
  String create(ZooKeeper zooKeeper) throws Exception {
    makeSpace(zooKeeper);
    for (int attempt = 0; attempt < ATTEMPTS_AGAINST_RACES; attempt++) {
      List<Op> transaction = new ArrayList<>();
      if (conf.intentPath != null) {
        LaunchIntent intent = LaunchIntent.read(zooKeeper, conf.intentPath);
        if (intent == null || !intent.names(conf.refId)) {
          throw StartFailure.placeTaken();
        }
        transaction.add(intent.registered(address));
      }
      String existing = find(zooKeeper);
      if (existing != null) {
        // A transaction whose answer was lost had gone through.
        return existing;
      }
      transaction.add(Op.create(conf.space + "/" + name, address.getBytes(StandardCharsets.UTF_8), conf.acl(),
          CreateMode.EPHEMERAL_SEQUENTIAL));
      try {
        List<OpResult> results = zooKeeper.multi(transaction);
        return ((OpResult.CreateResult) results.get(results.size() - 1)).getPath();
      } catch (KeeperException.BadVersionException e) {
        // The gateway wrote between our reading and our writing: read again, it may have taken the place away.
        continue;
      } catch (KeeperException.NoNodeException e) {
        // Intent or space went away just now; the next round finds out which.
        makeSpace(zooKeeper);
      }
    }
    throw new StartFailure("the launch intent " + conf.intentPath + " keeps changing");
  }

  private void makeSpace(ZooKeeper zooKeeper) throws KeeperException, InterruptedException {
    if (zooKeeper.exists(conf.space, false) == null) {
      makePath(zooKeeper, conf.space);
    }
  }

  /** Makes the node and all above it that are missing. */
  private void makePath(ZooKeeper zooKeeper, String whole) throws KeeperException, InterruptedException {
    for (int slash = whole.indexOf('/', 1); ; slash = whole.indexOf('/', slash + 1)) {
      String path = slash < 0 ? whole : whole.substring(0, slash);
      try {
        zooKeeper.create(path, new byte[0], conf.acl(), CreateMode.PERSISTENT);
      } catch (KeeperException.NodeExistsException | KeeperException.NoAuthException e) {
        // Another made it, or it is an ancestor that is not ours to write below of; then the next level says so.
        if (slash < 0 && e instanceof KeeperException.NoAuthException) {
          throw e;
        }
      }
      if (slash < 0) {
        return;
      }
    }
  }

  /** A node of ours that this very ZooKeeper session made, or null. */
  private String find(ZooKeeper zooKeeper) throws KeeperException, InterruptedException {
    for (String child : zooKeeper.getChildren(conf.space, false)) {
      if (child.startsWith(name)) {
        Stat stat = zooKeeper.exists(conf.space + "/" + child, false);
        if (stat != null && stat.getEphemeralOwner() == zooKeeper.getSessionId()) {
          return conf.space + "/" + child;
        }
      }
    }
    return null;
  }

  /** Tells the gateways that the engine goes on without node and intent: a job that has neither would count as a stray. */
  void noteDraining(ZooKeeper zooKeeper) throws KeeperException, InterruptedException {
    if (conf.drainingPath != null) {
      makePath(zooKeeper, conf.drainingPath);
    }
  }

  /** The last thing an engine does there; a gateway tidies up after one that could not. */
  void forgetDraining(ZooKeeper zooKeeper) throws KeeperException, InterruptedException {
    if (conf.drainingPath != null) {
      deleteQuietly(zooKeeper, conf.drainingPath);
    }
  }

  void remove(ZooKeeper zooKeeper, String path) throws KeeperException, InterruptedException {
    noteDraining(zooKeeper);
    deleteQuietly(zooKeeper, path);
    removeIntent(zooKeeper);
    if (conf.deletesSpace) {
      deleteQuietly(zooKeeper, conf.space);
    }
  }

  void removeIntent(ZooKeeper zooKeeper) throws KeeperException, InterruptedException {
    if (conf.intentPath != null) {
      LaunchIntent intent = LaunchIntent.read(zooKeeper, conf.intentPath);
      if (intent != null && intent.names(conf.refId)) {
        intent.delete(zooKeeper);
      }
    }
  }

  private static void deleteQuietly(ZooKeeper zooKeeper, String path) throws KeeperException, InterruptedException {
    try {
      zooKeeper.delete(path, -1);
    } catch (KeeperException.NoNodeException | KeeperException.NotEmptyException e) {
      // Gone already, or in use by another engine: either way not ours to remove.
      return;
    }
  }
}
