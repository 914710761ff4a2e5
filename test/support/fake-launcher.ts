import type {
  EngineLauncher,
  LaunchRequest,
  LaunchState,
  LaunchTag,
} from '../../src/launch/launcher.ts';
import type { FakeStore } from './fake-discovery.ts';
import { newLaunchRequest } from './launch-request.ts';

type Ended = Extract<LaunchState, { kind: 'ended' }>;

interface Job {
  readonly request: LaunchRequest;
  state: LaunchState;
  readonly end: PromiseWithResolvers<Ended>;
}

/** Launches nothing: a test says when a job registers, fails or is lost. */
export class FakeLauncher implements EngineLauncher {
  readonly kind: string;
  makesInSteps = false;
  readonly submitted: LaunchRequest[] = [];
  readonly killed: LaunchTag[] = [];
  readonly settledTags: LaunchTag[] = [];
  readonly #jobs = new Map<LaunchTag, Job>();
  /** Runs at each submit, e.g. to register the engine at once. */
  onSubmit: (request: LaunchRequest) => void = () => {};

  constructor(kind = 'local') {
    this.kind = kind;
  }

  submit(request: LaunchRequest, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    this.submitted.push(request);
    this.#jobs.set(request.tag, {
      request,
      state: { kind: 'running' },
      end: Promise.withResolvers(),
    });
    this.onSubmit(request);
    return Promise.resolve('job');
  }

  /** A job that an earlier gateway submitted. */
  adopt(tag: LaunchTag, state: LaunchState): void {
    const request = newLaunchRequest({ tag });
    this.#jobs.set(tag, { request, state, end: Promise.withResolvers() });
  }

  endJob(tag: LaunchTag, reason: string): void {
    const job = this.#jobs.get(tag);
    if (job === undefined || job.state.kind === 'ended') return;
    job.state = { kind: 'ended', outcome: 'failed', reason };
    job.end.resolve(job.state);
  }

  inspect(tags: ReadonlySet<LaunchTag>): Promise<ReadonlyMap<LaunchTag, LaunchState>> {
    const unknown: LaunchState = { kind: 'ended', outcome: 'failed', reason: 'nobody knows it' };
    return Promise.resolve(
      new Map([...tags].map((tag) => [tag, this.#jobs.get(tag)?.state ?? unknown])),
    );
  }

  ended(tag: LaunchTag, signal: AbortSignal): Promise<Ended> {
    const aborted = Promise.withResolvers<Ended>();
    signal.addEventListener('abort', () => aborted.reject(signal.reason as Error), { once: true });
    return Promise.race([this.#jobs.get(tag)?.end.promise ?? aborted.promise, aborted.promise]);
  }

  async *list(): AsyncGenerator<LaunchTag> {
    for (const tag of this.#jobs.keys()) yield await Promise.resolve(tag);
  }

  async *log(tag: LaunchTag): AsyncGenerator<string> {
    yield await Promise.resolve(`log of ${tag}`);
  }

  settled(tag: LaunchTag): Promise<void> {
    this.settledTags.push(tag);
    return Promise.resolve();
  }

  kill(tag: LaunchTag): Promise<void> {
    this.killed.push(tag);
    this.endJob(tag, 'killed');
    return Promise.resolve();
  }
}

/** Registers an engine as it would register itself: only while the intent, where there is one, names its tag. */
export function registerEngine(
  store: FakeStore,
  request: LaunchRequest,
  intentPath?: string,
  port = 1,
): boolean {
  const space = request.conf.get('kyuubi.ha.namespace') ?? '';
  const intent = intentPath === undefined ? undefined : store.intents.get(intentPath);
  if (intentPath !== undefined && intent?.intent.tag !== request.tag) return false;
  if (intentPath !== undefined && intent !== undefined) {
    store.intents.set(intentPath, {
      intent: { ...intent.intent, state: 'registered' },
      version: intent.version + 1,
    });
  }
  const revision = request.conf.get('torii.engine.revision');
  const more = revision === undefined ? '' : `;revision=${revision}`;
  const name = `serverUri=127.0.0.1:${port};version=1;refId=${request.tag}${more};sequence=`;
  store.addNode(space, name, `127.0.0.1:${port}`);
  return true;
}
