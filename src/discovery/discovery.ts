/** One engine as its node in the engine space tells of it (kyuubi-contract 2.2); gateways' nodes have the same form. */
export interface EngineNode {
  /** Name of the node below its engine space. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly version: string;
  /** The launch tag of the launch that brought it up. */
  readonly refId: string | undefined;
  /** All `key=value` parts of the name, `refId` and `version` included. */
  readonly attributes: ReadonlyMap<string, string>;
}

/**
 * Who means to bring up an engine for a space. It stands beside the lock and outlives it, so that a gateway which paused
 * or died in mid-launch is fenced: an engine registers only while the intent still names its tag.
 */
export interface LaunchIntent {
  readonly tag: string;
  /** `registered` is written by the engine, in the transaction that creates its node. */
  readonly state: 'launching' | 'registered';
  /** Epoch milliseconds. */
  readonly submitTimeMs: number;
  /** Kind of launcher, e.g. `local`: says who can inspect the tag. */
  readonly launcher: string;
  /** Name of the cluster; undefined for engines on gateways' own hosts. */
  readonly cluster: string | undefined;
  /** Host that submitted: a local launch can be inspected there only. */
  readonly host: string;
  /** How the launcher finds the job again. */
  readonly jobRef: string | undefined;
  /** The launch settings that the engine was started with; secret values are digests. */
  readonly settings: Readonly<Record<string, string>>;
}

/** An intent as it was read, with the version that a later change has to match. */
export interface IntentRecord {
  readonly intent: LaunchIntent;
  readonly version: number;
}

/** Held between look-up and registration, so that two gateways never launch for one space. Lost with the session that took it. */
export interface LaunchLock {
  /** Fires when the lock can no longer be relied on. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

export interface EngineSpacePaths {
  /** `/<ns>_<version>_<level>_SPARK_SQL/<user>/<leaf>`: where engines register. */
  readonly space: string;
  /** `..._lock/<user>/<leaf>`. */
  readonly lock: string;
  /** `..._intent/<user>/<leaf>`. */
  readonly intent: string;
  /** `..._draining`: engines that go on without node and intent, each as `<cluster>/<tag>`. */
  readonly draining: string;
}

/** Everything that is known of the engines of one share level. */
export interface EngineSurvey {
  readonly intents: readonly { readonly paths: EngineSpacePaths; readonly intent: LaunchIntent }[];
  readonly engines: readonly { readonly paths: EngineSpacePaths; readonly node: EngineNode }[];
  /** Engines that are being retired; `place` is the segment above the tag, the name of their cluster. */
  readonly draining: readonly { readonly place: string; readonly tag: string }[];
}

export interface ServerNode {
  readonly host: string;
  readonly port: number;
  readonly version: string;
  /** Published as the node's data in place of `host:port` when given (kyuubi-contract 2.1). */
  readonly publishedConfigs?: ReadonlyMap<string, string>;
  /** Called when an operator has taken the node away: this gateway is to drain, and is not registered again. */
  readonly onRetired?: () => void;
}

/**
 * Where gateways and engines find each other. An implementation must guarantee that what it answers was true at some
 * moment after the call began or since the last watch event, that a failed look-up throws (`DISCOVERY_UNAVAILABLE`) and
 * is never mistaken for "no engine", and that registrations and watches come back by themselves after an expired session.
 */
export interface Discovery {
  start(signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;

  /** Engines of a space, oldest first. Answered from a watched copy where one is held; `fresh` asks the store. */
  engines(
    space: string,
    options?: { readonly fresh?: boolean; readonly signal?: AbortSignal },
  ): Promise<readonly EngineNode[]>;
  /**
   * Resolves when the space's engines or its intent may have changed since the call, or when `signal` fires (then rejects).
   * It may resolve without need. Call it before the look-up whose answer decides whether to wait: a change in between
   * would be missed otherwise.
   */
  changed(paths: EngineSpacePaths, signal: AbortSignal): Promise<void>;
  /** Takes an engine's node away: it ends once its sessions are gone, and new sessions get another. */
  deregisterEngine(space: string, nodeName: string): Promise<void>;

  /** Waits for the lock; throws `LOCK_TIMEOUT` after `timeoutMs`. */
  lock(path: string, timeoutMs: number, signal: AbortSignal): Promise<LaunchLock>;

  readIntent(path: string): Promise<IntentRecord | undefined>;
  /**
   * Writes the intent in one transaction with a check that the lock is still held.
   * `expected` is the version read before, or undefined where there was none; a mismatch or a lost lock throws `LOCK_TIMEOUT`.
   */
  writeIntent(
    path: string,
    intent: LaunchIntent,
    expected: number | undefined,
    lock: LaunchLock,
  ): Promise<IntentRecord>;
  /** Writes the intent of an engine that nobody else can want, where there is none yet. */
  createIntent(path: string, intent: LaunchIntent): Promise<void>;
  /** Puts the reference of its job into the intent, if that still names this tag. */
  noteJob(path: string, tag: string, jobRef: string): Promise<void>;
  /** Removes the intent if it still names this tag. */
  removeIntent(path: string, tag: string): Promise<void>;

  /** Takes the next number of a counter shared by all gateways: the value before it was raised, from 0. */
  nextCount(path: string): Promise<number>;

  /** The text at `path`, after putting `proposal` there where there was none: the same for all gateways, and for good. */
  sharedText(path: string, proposal: string): Promise<string>;

  /** Names of the notes in a folder, and of folders in it; none where nobody has made it. */
  noteNames(folder: string): Promise<readonly string[]>;
  /** Undefined where there is no such note. */
  readNote(path: string): Promise<string | undefined>;
  /** Writes a note that outlives this gateway, in the place of the one that is there. */
  writeNote(path: string, text: string): Promise<void>;
  /** Removes a note, if it is there. */
  removeNote(path: string): Promise<void>;

  /** Registers this gateway under `/<namespace>` until `unregister` is called, again after every expired session. */
  registerServer(namespace: string, server: ServerNode): Promise<ServerRegistration>;
  /** Gateways that are registered under `/<namespace>`, Kyuubi's servers among them, oldest first. */
  servers(namespace: string): Promise<readonly EngineNode[]>;
  /** Reads all below `/<ns>_<version>_<level>_SPARK_SQL` and its sister trees; what changes meanwhile may be missed or seen. */
  survey(root: string): Promise<EngineSurvey>;
  /** Removes the note of an engine that no longer drains, since it has ended. */
  forgetDraining(root: string, place: string, tag: string): Promise<void>;
  /** Removes a CONNECTION engine's space, when it is empty, with its intent and its lock. */
  removeSpace(paths: EngineSpacePaths): Promise<void>;
}

export interface ServerRegistration {
  /** Changes when the server is registered again. */
  readonly nodeName: string;
  unregister(): Promise<void>;
}
