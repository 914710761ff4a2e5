import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';

/** What a spark-submit hands over. */
export interface Submission {
  readonly stepId: string;
  readonly tags: readonly string[];
  readonly startedMs: number;
}

/** An application of YARN in which nothing runs: it lives until it is killed or says that it has failed. */
export class PretendedApplication {
  readonly id: string;
  readonly #of: Submission;
  #end:
    | { readonly state: 'KILLED' | 'FAILED'; readonly why: string; readonly atMs: number }
    | undefined;

  constructor(id: string, of: Submission) {
    this.id = id;
    this.#of = of;
  }

  get hasEnded(): boolean {
    return this.#end !== undefined;
  }

  hasTag(tag: string): boolean {
    return this.#of.tags.includes(tag);
  }

  kill(): void {
    this.#end ??= { state: 'KILLED', why: 'Application killed by user.', atMs: Date.now() };
  }

  fail(why: string): void {
    this.#end ??= { state: 'FAILED', why, atMs: Date.now() };
  }

  description(): Record<string, unknown> {
    const { tags, startedMs: startedTime } = this.#of;
    const { state = 'RUNNING', why: diagnostics = '', atMs: finishedTime = 0 } = this.#end ?? {};
    return {
      ...{ id: this.id, user: 'hadoop', queue: 'default', state, diagnostics },
      finalStatus: this.#end?.state ?? 'UNDEFINED',
      ...{ applicationTags: tags.join(','), startedTime, finishedTime },
      ...{ memorySeconds: 0, vcoreSeconds: 0 },
    };
  }
}

/** The resource manager of a cluster that runs nothing: it knows what steps have handed over, and ends it when it is told to. */
export class PretendedYarn {
  readonly address: string;
  readonly #server: Server;
  readonly #submissions: () => readonly Submission[];
  /** By their steps. */
  readonly #applications = new Map<string, PretendedApplication>();

  static async start(submissions: () => readonly Submission[]): Promise<PretendedYarn> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new PretendedYarn(server, submissions);
  }

  private constructor(server: Server, submissions: () => readonly Submission[]) {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('it has no port');
    this.address = `http://127.0.0.1:${address.port}`;
    this.#server = server;
    this.#submissions = submissions;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const { status, body } = this.#answer(request);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  }

  /** What a step has handed over. */
  application(stepId: string): PretendedApplication | undefined {
    return this.#all().find(([id]) => id === stepId)?.[1];
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #all(): readonly (readonly [string, PretendedApplication])[] {
    for (const submission of this.#submissions()) {
      const { stepId } = submission;
      if (this.#applications.has(stepId)) continue;
      const number = String(this.#applications.size + 1).padStart(4, '0');
      const application = new PretendedApplication(`application_1_${number}`, submission);
      this.#applications.set(stepId, application);
    }
    return [...this.#applications];
  }

  #answer({ method, url = '' }: IncomingMessage): { status: number; body: object } {
    const { pathname, searchParams } = new URL(url, this.address);
    const [what, id] = pathname.replace('/ws/v1/cluster/', '').split('/');
    const all = this.#all().map(([, application]) => application);
    if (what === 'scheduler')
      return { status: 200, body: { scheduler: { schedulerInfo: { type: 'fifoScheduler' } } } };
    if (id === undefined) {
      const tag = searchParams.get('applicationTags') ?? '';
      const app = all.filter((each) => each.hasTag(tag)).map((each) => each.description());
      return { status: 200, body: { apps: app.length === 0 ? null : { app } } };
    }
    const found = all.find((each) => each.id === id);
    if (found === undefined)
      return {
        status: 404,
        body: { RemoteException: { message: `app with id: ${id} not found` } },
      };
    if (method !== 'PUT') return { status: 200, body: { app: found.description() } };
    found.kill();
    return { status: 202, body: { state: 'ACCEPTED' } };
  }
}
