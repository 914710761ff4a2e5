import { existsSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import { engineLaunchEntries } from '../../config/entries/engine-launch.ts';
import { readEntry, type Settings } from '../../config/entry.ts';
import type { Environment } from '../../config/environment.ts';
import type { Clock } from '../../core/clock.ts';
import { GatewayError } from '../../core/errors.ts';
import { untilAborted } from '../../core/until-aborted.ts';
import { childEnvironment } from '../child-environment.ts';
import type { LaunchLog } from '../launch-log.ts';
import { launchRedaction } from '../launch-redaction.ts';
import { LaunchSlots } from '../launch-slots.ts';
import type { EngineLauncher, JobRef, LaunchRequest, LaunchState, LaunchTag } from '../launcher.ts';
import { launchConf } from '../launch-conf.ts';
import { mainResourceOf } from '../main-resource.ts';
import { sidecarTrouble } from '../no-sidecars.ts';
import { secretSettings } from '../setting-places.ts';
import { sparkSubmitPath } from '../spark-submit-args.ts';
import { DriverStarts, type DriverStart, type FastStart } from './driver-starts.ts';
import { KnownLaunches } from './known-launches.ts';
import { createLogFile, type LogFile } from './log-file.ts';
import { tailLines } from './log-tail.ts';
import { LaunchProcess, type EndedState } from './launch-process.ts';
import { endStrayTree, taggedProcesses, type TaggedProcess } from './process-table.ts';
import { readSite } from '../site.ts';
import { WorkPlace } from './work-place.ts';

export interface LocalLauncherOptions {
  /** Where Spark is, unless a session's `kyuubi.engineEnv.SPARK_HOME` says otherwise. */
  readonly sparkHome: string | undefined;
  /** The engines' Java: else JAVA_HOME of `baseEnvironment`, else what is on its PATH. */
  readonly javaHome: string | undefined;
  /** Engines' working directories. */
  readonly workRoot: string;
  /** Archives, the site's jar and, while a launch lasts, its file of secrets. */
  readonly cacheDir: string;
  /** Our engine's jar. */
  readonly mainResource: string;
  /** The gateway's environment, of which engines get a small part. */
  readonly baseEnvironment: Environment;
  /** Whom the gateway runs as. */
  readonly osUser: string;
  /** `kyuubi.server.limit.engine.startup`. */
  readonly startupLimit: number | undefined;
  /** `kyuubi.server.redaction.regex`. */
  readonly secretKeys: RegExp;
  readonly serverOnlyPrefixes?: readonly string[];
  readonly fastStart?: FastStart;
  readonly clock: Clock;
  readonly log: LaunchLog;
}

const strayPollMs = 200;
/** Kept for an engine that an earlier gateway started: its own limit is not known. */
const strayDestroyTimeoutMs = 5_000;

/** Engines as processes of this host. What an earlier gateway started is found by the tag on its command line. */
export class LocalLauncher implements EngineLauncher {
  readonly kind = 'local';
  readonly #options: LocalLauncherOptions;
  readonly #clock: Clock;
  readonly #log: LaunchLog;
  readonly #slots: LaunchSlots;
  readonly #place: WorkPlace;
  readonly #starts: DriverStarts;
  readonly #launches = new KnownLaunches();
  /** How the launches that are not settled yet were started. */
  readonly #unsettled = new Map<LaunchTag, DriverStart>();
  readonly #stopped = new AbortController();
  #lastLogFile: Promise<unknown> = Promise.resolve();

  constructor(options: LocalLauncherOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#slots = new LaunchSlots(options.startupLimit, options.clock);
    const cacheDir = resolve(options.cacheDir);
    this.#place = new WorkPlace(options.workRoot, cacheDir);
    const fastStart = options.fastStart ?? { directly: true, archives: true };
    this.#starts = new DriverStarts(cacheDir, fastStart, options.clock, options.log);
  }

  /** Tidies up after an earlier gateway process, and gets ready what the first launch would wait for. */
  async start(): Promise<void> {
    const alive = await taggedProcesses().catch(() => undefined);
    if (alive !== undefined) {
      await this.#place.removeLeftProperties(new Set(alive.map(({ tag }) => tag)));
    }
    // Without Spark a gateway starts all the same: its sessions may bring their own.
    const environment = await this.#environment(new Map()).catch(() => undefined);
    if (environment !== undefined) await this.#starts.askAhead(environment);
  }

  async submit(request: LaunchRequest, signal: AbortSignal): Promise<JobRef> {
    const { tag, conf } = request;
    if (!/^[\w.-]{1,128}$/.test(tag) || this.#launches.get(tag) !== undefined) {
      throw new GatewayError('INVALID_ARGUMENT', `${JSON.stringify(tag)} can't be a launch's tag`);
    }
    const trouble = sidecarTrouble(request.sidecars, "on the gateway's host");
    if (trouble !== undefined) {
      const { message, hint } = trouble;
      throw new GatewayError('ENGINE_LAUNCH_FAILED', message, { hint });
    }
    const either = AbortSignal.any([signal, this.#stopped.signal]);
    const timeoutMs = readEntry(engineLaunchEntries.launchTimeoutMs, conf);
    await this.#slots.acquire(tag, timeoutMs, either, (ahead) =>
      request.say(`Waiting for other launches to come up first: ${ahead} before this one`),
    );
    try {
      const launch = await this.#launch(request, either);
      this.#launches.add(launch);
      void launch.ended.then((state) => this.#afterEnd(launch, state));
      return String(launch.pid);
    } catch (error) {
      this.#slots.release(tag);
      await this.#place.removeProperties(tag);
      throw error;
    }
  }

  async inspect(
    tags: ReadonlySet<LaunchTag>,
    _signal: AbortSignal,
  ): Promise<ReadonlyMap<LaunchTag, LaunchState>> {
    const isForeign = [...tags].some((tag) => this.#launches.get(tag) === undefined);
    const strays = isForeign ? await taggedProcesses().catch(() => undefined) : [];
    return new Map([...tags].map((tag) => [tag, this.#stateOf(tag, strays)]));
  }

  async ended(tag: LaunchTag, signal: AbortSignal): Promise<EndedState> {
    const launch = this.#launches.get(tag);
    if (launch !== undefined) return untilAborted(launch.ended, signal);
    for (;;) {
      const state = (await this.inspect(new Set([tag]), signal)).get(tag);
      if (state?.kind === 'ended') return state;
      await this.#clock.sleep(strayPollMs, signal);
    }
  }

  async *list(signal: AbortSignal): AsyncGenerator<LaunchTag> {
    const strays = await this.#strays();
    const own = this.#launches.alive().map(({ tag }) => tag);
    for (const tag of new Set([...own, ...strays.map((stray) => stray.tag)])) {
      signal.throwIfAborted();
      yield tag;
    }
  }

  async *log(tag: LaunchTag, from: number, signal: AbortSignal): AsyncGenerator<string> {
    const launch = this.#launches.get(tag);
    const path = launch?.facts.logPath ?? (await this.#strayOf(tag))?.logPath;
    if (path === undefined) return;
    if (launch !== undefined) {
      const lines = tailLines(path, from, () => launch.hasExited, this.#clock, signal);
      for await (const line of lines) yield launch.facts.redact(line);
      return;
    }
    const redact = launchRedaction(this.#options.secretKeys);
    const over = new AbortController();
    let hasEnded = false;
    const watched = this.ended(tag, AbortSignal.any([signal, over.signal])).then(
      () => (hasEnded = true),
      () => undefined,
    );
    try {
      const lines = tailLines(path, from, () => hasEnded, this.#clock, signal);
      for await (const line of lines) yield redact(line);
    } finally {
      over.abort();
      await watched;
    }
  }

  async settled(tag: LaunchTag): Promise<void> {
    const launch = this.#launches.get(tag);
    launch?.settle();
    this.#slots.release(tag);
    await this.#place.removeProperties(tag);
    const start = this.#unsettled.get(tag);
    this.#unsettled.delete(tag);
    if (launch !== undefined && !launch.hasExited) start?.whenUp();
  }

  async kill(tag: LaunchTag, signal: AbortSignal): Promise<void> {
    const launch = this.#launches.get(tag);
    if (launch !== undefined) {
      this.#unsettled.delete(tag);
      await launch.kill(signal);
      return;
    }
    const stray = await this.#strayOf(tag);
    if (stray === undefined) return;
    this.#log.info({ tag, pid: stray.pid }, 'ending an engine of an earlier gateway');
    await endStrayTree(tag, strayDestroyTimeoutMs, this.#clock, signal);
  }

  /**
   * Takes no more launches and ends those that are not settled yet; `all` ends the engines of this work root, too, for
   * a gateway that takes its ZooKeeper away with it. What has not ended by the deadline is killed.
   */
  async stopAll(which: 'unfinished' | 'all', deadlineMs: number): Promise<void> {
    this.#stopped.abort(new GatewayError('SHUTTING_DOWN', 'the gateway takes no more launches'));
    const own = this.#launches.alive().filter((launch) => which === 'all' || !launch.isSettled);
    const strays = which === 'all' ? await this.#strays().catch(() => []) : [];
    const tags = new Set([...own, ...strays].map(({ tag }) => tag));
    const signal = AbortSignal.timeout(Math.max(0, deadlineMs - this.#clock.now()));
    const makerStops = this.#starts.stop();
    const kills = await Promise.allSettled([...tags].map((tag) => this.kill(tag, signal)));
    if (kills.some(({ status }) => status === 'rejected')) {
      for (const launch of own) launch.killNow();
    }
    await makerStops;
    await Promise.all([...tags].map((tag) => this.#place.removeProperties(tag)));
  }

  async #launch(request: LaunchRequest, signal: AbortSignal): Promise<LaunchProcess> {
    const { tag, conf } = request;
    const environment = await this.#environment(conf);
    const directory = await this.#place.engineDir(request.workDir);
    const reuseAfterMs = readEntry(engineLaunchEntries.logTimeoutMs, conf);
    const logFile = await this.#createLogFile(directory, reuseAfterMs);
    let started = false;
    try {
      const start = await this.#prepare(request, environment, logFile.path);
      signal.throwIfAborted();
      await this.#place.writeProperties(tag, start.command.propertiesFile);
      signal.throwIfAborted();
      started = true; // from here on the handle is the process's to close
      const facts = {
        tag,
        command: start.command,
        environment: start.environment,
        directory,
        logPath: logFile.path,
        destroyTimeoutMs: readEntry(engineLaunchEntries.destroyTimeoutMs, conf),
        reasonLimits: {
          maxChars: readEntry(engineLaunchEntries.startupErrorMaxChars, conf),
          maxLines: readEntry(engineLaunchEntries.startupMaxLogLines, conf),
        },
        redact: launchRedaction(this.#options.secretKeys, request),
      };
      const launch = await LaunchProcess.start(facts, logFile.handle, this.#clock);
      this.#unsettled.set(tag, start);
      const { pid } = launch;
      this.#log.info({ tag, pid, plan: start.plan, log: logFile.path }, 'engine launched');
      return launch;
    } catch (error) {
      if (!started) await logFile.handle.close();
      throw asLaunchFailure(error, environment['SPARK_HOME'] ?? '');
    }
  }

  /** One after the other: two that find the same old log must not both take its place. */
  #createLogFile(directory: string, reuseAfterMs: number): Promise<LogFile> {
    const create = (): Promise<LogFile> => {
      const inUse = new Set(this.#launches.alive().map(({ facts }) => facts.logPath));
      return createLogFile(directory, reuseAfterMs, this.#clock.now(), inUse);
    };
    const created = this.#lastLogFile.then(create);
    this.#lastLogFile = created.catch(() => undefined);
    return created;
  }

  async #environment(conf: Settings): Promise<Record<string, string>> {
    const { baseEnvironment, javaHome } = this.#options;
    const sparkHome =
      conf.get('kyuubi.engineEnv.SPARK_HOME') ??
      this.#options.sparkHome ??
      baseEnvironment['SPARK_HOME'];
    const hint = 'Set SPARK_HOME or torii.spark.home to a Spark installation.';
    if (sparkHome === undefined || sparkHome === '') {
      throw new GatewayError('ENGINE_LAUNCH_FAILED', 'no Spark to launch: SPARK_HOME is not set', {
        hint,
      });
    }
    const script = sparkSubmitPath(sparkHome);
    await access(script).catch((cause: unknown) => {
      const message = `no Spark to launch: SPARK_HOME is ${sparkHome}, but there is no ${script}`;
      throw new GatewayError('ENGINE_LAUNCH_FAILED', message, { cause, hint });
    });
    return childEnvironment(baseEnvironment, conf, { sparkHome, javaHome });
  }

  async #prepare(
    request: LaunchRequest,
    environment: Readonly<Record<string, string>>,
    logPath: string,
  ): Promise<DriverStart> {
    const { tag, appName, conf: settings, appUser, engineKey } = request;
    const { mainResource, osUser, secretKeys, serverOnlyPrefixes } = this.#options;
    const isSecret = secretSettings(secretKeys, request.secretKeys);
    const site = await readSite(environment);
    const facts = {
      sparkHome: environment['SPARK_HOME'] ?? '',
      main: mainResourceOf(settings, mainResource, existsSync),
      siteDefaults: site.defaults,
      appUser,
      osUser,
      engineKey,
      propertiesPath: this.#place.propertiesPath(tag),
      isSecret,
    };
    const kubernetesApi = kubernetesApiOf(this.#options.baseEnvironment);
    const common = {
      tag,
      appName,
      settings,
      siteDefaults: site.defaults,
      logPath,
      kubernetesApi,
      serverOnlyPrefixes,
    };
    const confOf = (): Settings => launchConf({ ...common, submitTimeMs: this.#clock.now() });
    return this.#starts.prepare(facts, site, environment, confOf);
  }

  async #afterEnd(launch: LaunchProcess, state: EndedState): Promise<void> {
    const { tag } = launch;
    const start = this.#unsettled.get(tag);
    this.#unsettled.delete(tag);
    this.#slots.release(tag);
    this.#launches.ended(tag);
    this.#log.info({ tag, outcome: state.outcome }, 'engine process ended');
    await this.#place.removeProperties(tag);
    if (launch.hasCrashed) await start?.whenCrashed();
  }

  #stateOf(tag: LaunchTag, strays: readonly TaggedProcess[] | undefined): LaunchState {
    const launch = this.#launches.get(tag);
    if (launch !== undefined) return launch.state;
    if (strays === undefined) return { kind: 'unknown' };
    if (strays.some((stray) => stray.tag === tag)) return { kind: 'running' };
    return {
      kind: 'ended',
      outcome: 'failed',
      reason: `no process of this host carries tag ${tag}`,
    };
  }

  /** Engines of this work root that this gateway process did not start. */
  async #strays(): Promise<readonly TaggedProcess[]> {
    const all = await taggedProcesses();
    return all.filter((one) => this.#place.holds(one.logPath) && !this.#launches.get(one.tag));
  }

  async #strayOf(tag: LaunchTag): Promise<TaggedProcess | undefined> {
    return (await taggedProcesses()).find((one) => one.tag === tag); // a tag is unique, whoever gave it
  }
}

/** Where a gateway in a pod finds its own cluster (kyuubi-contract 1.3). */
function kubernetesApiOf(environment: Environment): string | undefined {
  const host = environment['KUBERNETES_SERVICE_HOST'];
  const port = environment['KUBERNETES_SERVICE_PORT'];
  return host === undefined || port === undefined ? undefined : `https://${host}:${port}`;
}

function asLaunchFailure(error: unknown, sparkHome: string): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException; // only looked at where it is one
  if (syscall?.startsWith('spawn') !== true) return error;
  const message = `the engine's process could not be started (${code}) with SPARK_HOME ${sparkHome}`;
  return new GatewayError('ENGINE_LAUNCH_FAILED', message, { cause: error });
}
