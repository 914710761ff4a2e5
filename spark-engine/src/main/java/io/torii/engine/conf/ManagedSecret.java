package io.torii.engine.conf;

import io.torii.engine.StartFailure;
import java.util.concurrent.TimeUnit;

/**
 * The text of one secret of AWS Secrets Manager. A service that does not answer is asked again for a while, and so is one that
 * does not know the secret yet, or the permission to read it: both are made right before the engine is started.
 */
final class ManagedSecret {
  /** Asks once. Its failures say what AWS's SDK says. */
  interface Reader {
    String read() throws AwsRefusal;
  }

  private static final long UNREACHABLE_LIMIT_MS = TimeUnit.SECONDS.toMillis(60);
  private static final long REFUSED_LIMIT_MS = TimeUnit.SECONDS.toMillis(10);
  private static final long FIRST_PAUSE_MS = 500;
  private static final long LONGEST_PAUSE_MS = TimeUnit.SECONDS.toMillis(5);

  private final String name;
  private final String region;
  private final long unreachableLimitMs;
  private final long refusedLimitMs;

  ManagedSecret(String name, String region) {
    this(name, region, UNREACHABLE_LIMIT_MS, REFUSED_LIMIT_MS);
  }

  ManagedSecret(String name, String region, long unreachableLimitMs, long refusedLimitMs) {
    this.name = name;
    this.region = region;
    this.unreachableLimitMs = unreachableLimitMs;
    this.refusedLimitMs = refusedLimitMs;
  }

  /** Throws a StartFailure when the time is up, or asking again is of no use. */
  String read(Reader reader) {
    long begun = System.nanoTime();
    for (long pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      try {
        String text = reader.read();
        if (text == null) {
          throw new StartFailure(what() + " has no text: it was made as binary, or not by a gateway");
        }
        return text;
      } catch (AwsRefusal e) {
        long spentMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
        if (spentMs + pauseMs > limitMs(e)) {
          throw new StartFailure(what() + " can not be read: " + advice(e, spentMs), e.getCause());
        }
        pause(pauseMs);
      }
    }
  }

  private String what() {
    return "the secret " + name + " of Secrets Manager in " + region;
  }

  private long limitMs(AwsRefusal refusal) {
    switch (refusal.kind) {
      case BUSY:
      case UNREACHABLE:
      case GARBLED:
        return unreachableLimitMs;
      case NO_CREDENTIALS:
        return refusal.whoGivesCredentials() == null ? unreachableLimitMs : refusedLimitMs;
      case MISSING:
      case DENIED:
        return refusedLimitMs;
      default:
        return 0;
    }
  }

  private static String advice(AwsRefusal refusal, long spentMs) {
    switch (refusal.kind) {
      case MISSING:
        return "it is not there, so the launch is over, or the engine's region or account is not the gateway's";
      case DENIED:
        return "the engine's role needs secretsmanager:GetSecretValue on it, and kms:Decrypt where a key of your own encrypts it";
      case NO_CREDENTIALS:
        String said = refusal.whoGivesCredentials();
        return "AWS's SDK finds no credentials that count" + (said == null ? "" : " (" + said + ")")
            + "; the engine needs a role (execution role, or instance profile)";
      case BUSY:
        return "the service had no time for it in " + spentMs + " ms";
      case UNREACHABLE:
        return "the service gave no answer in " + spentMs + " ms; look at the network of the driver and at the VPC endpoint";
      case GARBLED:
        return "what answers in the service's place is not Secrets Manager; look at the endpoint and at proxies";
      default:
        return "Secrets Manager refused the request";
    }
  }

  private void pause(long ms) {
    try {
      Thread.sleep(ms);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StartFailure(what() + " was not read: the start was interrupted");
    }
  }
}
