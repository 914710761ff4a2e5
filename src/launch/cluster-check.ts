import { toGatewayError } from '../core/errors.ts';
import { type Finding, unknown } from '../core/finding.ts';
import type { ZooKeeperServer } from './zookeeper-servers.ts';

/** One look at a cluster. It starts nothing and changes nothing. */
export interface ClusterCheck {
  /** What is looked at, for a finding where the look itself fails. */
  readonly what: string;
  /** May reject: then the finding is that nothing is known, and why. */
  run(signal: AbortSignal): Promise<readonly Finding[]>;
}

/** What checks of a cluster are told of the gateway that asks. */
export interface CheckFacts {
  /** ZooKeeper as the cluster's engines are told of it; undefined: the one inside the gateway's own process. */
  readonly zookeeper: readonly ZooKeeperServer[] | undefined;
  /** `torii.engine.port.range`; undefined: any free port. */
  readonly enginePorts: { readonly first: number; readonly last: number } | undefined;
  /** IAM roles that engines of the cluster may have. */
  readonly executionRoles: readonly string[];
  /** The address of this host from which the target is reached; undefined where there is no way there. */
  readonly sourceAddress: (target: string) => Promise<string | undefined>;
}

/** Runs them at once and tells what each found, in their order. */
export async function* runChecks(
  checks: readonly ClusterCheck[],
  signal: AbortSignal,
): AsyncGenerator<Finding> {
  const runs = checks.map((check) =>
    check
      .run(signal)
      .catch((thrown: unknown): readonly Finding[] => [
        unknown(check.what, `it could not be looked at: ${toGatewayError(thrown).message}`),
      ]),
  );
  for (const run of runs) {
    const findings = await run;
    signal.throwIfAborted();
    yield* findings;
  }
}
