import type { Clock } from '../core/clock.ts';
import { GatewayError } from '../core/errors.ts';
import { changeOrLate } from '../core/time-limit.ts';
import type { JobBoard } from './job-board.ts';
import type { LaunchTag } from './launcher.ts';

export interface RoomLimits {
  /** Engines at once, those being launched included. */
  readonly maxEngines: number | undefined;
  readonly maxEnginesPerUser: number | undefined;
}

interface Entrant {
  readonly tag: LaunchTag;
  readonly owner: { readonly user: string };
}

/** How often a full cluster is looked at, beside its changes. */
const lookMs = 2_000;

/**
 * Keeps the engines of one cluster below its limits. They are counted from the jobs that the cluster tells of, and from this
 * gateway's own launches that it does not tell of yet; two gateways that launch in the same moment may go over by as much.
 */
export class ClusterRoom {
  readonly #cluster: string;
  readonly #limits: RoomLimits;
  readonly #board: JobBoard;
  readonly #clock: Clock;
  readonly #entered = new Map<LaunchTag, Entrant>();
  #change = Promise.withResolvers<void>();

  constructor(cluster: string, limits: RoomLimits, board: JobBoard, clock: Clock) {
    this.#cluster = cluster;
    this.#limits = limits;
    this.#board = board;
    this.#clock = clock;
  }

  /** Waits for room, saying so once; throws ENGINE_LAUNCH_BUSY naming the limit when the time is over. */
  async enter(
    entrant: Entrant,
    deadlineMs: number,
    say: (text: string) => void,
    signal: AbortSignal,
  ): Promise<void> {
    let wasSaid = false;
    for (;;) {
      const full = this.#whatIsFull(entrant.owner.user);
      if (full === undefined) {
        this.#entered.set(entrant.tag, entrant);
        return;
      }
      if (!wasSaid) say(`waiting for room: ${full}`);
      wasSaid = true;
      const leftMs = deadlineMs - this.#clock.monotonicMs();
      if (leftMs <= 0) throw this.#noRoom(full);
      const waitMs = Math.min(lookMs, leftMs);
      await changeOrLate(this.#change.promise, waitMs, this.#clock, signal);
      signal.throwIfAborted();
    }
  }

  /** The launch is over: from now on the cluster's own word counts. */
  leave(tag: LaunchTag): void {
    if (this.#entered.delete(tag)) this.changed();
  }

  /** The cluster's jobs have changed. */
  changed(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers<void>();
  }

  #whatIsFull(user: string): string | undefined {
    const { maxEngines, maxEnginesPerUser } = this.#limits;
    if (maxEngines === undefined && maxEnginesPerUser === undefined) return undefined;
    const users = this.#users();
    if (maxEngines !== undefined && users.length >= maxEngines) {
      return `${users.length} engines run there (limits.maxEngines is ${maxEngines})`;
    }
    const own = users.filter((one) => one === user).length;
    if (maxEnginesPerUser !== undefined && own >= maxEnginesPerUser) {
      return `${user} has ${own} engines there (limits.maxEnginesPerUser is ${maxEnginesPerUser})`;
    }
    return undefined;
  }

  /** Whom each engine serves that runs or is being launched. */
  #users(): (string | undefined)[] {
    const alive = [...this.#board.jobs()].filter((job) => job.state.kind !== 'ended');
    const unseen = [...this.#entered.values()].filter(
      ({ tag }) => this.#board.get(tag) === undefined,
    );
    return [...alive, ...unseen].map(({ owner }) => owner.user);
  }

  #noRoom(full: string): GatewayError {
    return new GatewayError('ENGINE_LAUNCH_BUSY', `cluster ${this.#cluster} has no room: ${full}`, {
      hint: 'Close sessions that are not needed, or ask the administrator for a higher limit.',
    });
  }
}
