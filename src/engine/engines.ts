import { randomUUID } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import { GatewayError, toGatewayError } from '../core/errors.ts';
import type {
  Discovery,
  EngineNode,
  IntentRecord,
  LaunchIntent,
  LaunchLock,
} from '../discovery/discovery.ts';
import type { EngineLauncher, JobOwner, LaunchRequest, LaunchState } from '../launch/launcher.ts';
import type { EngineRef } from './engine-ref.ts';
import { engineName } from './engine-ref.ts';
import { engineKey } from './engine-token.ts';
import { EngineSearch } from './engine-search.ts';
import type { SearchControl } from './engine-search.ts';
import { launchSettings, settingDifferences } from './launch-settings.ts';

export interface EngineSettings {
  readonly masterSecret: string;
  /** This host's name, as launch intents carry it. */
  readonly host: string;
  /** How long an engine that registered once gets to come back after its ZooKeeper session was lost. */
  readonly reregisterWaitMs: number;
  readonly isSecret: (key: string) => boolean;
  /**
   * The cluster on which the engines run; undefined for the gateway's own host. On a cluster CONNECTION engines have intents, too,
   * so that one whose gateway died can be told from one that is wanted.
   */
  readonly cluster: string | undefined;
  /** Replaces references to secrets by what they name; asked for a launch alone. */
  readonly resolveSecrets: (
    conf: ReadonlyMap<string, string>,
    references: ReadonlyMap<string, string>,
    signal: AbortSignal,
  ) => Promise<ResolvedConf>;
  /** Settings of every launch that the gateway itself adds: discovery, ports, versions. */
  readonly launchConf: (ref: EngineRef, tag: string) => ReadonlyMap<string, string>;
}

export interface ResolvedConf {
  readonly conf: ReadonlyMap<string, string>;
  /** Keys whose values came from references. */
  readonly secretKeys: ReadonlySet<string>;
}

/** What cluster and preset an engine is of, as one word, and since when this gateway goes by it. */
export interface EngineRevision {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly sinceMs: number;
}

/** What a session wants of its engine. */
export interface EngineRequest {
  readonly ref: EngineRef;
  /** Settings for a launch, should one be needed. */
  readonly conf: ReadonlyMap<string, string>;
  /** Those among them that the client itself asked for. */
  readonly asked: ReadonlyMap<string, string>;
  readonly owner: JobOwner;
  /** Which settings of `conf` are references to secrets, by their keys. */
  readonly references: ReadonlyMap<string, string>;
  /** Containers that the engine needs beside its driver. */
  readonly sidecars: LaunchRequest['sidecars'];
  /** Release of EMR that `conf` is made for, where it is known. */
  readonly release?: string | undefined;
  /** Undefined: any engine of the ref will do. */
  readonly revision: EngineRevision | undefined;
  readonly initializeTimeoutMs: number;
  /** Takes the launch log's lines. */
  readonly say: (line: string) => void;
}

export interface EnginesOptions {
  readonly discovery: Discovery;
  readonly launcher: EngineLauncher;
  readonly clock: Clock;
  readonly settings: EngineSettings;
}

/** What a launch stands on. Without a lock where nobody else can want the same engine: for a CONNECTION. */
interface LaunchPlace {
  readonly lock: LaunchLock | undefined;
  readonly before: IntentRecord | undefined;
  readonly deadlineMs: number;
  readonly search: SearchControl;
}

interface Choice {
  readonly engine: EngineNode | undefined;
  /** To be retired once there is another. */
  readonly outdated: readonly EngineNode[];
}

/** How often a launch that is under way elsewhere is looked after, beside the watches. */
const inspectEveryMs = 1000;

/** How often an own launch's engine is looked for, beside the watches: with many launches each look counts. */
const lookEveryMs = 5000;

/** How long the rest of an ended launch's log may take. */
const logEndLimitMs = 1000;
/** What the cluster knows of a launch that has come to nothing may take so long to be had. */
const lastLookMs = 2000;

/**
 * Finds or launches the engine of a ref. Sessions of this gateway that want the same engine share one search; gateways keep
 * each other out by the lock, and the intent fences whoever pauses or dies while holding it.
 */
export class Engines {
  readonly #discovery: Discovery;
  readonly #launcher: EngineLauncher;
  readonly #clock: Clock;
  readonly #settings: EngineSettings;
  readonly #searches = new Map<string, EngineSearch>();

