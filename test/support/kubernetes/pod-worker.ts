import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  ContainerExit,
  ContainerRuntime,
  Mount,
  StartedContainer,
} from './container-runtime.ts';
import type { EventRecorder } from './event-recorder.ts';
import type { Image } from './images.ts';
import type { ObjectApi } from './object-api.ts';
import { apiTime } from './objects.ts';
import {
  finishedStatus,
  terminatedState,
  waitingStatus,
  withReadiness,
} from './container-status.ts';
import { withCondition } from './pod-conditions.ts';
import { ConfigTrouble, environmentOf, expand } from './pod-environment.ts';
import { ContainerLog } from './pod-log.ts';
import { PodReport } from './pod-report.ts';
import { makeVolume, MountTrouble } from './pod-volumes.ts';
import type { Container, Pod, PodStatus } from './pod.ts';

export interface KubeletTimes {
  /** Between a pod's coming to its node and the first look at its images. */
  readonly startMs: number;
  /** How long an image takes that the node does not have yet. */
  readonly pullMs: number;
  /** How soon what failed is tried again: an image, a volume, a reference. */
  readonly retryMs: number;
  /** How soon a container that ended is started again, the first time; doubles. */
  readonly restartMs: number;
}

export interface NodeParts {
  readonly api: ObjectApi;
  readonly events: EventRecorder;
  readonly runtime: ContainerRuntime;
  readonly images: ReadonlyMap<string, Image>;
  readonly times: KubeletTimes;
  readonly folder: string;
  readonly clusterEnv: Readonly<Record<string, string>>;
  readonly addressFor: (pod: Pod) => string;
  readonly tokenFor: (pod: Pod) => (account: string) => string;
  readonly hostsFileFor: (pod: Pod) => string | undefined;
  readonly onRunning: (pod: Pod) => void;
}

/** Why a pod is being ended from outside, beside its deletion. */
export interface Ending {
  readonly reason: string;
  readonly message: string;
  readonly condition?: string;
}

/** What the kubelet does for one pod, from its coming to the node until its containers have ended. */
export class PodWorker {
  readonly logs = new Map<string, ContainerLog>();
  readonly running = new Map<string, StartedContainer>();
  readonly #report: PodReport;
  readonly #node: NodeParts;
  readonly #over = new AbortController();
  readonly #outOfMemory = new Set<string>();
  readonly #mounts = new Map<string, string>();
  #ending: Ending | undefined;

  constructor(pod: Pod, node: NodeParts) {
    this.#report = new PodReport(pod, node);
    this.#node = node;
  }

  get pod(): Pod {
    return this.#report.pod;
  }

