import { PassThrough, type Readable } from 'node:stream';
import {
  AuthorizationV1Api,
  type ConfigurationOptions,
  CoreV1Api,
  CustomObjectsApi,
  type KubeConfig,
  Log,
  Observable,
  type V1Pod,
  type V1Secret,
  type V1Service,
  Watch,
} from '@kubernetes/client-node';
import { z } from 'zod';
import type { Listed, ObjectSource, WatchEvent } from './list-and-watch.ts';
import { KubeError, ofStatus, toKubeError } from './kube-error.ts';
import { PooledKubeConfig } from './pooled-kube-config.ts';

/** A call that takes longer has failed. */
const callLimitMs = 30_000;

/** To read one page holds up everything else for some 10 ms, to read a large fleet's list at once for many times that. */
const pageItems = 200;

interface Page {
  readonly limit: number;
  readonly _continue?: string;
}

/**
 * The client gives up a watch that is quiet for 30 s. A server that is there ends it before, with its newest version; one that
 * does not can't be reached any more.
 */
const watchSeconds = 25;

const operatorGroup = {
  group: 'sparkoperator.k8s.io',
  version: 'v1beta2',
  plural: 'sparkapplications',
} as const;

export interface KubeAccess {
  /** Undefined: the cluster in which this process runs. */
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly namespace: string;
}

const made = z.object({
  metadata: z.object({
    uid: z.string(),
    labels: z.record(z.string(), z.string()).optional(),
    ownerReferences: z.array(z.object({ uid: z.string() })).optional(),
  }),
});

/** What we need of an object of ours that stands in the cluster. */
export interface MadeObject {
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly ownerUids: readonly string[];
}

/** May the caller do that in the namespace? */
export interface AccessQuestion {
  readonly verb: string;
  readonly resource: string;
  readonly subresource?: string;
  /** Empty for the core's own. */
  readonly group?: string;
}

const review = z.object({ status: z.object({ allowed: z.boolean() }) });
const phased = z.object({ status: z.object({ phase: z.string() }) });

export type ObjectKind = 'pod' | 'secret' | 'service' | 'application';

/** The calls that we make of a namespace. Every one rejects with a `KubeError`. */
export class KubeApi {
  readonly #config: KubeConfig;
  readonly #core: CoreV1Api;
  readonly #custom: CustomObjectsApi;
  readonly #namespace: string;

  /** Throws a `KubeError` for a kubeconfig that can't be read or names no cluster. */
  constructor({ kubeconfig, context, namespace }: KubeAccess) {
    this.#namespace = namespace;
    this.#config = new PooledKubeConfig();
    try {
      if (kubeconfig === undefined) this.#config.loadFromCluster();
      else this.#config.loadFromFile(kubeconfig);
      if (context !== undefined) this.#config.setCurrentContext(context);
      this.#core = this.#config.makeApiClient(CoreV1Api);
      this.#custom = this.#config.makeApiClient(CustomObjectsApi);
    } catch (cause) {
      const where = kubeconfig ?? 'the service account of this pod';
      throw new KubeError(`${where} names no cluster that could be used`, { cause });
    }
  }

