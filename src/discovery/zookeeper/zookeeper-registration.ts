import type { Clock } from '../../core/clock.ts';
import type { ServerNode, ServerRegistration } from '../discovery.ts';
import type { DiscoveryLog } from '../discovery-log.ts';
import { serverNodeData, serverNodePrefix } from '../server-node.ts';
import type { BackgroundWork } from './background-work.ts';
import type { NodeWatches } from './node-watches.ts';
import { withParents } from './persistent-nodes.ts';
import { reconnectDelayMs } from './reconnect-delay.ts';
import type { Watcher, ZooKeeperClient } from './zookeeper-client.ts';
import { failedWith, ignoring } from './zookeeper-failure.ts';
import { noLimitMs, type ZooKeeperSession } from './zookeeper-session.ts';

export interface RegistrationOptions {
  readonly session: ZooKeeperSession;
  readonly watches: NodeWatches;
  readonly background: BackgroundWork;
  readonly clock: Clock;
  readonly log: DiscoveryLog;
}

const longestDelayMs = 5_000;

/** One gateway's node below its namespace: one for each ZooKeeper session, until it is retired. */
export class ZooKeeperRegistration implements ServerRegistration {
  readonly #options: RegistrationOptions;
  readonly #namespace: string;
  readonly #server: ServerNode;
  readonly #retired = new AbortController();
  readonly #forgetSession: () => void;
  #forgetNode = (): void => {};
  #node: { readonly client: ZooKeeperClient; readonly path: string } | undefined;
  #nodeName = '';
  #isBusy = false;
  #isAsked = false;

  constructor(options: RegistrationOptions, namespace: string, server: ServerNode) {
    this.#options = options;
    this.#namespace = namespace;
    this.#server = server;
    this.#forgetSession = options.session.onEvent((event) => {
      if (event === 'connected' && this.#nodeName !== '') this.#keep();
    });
  }

  get nodeName(): string {
    return this.#nodeName;
  }

  /** Registers for the first time; a failure is the caller's. */
  async register(): Promise<void> {
    const { session } = this.#options;
    try {
      await session.retry((client) => this.#ensure(client), { signal: this.#retired.signal });
    } catch (failure) {
      this.#end();
      this.#removeEventually();
      throw failure;
    }
  }

  async unregister(): Promise<void> {
    this.#end();
    const { session, log } = this.#options;
    try {
      await session.retry((client) => this.#removeFrom(client));
    } catch (err) {
      log.warn({ err, namespace: this.#namespace }, 'server not unregistered yet');
      this.#removeEventually();
    }
  }

  #removeEventually(): void {
    const { session, background } = this.#options;
    background.run('unregister the server', () =>
      session.retry((client) => this.#removeFrom(client), { limitMs: noLimitMs }),
    );
  }

  #end(): void {
    this.#forgetSession();
    this.#forgetNode();
    this.#retired.abort(new Error('the server is no longer registered'));
  }

  /** Sees to the node in the background, as often as it takes; asked meanwhile, once more. */
  #keep(): void {
    this.#isAsked = true;
    if (this.#isBusy || this.#retired.signal.aborted) return;
    this.#isBusy = true;
    this.#options.background.run('keep the server registered', async () => {
      try {
        await this.#keepUntilDone();
      } finally {
        this.#isBusy = false;
      }
      if (this.#isAsked) this.#keep();
    });
  }

  async #keepUntilDone(): Promise<void> {
    const { session, clock, log } = this.#options;
    const { signal } = this.#retired;
    for (let failures = 0; this.#isAsked && !signal.aborted;) {
      this.#isAsked = false;
      try {
        const options = { signal, limitMs: noLimitMs };
        await session.retry((client) => this.#ensure(client), options);
        failures = 0;
      } catch (err) {
        if (signal.aborted || session.ended.aborted) return;
        log.warn({ err, namespace: this.#namespace }, 'server not registered, to be tried again');
        failures += 1;
        this.#isAsked = true;
        const delayMs = reconnectDelayMs(failures, longestDelayMs, Math.random());
        await clock.sleep(delayMs, session.ended);
      }
    }
  }

  async #ensure(client: ZooKeeperClient): Promise<void> {
    if (this.#node?.client === client) {
      const { path } = this.#node;
      if (await this.#isThere(client, path)) return;
      this.#retire(path);
      return;
    }
    const [name] = (await this.#ownNodes(client)).toSorted();
    const path = name === undefined ? await this.#create(client) : `${this.#namespace}/${name}`;
    if (this.#retired.signal.aborted) return; // whoever ended it removes what is there
    this.#adopt(client, path);
    if (!(await this.#isThere(client, path))) this.#retire(path);
  }

  #adopt(client: ZooKeeperClient, path: string): void {
    this.#forgetNode();
    this.#node = { client, path };
    this.#nodeName = path.slice(this.#namespace.length + 1);
    this.#forgetNode = this.#options.watches.listen(path, () => this.#keep());
    this.#options.log.info({ node: path }, 'server registered');
  }

  /** Somebody took the node away in a living session: that is how an operator asks a server to drain. */
  #retire(path: string): void {
    if (this.#retired.signal.aborted) return;
    this.#end();
    this.#options.log.info({ node: path }, 'server retired by the removal of its node');
    this.#server.onRetired?.();
  }

  #create(client: ZooKeeperClient): Promise<string> {
    const path = `${this.#namespace}/${serverNodePrefix(this.#server)}`;
    const data = serverNodeData(this.#server);
    return withParents(client, path, () => {
      this.#retired.signal.throwIfAborted();
      return client.create(path, data, 'ephemeral-sequential');
    });
  }

  async #isThere(client: ZooKeeperClient, path: string): Promise<boolean> {
    const look = (watcher: Watcher): Promise<unknown> => client.content(path, watcher);
    try {
      await this.#options.watches.arm('node', path, look);
      return true;
    } catch (failure) {
      if (failedWith(failure, 'no-node')) return false;
      throw failure;
    }
  }

  async #removeFrom(client: ZooKeeperClient): Promise<void> {
    for (const name of await this.#ownNodes(client)) {
      await ignoring('no-node', client.remove(`${this.#namespace}/${name}`, -1));
    }
  }

  /** Nodes of our name in this very session: one may be there from a request whose reply was lost. */
  async #ownNodes(client: ZooKeeperClient): Promise<readonly string[]> {
    let names: readonly string[] = [];
    await ignoring(
      'no-node',
      client.children(this.#namespace).then((found) => (names = found)),
    );
    const own: string[] = [];
    for (const name of names.filter((each) => each.startsWith(serverNodePrefix(this.#server)))) {
      const facts = await client.exists(`${this.#namespace}/${name}`);
      if (facts?.owner === client.sessionId) own.push(name);
    }
    return own;
  }
}