  constructor(options: EnginesOptions) {
    this.#discovery = options.discovery;
    this.#launcher = options.launcher;
    this.#clock = options.clock;
    this.#settings = options.settings;
  }

  /** Searches under way, so that a stop can wait for their ends. */
  get searching(): number {
    return this.#searches.size;
  }

  /** The key that opens this engine. */
  keyOf(node: EngineNode): string {
    return engineKey(this.#settings.masterSecret, node.refId ?? '');
  }

  /** A registered engine of the ref. The launch, if one is needed, goes on while anybody still waits for it. */
  async acquire(request: EngineRequest, signal: AbortSignal): Promise<EngineNode> {
    signal.throwIfAborted();
    const { space } = request.ref.paths;
    const nodes = await this.#discovery.engines(space, { signal });
    const { engine: running } = await this.#choose(request, nodes);
    if (running !== undefined) {
      await this.#tellDifferences(request);
      return running;
    }
    const search = this.#searches.get(space);
    if (search === undefined) return this.#search(request).join(request.say, signal);
    if (search.isAbandoned) {
      await search.result.catch(() => {});
      return this.acquire(request, signal);
    }
    const node = await search.join(request.say, signal);
    await this.#tellDifferences(request);
    return node;
  }

  /** Whether the engine's job is known to have ended, so that its node is only a leftover. */
  async hasEnded(node: EngineNode, signal: AbortSignal): Promise<boolean> {
    if (node.refId === undefined) return false;
    return (await this.#inspect(node.refId, signal)).kind === 'ended';
  }

  /** Takes a node away that leads nowhere. */
  async deregister(ref: EngineRef, node: EngineNode): Promise<void> {
    await this.#discovery.deregisterEngine(ref.paths.space, node.name);
  }

  /**
   * Sees a CONNECTION session's engine to its end: it ends by itself once its session is closed, and is killed where it does
   * not within `limitMs`. What it leaves in discovery is removed.
   */
  async seeOff(ref: EngineRef, node: EngineNode | undefined, limitMs: number): Promise<void> {
    const tag = node?.refId;
    if (tag !== undefined) {
      const limit = AbortSignal.timeout(limitMs);
      const isEnded = await this.#launcher.ended(tag, limit).then(
        () => true,
        () => false,
      );
      if (!isEnded) await this.#launcher.kill(tag, AbortSignal.timeout(limitMs));
    }
    await this.#discovery.removeSpace(ref.paths);
  }

  /** Kills an engine's job; `gone` where there is none to kill: it has ended, or it is another host's. */
  async end(tag: string, limitMs: number): Promise<'ended' | 'alive' | 'gone'> {
    const limit = AbortSignal.timeout(limitMs);
    if ((await this.#inspect(tag, limit)).kind === 'ended') return 'gone';
    await this.#launcher.kill(tag, limit);
    return this.#launcher.ended(tag, limit).then(
      () => 'ended',
      () => 'alive',
    );
  }

  #search(request: EngineRequest): EngineSearch {
    const { space } = request.ref.paths;
    const search = new EngineSearch(async (control) => {
      try {
        return await this.#findOrLaunch(request, control);
      } finally {
        this.#searches.delete(space);
      }
    });
    this.#searches.set(space, search);
    return search;
  }

  async #findOrLaunch(request: EngineRequest, search: SearchControl): Promise<EngineNode> {
    const { ref, initializeTimeoutMs } = request;
    search.say(`Looking for the engine of ${ref.paths.space}`);
    const deadlineMs = this.#clock.monotonicMs() + initializeTimeoutMs;
    if (ref.shareLevel === 'CONNECTION') {
      return this.#launch(request, { lock: undefined, before: undefined, deadlineMs, search });
    }
    const lock = await this.#discovery.lock(
      ref.paths.lock,
      Math.ceil(initializeTimeoutMs * 1.1),
      search.signal,
    );
    try {
      const { engine: running, outdated } = await this.#freshEngine(request, search.signal);
      if (running !== undefined) return running;
      let before = await this.#discovery.readIntent(ref.paths.intent);
      const isOutdated = outdated.some((node) => node.refId === before?.intent.tag);
      if (before !== undefined && !isOutdated) {
        const other = await this.#awaitOther(request, before, initializeTimeoutMs, search);
        if (other !== undefined) return other;
        before = await this.#discovery.readIntent(ref.paths.intent); // an engine may have taken its own away
      }
      if (outdated.length > 0) {
        search.say('Cluster or preset have changed since the running engine was launched');
      }
      const node = await this.#launch(request, { lock, before, deadlineMs, search });
      // Those who have sessions there keep them; it ends with the last of them.
      for (const old of outdated) {
        await this.#discovery.deregisterEngine(ref.paths.space, old.name);
      }
      return node;
    } finally {
      await lock.release();
    }
  }

  /**
   * An intent without an engine: a launch that goes on although its gateway is gone, an engine that lost its ZooKeeper session,
   * or a leftover. Answers the engine if it comes up, undefined once its place may be taken.
   */
  async #awaitOther(
    request: EngineRequest,
    found: IntentRecord,
    initializeTimeoutMs: number,
    search: SearchControl,
  ): Promise<EngineNode | undefined> {
    const { ref } = request;
    const { intent } = found;
    const waitMs =
      intent.state === 'registered'
        ? this.#settings.reregisterWaitMs
        : Math.max(intent.submitTimeMs + initializeTimeoutMs - this.#clock.now(), 0);
    const deadlineMs = this.#clock.monotonicMs() + waitMs;
    let told = false;
    for (;;) {
      const { engine: running } = await this.#freshEngine(request, search.signal);
      if (running !== undefined) return running;
      const now = await this.#discovery.readIntent(ref.paths.intent);
      if (now?.intent.tag !== intent.tag) return undefined; // an engine that is retired gives its place up
      const state = await this.#inspectIntent(found, search.signal);
      if (state.kind === 'ended') return undefined;
      // We have the lock, so its gateway is gone, and it may wait for ever for what that would have made.
      const mayBeHalfMade = intent.state === 'launching' && this.#launcher.makesInSteps === true;
      if (state.kind === 'pending' && mayBeHalfMade) {
        search.say(`Ending launch ${intent.tag}, whose gateway on ${intent.host} is gone`);
        await this.#launcher.kill(intent.tag, search.signal);
        return undefined;
      }
      const leftMs = deadlineMs - this.#clock.monotonicMs();
      if (leftMs <= 0) break;
      if (!told) search.say(`Waiting for launch ${intent.tag} that is under way on ${intent.host}`);
      told = true;
      await this.#changed(ref, Math.min(leftMs, inspectEveryMs), search.signal);
    }
    if (intent.state === 'registered') return undefined; // it may only have lost its ZooKeeper session
    const { kind } = await this.#inspectIntent(found, search.signal);
    if (kind === 'running' || kind === 'pending') {
      await this.#launcher.kill(intent.tag, search.signal);
    }
    return undefined;
  }

  async #launch(request: EngineRequest, place: LaunchPlace): Promise<EngineNode> {
    const { ref, owner } = request;
    const { lock, before, deadlineMs, search } = place;
    const { masterSecret, resolveSecrets, cluster } = this.#settings;
    const { conf, secretKeys } = await resolveSecrets(
      request.conf,
      request.references,
      search.signal,
    );
    const tag = randomUUID();
    const intent = {
      tag,
      state: 'launching',
      submitTimeMs: this.#clock.now(),
      launcher: this.#launcher.kind,
      cluster,
      host: this.#settings.host,
      jobRef: undefined,
      settings: launchSettings(request.conf, this.#settings.isSecret),
    } as const;
    const hasIntent = lock !== undefined || cluster !== undefined;
    if (lock !== undefined) {
      await this.#writeIntent(ref.paths.intent, intent, before, lock);
    } else if (hasIntent) {
      await this.#discovery.createIntent(ref.paths.intent, intent);
    }
    try {
      search.say(
        `Launching an engine for ${ref.routingUser} (${ref.shareLevel}, ${ref.subdomain}) as ${tag}`,
      );
      const jobRef = await this.#launcher.submit(
        {
          tag,
          owner,
          appUser: ref.appUser,
          appName: engineName(ref, tag),
          conf: new Map([...conf, ...this.#launchConf(request, tag)]),
          secretKeys,
          sidecars: request.sidecars,
          release: request.release,
          engineKey: engineKey(masterSecret, tag),
          workDir: `${ref.shareLevel.toLowerCase()}/${ref.routingUser}/${ref.leaf}`,
          say: search.say,
        },
        search.signal,
      );
      // Only a help for whoever looks for the job later: it can be found by its tag as well.
      if (hasIntent) {
        await this.#discovery.noteJob(ref.paths.intent, tag, jobRef).catch(() => {});
      }
      const node = await this.#awaitRegistration(request, tag, deadlineMs, search);
      await this.#launcher.settled(tag);
      return node;
    } catch (failure) {
      await this.#giveUp(ref, tag);
      throw failure;
    }
  }

  /** While the lock is held, the one other that changes an intent is its engine, which takes it away when it is retired. */
  async #writeIntent(
    path: string,
    intent: LaunchIntent,
    before: IntentRecord | undefined,
    lock: LaunchLock,
  ): Promise<void> {
    try {
      await this.#discovery.writeIntent(path, intent, before?.version, lock);
    } catch (thrown) {
      const isLate = toGatewayError(thrown).code === 'LOCK_TIMEOUT' && !lock.lost.aborted;
      const isFree = isLate && (await this.#discovery.readIntent(path)) === undefined;
      if (before === undefined || !isFree) throw thrown;
      await this.#discovery.writeIntent(path, intent, undefined, lock);
    }
  }

  #launchConf({ ref, revision }: EngineRequest, tag: string): Map<string, string> {
    const conf = new Map(this.#settings.launchConf(ref, tag));
    const { cluster } = this.#settings;
    if (cluster !== undefined) {
      conf.set('torii.engine.draining.path', `${ref.paths.draining}/${cluster}/${tag}`);
    }
    if (ref.shareLevel !== 'CONNECTION' || cluster !== undefined) {
      conf.set('torii.engine.intent.path', ref.paths.intent);
    }
    if (revision !== undefined) conf.set('torii.engine.revision', revision.id);
    return conf;
  }

  async #awaitRegistration(
    request: EngineRequest,
    tag: string,
    deadlineMs: number,
    search: SearchControl,
  ): Promise<EngineNode> {
    const { ref, initializeTimeoutMs } = request;
    const waiting = new AbortController();
    const signal = AbortSignal.any([search.signal, waiting.signal]);
    const log = this.#relayLog(tag, search.say, signal);
    try {
      const end = this.#launcher.ended(tag, signal).then(
        (state) => state,
        () => undefined,
      );
      for (;;) {
        // Watched before it is read: what happens in between wakes us.
        const leftMs = deadlineMs - this.#clock.monotonicMs();
        const change = this.#changed(ref, Math.max(Math.min(leftMs, lookEveryMs), 0), signal);
        const nodes = await this.#discovery.engines(ref.paths.space, { fresh: true, signal });
        const ours = nodes.find((node) => node.refId === tag);
        if (ours !== undefined) return ours;
        const { engine: other } = await this.#choose(request, nodes);
        if (other !== undefined) {
          search.say(`Another launch has taken the place of ${tag}: using its engine`);
          await this.#giveUp(ref, tag);
          return other;
        }
        if (leftMs <= 0) {
          throw await this.#tooLate(tag, initializeTimeoutMs, search.signal);
        }
        const ended = await Promise.race([end, change]);
        search.signal.throwIfAborted();
        if (ended === undefined) continue;
        const last = (await this.#discovery.engines(ref.paths.space, { fresh: true, signal })).find(
          (node) => node.refId === tag,
        );
        if (last !== undefined) return last;
        await Promise.race([log, this.#clock.sleep(logEndLimitMs)]);
        throw new GatewayError(
          'ENGINE_LAUNCH_FAILED',
          `the engine did not start: ${ended.reason}`,
          { hint: ended.hint ?? 'The launch log has the whole story.' },
        );
      }
    } finally {
      waiting.abort();
    }
  }

  /** What the launcher knows of a launch whose time is over tells why better than the time does. */
  async #tooLate(tag: string, limitMs: number, signal: AbortSignal): Promise<GatewayError> {
    const state = await Promise.race([
      this.#inspect(tag, signal),
      this.#clock.sleep(lastLookMs, signal).then(
        () => undefined,
        () => undefined,
      ),
    ]);
    const isAlive = state?.kind === 'pending' || state?.kind === 'running';
    const { detail, hint } = isAlive ? state : {};
    return new GatewayError(
      'ENGINE_LAUNCH_TIMEOUT',
      `the engine ${tag} is not up after ${limitMs} ms${detail === undefined ? '' : `: ${detail}`}`,
      {
        hint:
          hint ??
          'See the launch log. A slow cluster needs a longer kyuubi.session.engine.initialize.timeout.',
      },
    );
  }

  /** A launch that nobody waits for, that failed or took too long: nothing of it stays. */
  async #giveUp(ref: EngineRef, tag: string): Promise<void> {
    const limit = AbortSignal.timeout(30_000);
    await Promise.allSettled([
      this.#discovery.removeIntent(ref.paths.intent, tag),
      this.#launcher.kill(tag, limit),
    ]);
    await this.#launcher.settled(tag);
  }

  async #relayLog(tag: string, say: (line: string) => void, signal: AbortSignal): Promise<void> {
    try {
      for await (const line of this.#launcher.log(tag, 0, signal)) say(line);
    } catch (failure) {
      if (!signal.aborted) say(`The launch log cannot be read: ${toGatewayError(failure).message}`);
    }
  }

  async #freshEngine(request: EngineRequest, signal: AbortSignal): Promise<Choice> {
    const { space } = request.ref.paths;
    return this.#choose(request, await this.#discovery.engines(space, { fresh: true, signal }));
  }

  /**
   * The engine to use among those of a space. One of another revision is outdated, unless it was launched after this gateway took
   * its own revision over: then a gateway that knows more has launched it, and the two must not replace each other's engines.
   */
  async #choose(request: EngineRequest, nodes: readonly EngineNode[]): Promise<Choice> {
    const { ref, revision } = request;
    if (revision === undefined) return { engine: newest(nodes), outdated: [] };
    const same = newest(nodes.filter((node) => node.attributes.get('revision') === revision.id));
    if (same !== undefined || nodes.length === 0) return { engine: same, outdated: [] };
    const found = await this.#discovery.readIntent(ref.paths.intent);
    const isLater =
      found !== undefined &&
      found.intent.submitTimeMs > revision.sinceMs &&
      nodes.some((node) => node.refId === found.intent.tag);
    return isLater
      ? { engine: newest(nodes), outdated: [] }
      : { engine: undefined, outdated: nodes };
  }

  #inspectIntent(found: IntentRecord, signal: AbortSignal): Promise<LaunchState> {
    const { launcher, cluster, host, tag } = found.intent;
    const isOurs =
      launcher === this.#launcher.kind &&
      cluster === this.#settings.cluster &&
      (launcher !== 'local' || host === this.#settings.host);
    return isOurs ? this.#inspect(tag, signal) : Promise.resolve({ kind: 'unknown' });
  }

  async #inspect(tag: string, signal: AbortSignal): Promise<LaunchState> {
    try {
      return (await this.#launcher.inspect(new Set([tag]), signal)).get(tag) ?? { kind: 'unknown' };
    } catch {
      return { kind: 'unknown' };
    }
  }

  /** Waits for a change in the space, for `ms` at most. */
  async #changed(ref: EngineRef, ms: number, signal: AbortSignal): Promise<undefined> {
    const limit = new AbortController();
    const either = AbortSignal.any([signal, limit.signal]);
    await Promise.race([
      this.#discovery.changed(ref.paths, either).catch(() => {}),
      this.#clock.sleep(ms, either).catch(() => {}),
    ]);
    limit.abort();
    return undefined;
  }

  async #tellDifferences(request: EngineRequest): Promise<void> {
    const { ref, asked, say } = request;
    const wanted = new Map([...asked].filter(([key]) => !key.startsWith('kyuubi.')));
    if (settingDifferences(wanted, {}, this.#settings.isSecret).length === 0) return;
    const found = await this.#discovery.readIntent(ref.paths.intent).catch(() => undefined);
    if (found === undefined) return;
    for (const { key, asked: value, running } of settingDifferences(
      wanted,
      found.intent.settings,
      this.#settings.isSecret,
    )) {
      const has = running === undefined ? 'without it' : `with ${running}`;
      say(
        `${key}=${value} has no effect: the running engine was started ${has}. Another kyuubi.engine.share.level.subdomain gets an engine of its own.`,
      );
    }
  }
}

/** The engine that came last: an older one beside it has lost its place and only serves the sessions it has. */
function newest(nodes: readonly EngineNode[]): EngineNode | undefined {
  return nodes.at(-1);
}
