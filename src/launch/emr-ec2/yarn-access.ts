import { reasonOf } from '../../core/errors.ts';
import type { Clock } from '../../core/clock.ts';
import type { LaunchTag } from '../launcher.ts';
import { Applications } from '../yarn/applications.ts';
import { ManagerRefusal, ResourceManagers } from '../yarn/resource-managers.ts';
import type { Fetch } from '../yarn/rest-request.ts';
import type { Application } from '../yarn/rest-schemas.ts';
import type { ClusterLook } from './cluster-look.ts';

export interface YarnAccessOptions {
  /** Of the resource managers; undefined: that of the cluster's primary node; empty: none can be reached. */
  readonly addresses: readonly string[] | undefined;
  readonly user: string;
  readonly cluster: ClusterLook;
  readonly clock: Clock;
  readonly fetch?: Fetch | undefined;
}

/** Within a VPC a resource manager answers at once or not at all. */
const timeoutMs = 5_000;
/** One that has never answered is tried again so often. */
const retryMs = 60_000;
/** Of EMR's resource manager. */
const webPort = 8088;

/**
 * The cluster's resource manager, as far as it can be reached. One that has never answered is taken for out of reach; one
 * that has answered once and does so no longer is in trouble, and nothing is concluded from its silence.
 */
export class YarnAccess {
  readonly #options: YarnAccessOptions;
  #managers: { readonly addresses: string; readonly applications: Applications } | undefined;
  #hasAnswered = false;
  #nextTryMs = -Infinity;
  #why: string | undefined;

  constructor(options: YarnAccessOptions) {
    this.#options = options;
    if (options.addresses?.length === 0) this.#why = 'the cluster file names none';
  }

  /** Why it is taken for out of reach; undefined where it is not. */
  get outOfReach(): string | undefined {
    return this.#why;
  }

  /** All applications of the fleet; undefined where the manager is out of reach. Rejects when it is in trouble. */
  ofFleet(fleet: string, signal: AbortSignal): Promise<readonly Application[] | undefined> {
    return this.ask((applications) => applications.ofFleet(fleet, signal), signal);
  }

  ofLaunch(tag: LaunchTag, signal: AbortSignal): Promise<readonly Application[] | undefined> {
    return this.ask((applications) => applications.ofLaunch(tag, signal), signal);
  }

  /** As `ofFleet`, for any question. */
  async ask<Answer>(
    question: (applications: Applications) => Promise<Answer>,
    signal: AbortSignal,
  ): Promise<Answer | undefined> {
    const { addresses, clock } = this.#options;
    if (addresses?.length === 0) return undefined;
    if (!this.#hasAnswered && clock.monotonicMs() < this.#nextTryMs) return undefined;
    try {
      const answer = await question(await this.#applications(signal));
      this.#answered();
      return answer;
    } catch (thrown) {
      signal.throwIfAborted();
      if (thrown instanceof ManagerRefusal) {
        this.#answered();
        throw thrown;
      }
      if (this.#hasAnswered) throw thrown;
      this.#nextTryMs = clock.monotonicMs() + retryMs;
      this.#why = reasonOf(thrown);
      return undefined;
    }
  }

  #answered(): void {
    this.#hasAnswered = true;
    this.#why = undefined;
  }

  /** Those of the primary node are looked up again and again: its name changes when another node takes over. */
  async #applications(signal: AbortSignal): Promise<Applications> {
    const { cluster, user, fetch: send } = this.#options;
    const addresses = this.#options.addresses ?? [await this.#primaryNode(cluster, signal)];
    const joined = addresses.join(' ');
    if (this.#managers?.addresses !== joined) {
      const managers = new ResourceManagers({
        ...{ addresses, user, timeoutMs },
        ...(send === undefined ? {} : { fetch: send }),
      });
      this.#managers = { addresses: joined, applications: new Applications(managers) };
    }
    return this.#managers.applications;
  }

  async #primaryNode(cluster: ClusterLook, signal: AbortSignal): Promise<string> {
    const facts = await cluster.look(signal).catch((thrown: unknown) => {
      if (this.#managers === undefined) throw thrown;
      return undefined; // EMR does not answer now: the name that is known holds
    });
    const name = facts?.masterDnsName;
    if (name !== undefined) return `http://${name}:${webPort}`;
    if (this.#managers !== undefined) return this.#managers.addresses;
    throw new Error(
      facts === undefined
        ? 'the gateway may not ask for the name of the primary node (elasticmapreduce:DescribeCluster)'
        : 'the cluster has no primary node yet',
    );
  }
}