  /** Resolves when everything of the pod has ended. */
  async run(): Promise<void> {
    try {
      await this.#run();
    } catch (error) {
      if (!this.#over.signal.aborted) throw error;
      await this.#endAll(0);
    }
  }

  /** TERM, and KILL once the grace is over. */
  async terminate(graceSeconds: number): Promise<void> {
    for (const name of this.running.keys())
      this.#report.event('Normal', 'Killing', `Stopping container ${name}`);
    this.#over.abort();
    await this.#endAll(graceSeconds * 1_000);
  }

  /** The pod has failed as a whole: its containers are ended, and its status says why. */
  async fail(ending: Ending): Promise<void> {
    this.#ending = ending;
    this.#over.abort();
    await this.#endAll(1_000);
    this.#report.status((status) => {
      const failed: PodStatus = {
        ...withReadiness(status, 'False', 'PodFailed'),
        phase: 'Failed',
        reason: ending.reason,
        message: ending.message,
      };
      if (ending.condition === undefined) return failed;
      const { condition: reason, message } = ending;
      return withCondition(failed, 'DisruptionTarget', 'True', { reason, message });
    });
  }

  /** As the kernel does with a container that goes over its memory. */
  killForMemory(name: string): void {
    this.#outOfMemory.add(name);
    this.running.get(name)?.kill();
  }

  /** The node is gone: nothing runs any more, and nobody says so. */
  lose(): void {
    this.#report.lose();
    this.#over.abort();
    for (const container of this.running.values()) container.kill();
  }

  async #run(): Promise<void> {
    const { times } = this.#node;
    const { spec } = this.pod;
    const inits = spec.initContainers ?? [];
    this.#report.status((status) => ({
      ...withReadiness(
        withCondition(status, 'Initialized', inits.length === 0 ? 'True' : 'False'),
        'False',
        'ContainersNotReady',
      ),
      startTime: apiTime(),
      hostIP: '127.0.0.1',
      containerStatuses: spec.containers.map((each) => waitingStatus(each, 'ContainerCreating')),
      ...(inits.length === 0
        ? {}
        : { initContainerStatuses: inits.map((each) => waitingStatus(each, 'PodInitializing')) }),
    }));
    if (spec.activeDeadlineSeconds !== undefined) this.#watchDeadline(spec.activeDeadlineSeconds);
    await this.#pause(times.startMs);
    await this.#mountVolumes();
    const podIP = this.#node.addressFor(this.pod);
    this.#report.status((status) => ({ ...status, podIP, podIPs: [{ ip: podIP }] }));
    for (const container of inits) {
      const exit = this.#keepRunning(container, true);
      if (container.restartPolicy === 'Always') {
        exit.catch(() => undefined); // it waits to be started again when all is over
        await this.#untilStarted(container);
        continue;
      }
      const { code } = await exit;
      if (code !== 0) return this.#finish();
    }
    this.#report.status((status) => withCondition(status, 'Initialized', 'True'));
    await Promise.all(spec.containers.map((container) => this.#keepRunning(container, false)));
    this.#over.abort();
    await this.#endAll(1_000);
    this.#finish();
  }

  /** Starts the container, and again as the pod's policy says; resolves to how it ended for good. */
  async #keepRunning(container: Container, isInit: boolean): Promise<ContainerExit> {
    const image = await this.#pull(container);
    const policy = isInit
      ? (container.restartPolicy ??
        (this.pod.spec.restartPolicy === 'Never' ? 'Never' : 'OnFailure'))
      : this.pod.spec.restartPolicy;
    for (let restarts = 0; ; restarts += 1) {
      const exit = await this.#runOnce(container, image, restarts);
      const isAgain = policy === 'Always' || (policy === 'OnFailure' && exit.code !== 0);
      if (!isAgain || this.#over.signal.aborted) return exit;
      const delayMs = this.#node.times.restartMs * 2 ** Math.min(restarts, 5);
      const text = `Back-off restarting failed container ${container.name} in pod ${this.pod.metadata.name}`;
      this.#report.container(container.name, (status) => ({
        ...status,
        ready: false,
        started: false,
        restartCount: restarts + 1,
        lastState: status.state,
        state: { waiting: { reason: 'CrashLoopBackOff', message: text } },
      }));
      this.#report.event('Warning', 'BackOff', text);
      await this.#pause(delayMs);
    }
  }

  async #runOnce(container: Container, image: Image, restarts: number): Promise<ContainerExit> {
    const { name } = container;
    const env = await this.#environment(container, image);
    const log = new ContainerLog();
    this.logs.set(name, log);
    const containerID = `containerd://${randomBytes(32).toString('hex')}`;
    this.#report.event('Normal', 'Created', `Created container: ${name}`);
    const expanded = (list: readonly string[] | undefined) =>
      list?.map((each) => expand(each, env));
    const command = expanded(container.command) ?? image.entrypoint ?? [];
    const args =
      expanded(container.args) ?? (container.command === undefined ? image.args : undefined) ?? [];
    this.#over.signal.throwIfAborted();
    const running = this.#node.runtime.start({
      name: `${this.pod.metadata.name}/${name}`,
      root: join(this.#node.folder, 'containers', `${name}-${restarts}`),
      hostname: (this.pod.spec.hostname ?? this.pod.metadata.name).slice(0, 63),
      image,
      mounts: this.#mountsOf(container),
      command: [...command, ...args],
      env,
      workingDir: container.workingDir ?? image.workingDir ?? '/',
      log,
    });
    this.running.set(name, running);
    let startedAt = apiTime();
    const isUp = await Promise.race([
      running.started.then(() => true),
      running.exited.then(({ refusal }) => refusal === undefined),
    ]);
    if (isUp) {
      startedAt = apiTime();
      this.#report.event('Normal', 'Started', `Started container ${name}`);
      this.#report.container(name, (status) => ({
        ...status,
        ready: true,
        started: true,
        containerID,
        state: { running: { startedAt } },
      }));
      if (this.#report.runsWhenReady()) this.#node.onRunning(this.pod);
    }
    const exit = await running.exited;
    this.running.delete(name);
    log.end();
    if (exit.refusal !== undefined)
      this.#report.event('Warning', 'Failed', `Error: ${exit.refusal}`);
    const terminated = terminatedState(container, exit, log, {
      isOutOfMemory: this.#outOfMemory.has(name),
      startedAt,
      containerID,
    });
    this.#report.container(name, (status) => ({
      ...status,
      ready: false,
      started: false,
      state: { terminated },
    }));
    return exit;
  }

  /** The next container waits for this one's startup probe; one that fails too often is ended, and so begins anew. */
  async #untilStarted({ name, startupProbe }: Container): Promise<void> {
    const port = Number(startupProbe?.tcpSocket?.port ?? 0);
    if (port === 0) return;
    const { periodSeconds = 10, failureThreshold = 3 } = startupProbe ?? {};
    const host = this.pod.status.podIP ?? '127.0.0.1';
    for (let failures = 0; ;) {
      await this.#pause(periodSeconds * 1_000);
      const running = this.running.get(name);
      if (running === undefined) continue; // it is being started (again)
      if (await this.#node.runtime.takesConnections(host, port)) return;
      failures += 1;
      const text = `Startup probe failed: dial tcp ${host}:${port}: connect: connection refused`;
      this.#report.event('Warning', 'Unhealthy', text);
      if (failures < failureThreshold) continue;
      failures = 0;
      this.#report.event(
        'Normal',
        'Killing',
        `Container ${name} failed startup probe, will be restarted`,
      );
      running.terminate();
    }
  }

  async #pull(container: Container): Promise<Image> {
    const { image: wanted = '', name } = container;
    for (let tries = 0; ; tries += 1) {
      this.#report.event('Normal', 'Pulling', `Pulling image "${wanted}"`);
      await this.#pause(this.#node.times.pullMs);
      const image = this.#node.images.get(wanted);
      if (image !== undefined) {
        this.#report.event('Normal', 'Pulled', `Successfully pulled image "${wanted}"`);
        return image;
      }
      const why = `failed to pull and unpack image "${wanted}": failed to resolve reference "${wanted}": ${wanted}: not found`;
      this.#report.event('Warning', 'Failed', `Failed to pull image "${wanted}": ${why}`);
      this.#report.event('Warning', 'Failed', 'Error: ErrImagePull');
      this.#report.waits(name, 'ErrImagePull', why);
      await this.#pause(this.#node.times.retryMs);
      const backOff = `Back-off pulling image "${wanted}"`;
      this.#report.event('Normal', 'BackOff', backOff);
      this.#report.event('Warning', 'Failed', 'Error: ImagePullBackOff');
      this.#report.waits(name, 'ImagePullBackOff', `${backOff}: ErrImagePull: ${why}`);
      await this.#pause(this.#node.times.retryMs * 2 ** Math.min(tries, 6));
    }
  }

  async #mountVolumes(): Promise<void> {
    const { store } = this.#node.api;
    for (const volume of this.pod.spec.volumes ?? []) {
      const folder = join(this.#node.folder, 'volumes', volume.name);
      for (;;) {
        try {
          const made = makeVolume(store, this.pod, volume, folder, this.#node.tokenFor(this.pod));
          this.#mounts.set(volume.name, made);
          break;
        } catch (error) {
          if (!(error instanceof MountTrouble)) throw error;
          this.#report.event('Warning', 'FailedMount', error.message);
        }
        await this.#pause(this.#node.times.retryMs);
      }
    }
  }

  #mountsOf(container: Container): Mount[] {
    const hosts = this.#node.hostsFileFor(this.pod);
    const mounts: Mount[] =
      hosts === undefined ? [] : [{ source: hosts, target: '/etc/hosts', isReadOnly: false }];
    for (const { name, mountPath, subPath, readOnly } of container.volumeMounts ?? []) {
      const source = this.#mounts.get(name);
      if (source === undefined) continue;
      mounts.push({
        source: subPath === undefined ? source : join(source, subPath),
        target: mountPath.replace(/[/]$/, ''),
        isReadOnly: readOnly === true,
      });
    }
    return mounts.toSorted((a, b) => a.target.length - b.target.length);
  }

  async #environment(container: Container, image: Image): Promise<Record<string, string>> {
    const given = {
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      HOSTNAME: this.pod.metadata.name,
      HOME: '/root',
      ...image.env,
      ...this.#node.clusterEnv,
    };
    for (;;) {
      try {
        return environmentOf(this.#node.api.store, this.pod, container, given);
      } catch (error) {
        if (!(error instanceof ConfigTrouble)) throw error;
        this.#report.waits(container.name, 'CreateContainerConfigError', error.message);
        this.#report.event('Warning', 'Failed', `Error: ${error.message}`);
      }
      await this.#pause(this.#node.times.retryMs);
    }
  }

  #finish(): void {
    if (this.#ending === undefined)
      this.#report.status((status) => finishedStatus(this.pod, status));
  }

  #watchDeadline(seconds: number): void {
    const message = 'Pod was active on the node longer than the specified deadline';
    void sleep(seconds * 1_000, undefined, { signal: this.#over.signal }).then(
      () => {
        this.#report.event('Normal', 'DeadlineExceeded', message);
        return this.fail({ reason: 'DeadlineExceeded', message });
      },
      () => undefined,
    );
  }

  async #endAll(graceMs: number): Promise<void> {
    const all = [...this.running.values()];
    if (graceMs > 0) for (const container of all) container.terminate();
    const timer = setTimeout(() => {
      for (const container of all) container.kill();
    }, graceMs);
    await Promise.all(all.map(({ exited }) => exited));
    clearTimeout(timer);
    // Their ends are written to the status before anybody goes on.
    await new Promise((resolve) => setImmediate(resolve));
  }

  async #pause(ms: number): Promise<void> {
    const { signal } = this.#over;
    signal.throwIfAborted();
    if (ms > 0) await sleep(ms, undefined, { signal });
  }
}
