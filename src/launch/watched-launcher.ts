import type { EngineLauncher, JobRef, LaunchRequest, LaunchState, LaunchTag } from './launcher.ts';

export type LaunchMoment =
  | { readonly kind: 'submitted'; readonly tag: LaunchTag }
  | { readonly kind: 'accepted'; readonly tag: LaunchTag; readonly ref: JobRef }
  | { readonly kind: 'registered' | 'killed'; readonly tag: LaunchTag };

/** A launcher that tells what it is asked for; all else is the other's. */
export class WatchedLauncher implements EngineLauncher {
  readonly kind: string;
  readonly makesInSteps: boolean;
  readonly #inner: EngineLauncher;
  readonly #tell: (moment: LaunchMoment) => void;
  readonly #killed = new Set<LaunchTag>();

  constructor(inner: EngineLauncher, tell: (moment: LaunchMoment) => void) {
    this.kind = inner.kind;
    this.makesInSteps = inner.makesInSteps ?? false;
    this.#inner = inner;
    this.#tell = tell;
  }

  async submit(request: LaunchRequest, signal: AbortSignal): Promise<JobRef> {
    const { tag } = request;
    this.#tell({ kind: 'submitted', tag });
    const ref = await this.#inner.submit(request, signal);
    this.#tell({ kind: 'accepted', tag, ref });
    return ref;
  }

  inspect(
    tags: ReadonlySet<LaunchTag>,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<LaunchTag, LaunchState>> {
    return this.#inner.inspect(tags, signal);
  }

  ended(tag: LaunchTag, signal: AbortSignal): Promise<Extract<LaunchState, { kind: 'ended' }>> {
    return this.#inner.ended(tag, signal);
  }

  list(signal: AbortSignal): AsyncIterable<LaunchTag> {
    return this.#inner.list(signal);
  }

  log(tag: LaunchTag, from: number, signal: AbortSignal): AsyncIterable<string> {
    return this.#inner.log(tag, from, signal);
  }

  /** A launch that was not given up is settled when its engine has registered. */
  async settled(tag: LaunchTag): Promise<void> {
    if (!this.#killed.has(tag)) this.#tell({ kind: 'registered', tag });
    await this.#inner.settled(tag);
  }

  async kill(tag: LaunchTag, signal: AbortSignal): Promise<void> {
    this.#killed.add(tag);
    this.#tell({ kind: 'killed', tag });
    await this.#inner.kill(tag, signal);
  }
}
