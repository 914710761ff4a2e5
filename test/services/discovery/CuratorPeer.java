import java.io.File;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.recipes.atomic.AtomicValue;
import org.apache.curator.framework.recipes.atomic.DistributedAtomicInteger;
import org.apache.curator.framework.recipes.locks.InterProcessSemaphoreMutex;
import org.apache.curator.retry.RetryForever;
import org.apache.curator.retry.RetryOneTime;

/** What a Kyuubi server does with ZooKeeper: arguments are addresses, lock, counter, marker file and rounds. */
public final class CuratorPeer {
  public static void main(String[] args) throws Exception {
    CuratorFramework client = CuratorFrameworkFactory.newClient(args[0], 1500, 1500, new RetryOneTime(100));
    client.start();
    InterProcessSemaphoreMutex mutex = new InterProcessSemaphoreMutex(client, args[1]);
    DistributedAtomicInteger counter = new DistributedAtomicInteger(client, args[2], new RetryForever(10));
    File marker = new File(args[3]);
    int rounds = Integer.parseInt(args[4]);
    System.out.println("started");
    for (int round = 0; round < rounds; round++) {
      if (!mutex.acquire(30, TimeUnit.SECONDS)) {
        throw new IllegalStateException("no lock");
      }
      if (!marker.createNewFile()) {
        throw new IllegalStateException("somebody else is in");
      }
      Thread.sleep(3);
      if (!marker.delete()) {
        throw new IllegalStateException("somebody else took the marker away");
      }
      mutex.release();
      AtomicValue<Integer> value = counter.increment();
      if (!value.succeeded()) {
        throw new IllegalStateException("not counted");
      }
      System.out.println("count " + value.preValue());
    }
    mutex.acquire();
    System.out.println("holding");
    Thread.sleep(60_000); // until we are killed
  }

  private CuratorPeer() {}
}