  createPod(body: V1Pod, signal: AbortSignal): Promise<MadeObject> {
    return this.#made('make the pod', signal, (options) =>
      this.#core.createNamespacedPod({ ...this.#in(), body }, options),
    );
  }

  createSecret(body: V1Secret, signal: AbortSignal): Promise<MadeObject> {
    return this.#made('make the secret', signal, (options) =>
      this.#core.createNamespacedSecret({ ...this.#in(), body }, options),
    );
  }

  createService(body: V1Service, signal: AbortSignal): Promise<MadeObject> {
    return this.#made('make the service', signal, (options) =>
      this.#core.createNamespacedService({ ...this.#in(), body }, options),
    );
  }

  createApplication(body: object, signal: AbortSignal): Promise<MadeObject> {
    return this.#made('make the SparkApplication', signal, (options) =>
      this.#custom.createNamespacedCustomObject({ ...this.#in(), ...operatorGroup, body }, options),
    );
  }

  read(kind: ObjectKind, name: string, signal: AbortSignal): Promise<MadeObject> {
    return this.#made(`read the ${kind}`, signal, (options) => this.#read(kind, name, options));
  }

  /** As it came: for those that look at more. */
  async readWhole(kind: ObjectKind, name: string, signal: AbortSignal): Promise<unknown> {
    return this.#call(`read the ${kind}`, signal, (options) => this.#read(kind, name, options));
  }

  async remove(kind: ObjectKind, name: string, signal: AbortSignal): Promise<void> {
    const at = { ...this.#in(), name, propagationPolicy: 'Background' };
    await this.#call(`delete the ${kind}`, signal, (options): Promise<unknown> => {
      switch (kind) {
        case 'pod':
          return this.#core.deleteNamespacedPod(at, options);
        case 'secret':
          return this.#core.deleteNamespacedSecret(at, options);
        case 'service':
          return this.#core.deleteNamespacedService(at, options);
        case 'application':
          return this.#custom.deleteNamespacedCustomObject({ ...at, ...operatorGroup }, options);
      }
    });
  }

  /** The API server keeps nothing of the question. */
  async allows(question: AccessQuestion, signal: AbortSignal): Promise<boolean> {
    const resourceAttributes = { ...question, namespace: this.#namespace };
    const body = { spec: { resourceAttributes } };
    const api = this.#config.makeApiClient(AuthorizationV1Api);
    const answer = await this.#call('ask what the gateway may do', signal, (options) =>
      api.createSelfSubjectAccessReview({ body }, options),
    );
    return review.parse(answer).status.allowed;
  }

  async namespacePhase(signal: AbortSignal): Promise<string> {
    const answer = await this.#call('read the namespace', signal, (options) =>
      this.#core.readNamespace({ name: this.#namespace }, options),
    );
    return phased.parse(answer).status.phase;
  }

  pods(labelSelector: string): ObjectSource {
    const path = `/api/v1/namespaces/${this.#namespace}/pods`;
    return this.#source('pods', path, { labelSelector }, (page, options) =>
      this.#core.listNamespacedPod({ ...this.#in(), ...page, labelSelector }, options),
    );
  }

  podEvents(): ObjectSource {
    const path = `/api/v1/namespaces/${this.#namespace}/events`;
    const fieldSelector = 'involvedObject.kind=Pod';
    return this.#source('events', path, { fieldSelector }, (page, options) =>
      this.#core.listNamespacedEvent({ ...this.#in(), ...page, fieldSelector }, options),
    );
  }

  /** With all that they hold. */
  async secrets(labelSelector: string, signal: AbortSignal): Promise<readonly unknown[]> {
    const list = (page: Page, options: ConfigurationOptions): Promise<unknown> =>
      this.#core.listNamespacedSecret({ ...this.#in(), ...page, labelSelector }, options);
    return (await this.#pages('secrets', list, signal)).items;
  }

  applications(labelSelector: string): ObjectSource {
    const { group, version, plural } = operatorGroup;
    const path = `/apis/${group}/${version}/namespaces/${this.#namespace}/${plural}`;
    return this.#source('SparkApplications', path, { labelSelector }, (page, options) =>
      this.#custom.listNamespacedCustomObject(
        { ...this.#in(), ...page, ...operatorGroup, labelSelector },
        options,
      ),
    );
  }

  /** A container's log, each line with its time, from the second of `sinceTime` on, until the container ends. */
  async log(
    pod: string,
    container: string,
    sinceTime: string | undefined,
    signal: AbortSignal,
  ): Promise<AsyncIterable<string>> {
    const text = new PassThrough();
    // The client pipes the answer and hears nothing of its failure, which would then end the process.
    text.on('pipe', (answer: Readable) => {
      answer.on('error', (cause) => text.destroy(new KubeError('the log broke off', { cause })));
    });
    const options = {
      follow: true,
      timestamps: true,
      ...(sinceTime === undefined ? {} : { sinceTime }),
    };
    try {
      const request = await new Log(this.#config).log(
        this.#namespace,
        pod,
        container,
        text,
        options,
      );
      const stop = (): void => {
        request.abort();
        text.destroy();
      };
      text.once('close', () => {
        signal.removeEventListener('abort', stop);
        request.abort();
      });
      if (signal.aborted) stop();
      signal.addEventListener('abort', stop, { once: true });
    } catch (thrown) {
      throw toKubeError(thrown, `read the log of ${pod}`);
    }
    text.setEncoding('utf8');
    return text;
  }

  #in(): { namespace: string } {
    return { namespace: this.#namespace };
  }

  #read(kind: ObjectKind, name: string, options: ConfigurationOptions): Promise<unknown> {
    const at = { ...this.#in(), name };
    switch (kind) {
      case 'pod':
        return this.#core.readNamespacedPod(at, options);
      case 'secret':
        return this.#core.readNamespacedSecret(at, options);
      case 'service':
        return this.#core.readNamespacedService(at, options);
      case 'application':
        return this.#custom.getNamespacedCustomObject({ ...at, ...operatorGroup }, options);
    }
  }

  async #made(
    doing: string,
    signal: AbortSignal,
    call: (options: ConfigurationOptions) => Promise<unknown>,
  ): Promise<MadeObject> {
    const answer = made.safeParse(await this.#call(doing, signal, call));
    if (!answer.success) throw new KubeError(`${doing}: the API server's answer is no object`);
    const { uid, labels = {}, ownerReferences = [] } = answer.data.metadata;
    return { uid, labels, ownerUids: ownerReferences.map((owner) => owner.uid) };
  }

  async #call<T>(
    doing: string,
    signal: AbortSignal,
    call: (options: ConfigurationOptions) => Promise<T>,
  ): Promise<T> {
    const until = AbortSignal.any([signal, AbortSignal.timeout(callLimitMs)]);
    try {
      return await call({
        middleware: [
          {
            pre: (request) => {
              request.setSignal(until);
              return new Observable(Promise.resolve(request));
            },
            post: (response) => new Observable(Promise.resolve(response)),
          },
        ],
        middlewareMergeStrategy: 'append',
      });
    } catch (thrown) {
      signal.throwIfAborted();
      throw toKubeError(thrown, doing);
    }
  }

  #source(
    what: string,
    path: string,
    query: Record<string, string>,
    list: (page: Page, options: ConfigurationOptions) => Promise<unknown>,
  ): ObjectSource {
    return {
      list: (signal) => this.#pages(what, list, signal),
      watch: (resourceVersion, onEvent, signal) =>
        this.#watch(`watch ${what}`, path, { ...query, resourceVersion }, onEvent, signal),
    };
  }

  /** All pages of one list, as it was when the first was asked for. */
  async #pages(
    what: string,
    list: (page: Page, options: ConfigurationOptions) => Promise<unknown>,
    signal: AbortSignal,
  ): Promise<Listed> {
    const items: unknown[] = [];
    let page: Page = { limit: pageItems };
    // The first page's version: a watch from there misses nothing, whatever the next pages were read from.
    let resourceVersion: string | undefined;
    for (;;) {
      const asked = page;
      const answer = await this.#call(`list ${what}`, signal, (options) => list(asked, options));
      const { next, ...read } = asList(answer, what);
      items.push(...read.items);
      resourceVersion ??= read.resourceVersion;
      if (next === undefined) return { resourceVersion, items };
      page = { limit: pageItems, _continue: next };
    }
  }

  #watch(
    doing: string,
    path: string,
    query: Record<string, string>,
    onEvent: (event: WatchEvent) => void,
    signal: AbortSignal,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      let failure: KubeError | undefined;
      let request: AbortController | undefined;
      const stop = (): void => request?.abort();
      const done = (thrown: unknown): void => {
        signal.removeEventListener('abort', stop);
        if (failure !== undefined) reject(failure);
        else if (thrown === null || thrown === undefined) resolve();
        else
          reject(
            signal.aborted ? new KubeError(`${doing}: called off`) : watchFailure(thrown, doing),
          );
      };
      const take = (type: string, object: unknown): void => {
        if (signal.aborted) return;
        if (type === 'ERROR') {
          failure = ofStatus(object, undefined, doing);
          stop();
          return;
        }
        const kind = eventKinds[type];
        const version = versionOf.safeParse(object).data?.metadata.resourceVersion;
        if (kind !== undefined) onEvent({ kind, object, resourceVersion: version });
      };
      const options = { ...query, allowWatchBookmarks: true, timeoutSeconds: watchSeconds };
      signal.addEventListener('abort', stop, { once: true });
      new Watch(this.#config).watch(path, options, take, done).then((controller) => {
        request = controller;
        if (signal.aborted || failure !== undefined) stop();
      }, done);
    });
  }
}

