import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProcess } from '../processes.ts';
import { sparkHome } from '../spark-homes.ts';
import { sparkEnvironment } from '../spark-thrift-server.ts';
import { EventRecorder } from './event-recorder.ts';
import type { ObjectApi } from './object-api.ts';
import { apiTime, type KubeObject } from './objects.ts';
import type { Container, ContainerStatus, Pod } from './pod.ts';
import { pods, sparkApplications } from './resources.ts';
import {
  type ApplicationStatus,
  driverPodName,
  operatorLabels,
  type SparkApplication,
} from './spark-application.ts';
import { submissionConf } from './spark-submission.ts';

export interface OperatorParts {
  readonly api: ObjectApi;
  /** Where it reaches the API, without TLS. */
  readonly url: string;
  readonly token: string;
  readonly dir: string;
  /** Whether spark-submit is really run; otherwise a driver pod is made right away. */
  readonly submits: boolean;
}

const ended = new Set(['COMPLETED', 'FAILED', 'SUBMISSION_FAILED']);

/** Does with SparkApplications what the Spark operator does: submits them, and says what becomes of them. */
export class SparkOperator {
  readonly #parts: OperatorParts;
  readonly #api: ObjectApi;
  readonly #events: EventRecorder;
  readonly #tokenFile: string;
  readonly #submissions = new Set<Promise<void>>();
  readonly #seen = new Set<string>();