const eventKinds: Readonly<Record<string, WatchEvent['kind']>> = {
  ADDED: 'put',
  MODIFIED: 'put',
  DELETED: 'gone',
  BOOKMARK: 'bookmark',
};

const versionOf = z.object({ metadata: z.object({ resourceVersion: z.string() }) });

const listOf = z.object({
  metadata: z.object({
    resourceVersion: z.string(),
    continue: z.string().optional(),
    /** As the client calls it in lists whose form it knows. */
    _continue: z.string().optional(),
  }),
  items: z.array(z.unknown()),
});

function asList(answer: unknown, what: string): Listed & { readonly next: string | undefined } {
  const list = listOf.safeParse(answer);
  if (!list.success) throw new KubeError(`list ${what}: the API server's answer is no list`);
  const { resourceVersion, continue: own, _continue: typed } = list.data.metadata;
  const next = (own ?? typed) || undefined; // empty on the last page
  return { items: list.data.items, resourceVersion, next };
}

/** The client tells a refused watch's HTTP status in a field of its own. */
function watchFailure(thrown: unknown, doing: string): KubeError {
  const refusal = z.object({ statusCode: z.number(), message: z.string() }).safeParse(thrown);
  if (!refusal.success) return toKubeError(thrown, doing);
  const { statusCode: status, message } = refusal.data;
  return new KubeError(`${doing}: ${message} (HTTP ${status})`, { status, cause: thrown });
}