  constructor(parts: OperatorParts) {
    this.#parts = parts;
    this.#api = parts.api;
    this.#events = new EventRecorder(parts.api.store, 'spark-application-controller');
    const folder = join(parts.dir, 'operator');
    mkdirSync(folder);
    this.#tokenFile = join(folder, 'token');
    writeFileSync(this.#tokenFile, parts.token, { mode: 0o600 });
    parts.api.addPodMutation((pod) => this.#mutate(pod));
    parts.api.store.onChange(({ resource, type, object }) => {
      if (resource === sparkApplications && type !== 'DELETED') {
        if (!this.#seen.has(object.metadata.uid)) this.#begin(asApplication(object));
      }
      const app = resource === pods ? object.metadata.labels?.[operatorLabels.app] : undefined;
      // the schema has let it in as a pod
      if (app !== undefined) this.#follow(app, object as Pod, type === 'DELETED');
    });
  }

  /** Waits for submissions that are under way. */
  async stop(): Promise<void> {
    await Promise.all(this.#submissions);
  }

  #begin(application: SparkApplication): void {
    this.#seen.add(application.metadata.uid);
    this.#event(
      application,
      'Normal',
      'SparkApplicationAdded',
      'was added, enqueuing it for submission',
    );
    const work = this.#submit(application, 1).finally(() => this.#submissions.delete(work));
    this.#submissions.add(work);
  }

  async #submit(application: SparkApplication, attempt: number): Promise<void> {
    const submissionID = randomUUID();
    const podName = driverPodName(application);
    const why = this.#parts.submits
      ? await this.#runSubmit(application, submissionID)
      : this.#makeDriver(application, submissionID);
    const isIn = why === undefined;
    this.#status(application, (status) => ({
      ...status,
      ...{ submissionID, submissionAttempts: attempt, executionAttempts: isIn ? attempt : 0 },
      lastSubmissionAttemptTime: apiTime(),
      driverInfo: isIn ? { podName } : {},
      applicationState: isIn
        ? { state: 'SUBMITTED' }
        : { state: 'SUBMISSION_FAILED', errorMessage: `failed to run spark-submit: ${why}` },
    }));
    if (isIn)
      this.#event(application, 'Normal', 'SparkApplicationSubmitted', 'was submitted successfully');
    else
      this.#event(
        application,
        'Warning',
        'SparkApplicationSubmissionFailed',
        `failed to submit: ${why}`,
      );
    // The driver may have come up before its application was known as submitted.
    const driver = this.#api.store.find(pods, application.metadata.namespace, podName);
    // the schema has let it in as a pod
    if (driver !== undefined) this.#follow(application.metadata.name, driver as Pod, false);
  }

  /** What spark-submit had against it; nothing when it went well. */
  async #runSubmit(application: SparkApplication, submission: string): Promise<string | undefined> {
    const { spec } = application;
    const home = sparkHome('3.5');
    const conf = {
      ...submissionConf(application, submission),
      'spark.kubernetes.authenticate.submission.oauthTokenFile': this.#tokenFile,
    };
    // In a file: what a conf holds is nobody's business who can list processes.
    const file = join(this.#parts.dir, 'operator', `${submission}.conf`);
    const lines = Object.entries(conf).map(([key, value]) => `${key} ${escaped(value)}`);
    writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600 });
    const args = ['--master', `k8s://${this.#parts.url}`, '--deploy-mode', 'cluster'];
    if (spec.mainClass !== undefined) args.push('--class', spec.mainClass);
    if (spec.proxyUser !== undefined) args.push('--proxy-user', spec.proxyUser);
    args.push('--properties-file', file, spec.mainApplicationFile, ...(spec.arguments ?? []));
    const run = await runProcess(join(home, 'bin', 'spark-submit'), args, {
      env: sparkEnvironment(home),
    });
    if (run.code === 0) return undefined;
    return `exit status ${String(run.code)}, ${run.stderr.trim()}`;
  }

  #makeDriver(application: SparkApplication, submission: string): string | undefined {
    const { metadata, spec } = application;
    const { driver } = spec;
    const labels = {
      ...driver.labels,
      'spark-role': 'driver',
      'spark-app-selector': `spark-${submission.replaceAll('-', '')}`,
      [operatorLabels.app]: metadata.name,
      [operatorLabels.launched]: 'true',
      [operatorLabels.submission]: submission,
    };
    try {
      this.#api.create(pods, metadata.namespace, {
        metadata: { name: driverPodName(application), labels, annotations: driver.annotations },
        spec: {
          restartPolicy: 'Never',
          serviceAccountName: driver.serviceAccount,
          containers: [
            {
              name: 'spark-kubernetes-driver',
              image: driver.image ?? spec.image,
              args: ['driver', '--class', spec.mainClass ?? '', spec.mainApplicationFile],
              resources: {
                requests: {
                  cpu: driver.coreRequest ?? String(driver.cores ?? 1),
                  memory: (driver.memory ?? '1g').replace(
                    /([mgt])$/i,
                    (unit) => `${unit.toUpperCase()}i`,
                  ),
                },
              },
            },
          ],
        },
      });
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  /** What the operator's web hook adds to the pods of its applications, which Spark has no setting for. */
  #mutate(pod: Pod): Pod {
    const app = pod.metadata.labels?.[operatorLabels.app];
    if (app === undefined) return pod;
    const { namespace } = pod.metadata;
    const found = this.#api.store.find(sparkApplications, namespace, app);
    if (found === undefined) return pod;
    const application = asApplication(found);
    const isDriver = pod.metadata.labels?.['spark-role'] === 'driver';
    const role = isDriver ? application.spec.driver : application.spec.executor;
    const { name, uid } = application.metadata;
    const { apiVersion, kind } = application;
    const owner = { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
    const configMaps = (role.configMaps ?? []).map((each) => ({
      volume: { name: `${each.name}-vol`, configMap: { name: each.name } },
      mount: { name: `${each.name}-vol`, mountPath: each.path },
    }));
    const mounts = [...(role.volumeMounts ?? []), ...configMaps.map(({ mount }) => mount)];
    const wanted = new Set(mounts.map((mount) => mount.name));
    const volumes = (application.spec.volumes ?? []).filter((volume) => wanted.has(volume.name));
    const more = (container: Container): Container => ({
      ...container,
      env: [...(container.env ?? []), ...(role.env ?? [])],
      envFrom: [...(container.envFrom ?? []), ...(role.envFrom ?? [])],
      volumeMounts: [...(container.volumeMounts ?? []), ...mounts],
    });
    const [first, ...rest] = pod.spec.containers;
    if (first === undefined) return pod;
    const selector = { ...application.spec.nodeSelector, ...role.nodeSelector };
    return {
      ...pod,
      metadata: isDriver ? { ...pod.metadata, ownerReferences: [owner] } : pod.metadata,
      spec: {
        ...pod.spec,
        ...(role.terminationGracePeriodSeconds === undefined
          ? {}
          : { terminationGracePeriodSeconds: role.terminationGracePeriodSeconds }),
        nodeSelector: { ...pod.spec.nodeSelector, ...selector },
        tolerations: [...(pod.spec.tolerations ?? []), ...(role.tolerations ?? [])],
        volumes: [
          ...(pod.spec.volumes ?? []),
          ...volumes,
          ...configMaps.map(({ volume }) => volume),
        ],
        initContainers: [...(pod.spec.initContainers ?? []), ...(role.initContainers ?? [])],
        containers: [more(first), ...rest, ...(role.sidecars ?? [])],
      },
    };
  }

  #follow(app: string, pod: Pod, isDeleted: boolean): void {
    const { namespace, name, labels } = pod.metadata;
    const found = this.#api.store.find(sparkApplications, namespace, app);
    if (found === undefined) return;
    const application = asApplication(found);
    const before = application.status?.applicationState.state ?? '';
    if (labels?.['spark-role'] === 'executor') {
      const state = isDeleted ? 'COMPLETED' : executorState(pod);
      this.#status(application, (status) => ({
        ...status,
        executorState: { ...status.executorState, [name]: state },
      }));
      return;
    }
    if (before === '' || ended.has(before)) return;
    const next = isDeleted
      ? { state: 'FAILING' as const, errorMessage: 'driver pod not found' }
      : driverState(pod);
    if (next === undefined || next.state === before) return;
    this.#status(application, (status) => ({
      ...status,
      applicationState: next,
      sparkApplicationId: labels?.['spark-app-selector'] ?? '',
    }));
    if (next.state === 'RUNNING')
      this.#event(application, 'Normal', 'SparkDriverRunning', `Driver ${name} is running`);
    if (next.state === 'SUCCEEDING' || next.state === 'FAILING') this.#end(application, next);
  }

  #end(application: SparkApplication, why: ApplicationStatus['applicationState']): void {
    const hasFailed = why.state === 'FAILING';
    setImmediate(() => {
      this.#status(application, (status) => ({
        ...status,
        terminationTime: apiTime(),
        applicationState: { ...why, state: hasFailed ? 'FAILED' : 'COMPLETED' },
      }));
      if (hasFailed)
        this.#event(
          application,
          'Warning',
          'SparkApplicationFailed',
          `failed: ${why.errorMessage ?? ''}`,
        );
      else this.#event(application, 'Normal', 'SparkApplicationCompleted', 'completed');
      const { timeToLiveSeconds } = application.spec;
      if (timeToLiveSeconds !== undefined)
        setTimeout(() => this.#remove(application), timeToLiveSeconds * 1_000).unref();
    });
  }

  #remove({ metadata }: SparkApplication): void {
    const { namespace, name, uid } = metadata;
    const found = this.#api.store.find(sparkApplications, namespace, name);
    if (found?.metadata.uid === uid)
      this.#api.delete({ resource: sparkApplications, namespace, name });
  }

  #status(application: SparkApplication, change: (status: ApplicationStatus) => ApplicationStatus) {
    this.#api.changeStatus<ApplicationStatus>(application, sparkApplications, change);
  }

  #event(application: SparkApplication, type: 'Normal' | 'Warning', reason: string, what: string) {
    const text = `SparkApplication ${application.metadata.name} ${what}`;
    this.#events.record(application, type, reason, text);
  }
}

// the schema has let it in as such
const asApplication = (object: KubeObject) => object as SparkApplication;

function executorState({ status }: Pod): string {
  switch (status.phase ?? 'Pending') {
    case 'Running':
      return 'RUNNING';
    case 'Succeeded':
      return 'COMPLETED';
    case 'Failed':
      return 'FAILED';
    case 'Unknown':
      return 'UNKNOWN';
    case 'Pending':
      return 'PENDING';
  }
}

function driverState({ status }: Pod): ApplicationStatus['applicationState'] | undefined {
  switch (status.phase ?? 'Pending') {
    case 'Running':
      return { state: 'RUNNING' };
    case 'Succeeded':
      return { state: 'SUCCEEDING' };
    case 'Failed':
      return {
        state: 'FAILING',
        errorMessage: failureText(status.containerStatuses ?? [], status.message),
      };
    case 'Unknown':
      return { state: 'UNKNOWN' };
    case 'Pending':
      return undefined;
  }
}

function failureText(statuses: readonly ContainerStatus[], message: string | undefined): string {
  for (const { name, state } of statuses) {
    if (name !== 'spark-kubernetes-driver' || !('terminated' in state)) continue;
    const { exitCode, reason } = state.terminated;
    if (exitCode !== 0)
      return `driver container failed with ExitCode: ${exitCode}, Reason: ${reason}`;
  }
  return message ?? 'driver pod failed';
}

/** As a Java properties file wants a value. */
function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}
