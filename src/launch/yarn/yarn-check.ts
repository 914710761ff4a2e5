import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { reasonOf } from '../../core/errors.ts';
import { type Finding, failed, ok, unknown } from '../../core/finding.ts';
import type { YarnSpec } from '../../preset/cluster-spec.ts';
import type { ClusterCheck } from '../cluster-check.ts';
import { Applications } from './applications.ts';
import { queueTrouble } from './queue-check.ts';
import { ManagerRefusal, ResourceManagers } from './resource-managers.ts';
import type { Fetch } from './rest-request.ts';

export interface YarnCheckOptions {
  readonly spec: YarnSpec;
  /** The gateway's own, where the cluster names none. */
  readonly sparkHome: string | undefined;
  readonly osUser: string;
  readonly fetch?: Fetch;
}

/** Whether YARN answers and has the queues, and the gateway's host what spark-submit needs. */
export function yarnChecks(options: YarnCheckOptions): readonly ClusterCheck[] {
  const { spec, osUser } = options;
  const applications = new Applications(
    new ResourceManagers({
      addresses: spec.resourceManagers,
      user: spec.apiUser ?? osUser,
      ...(options.fetch === undefined ? {} : { fetch: options.fetch }),
    }),
  );
  const files = [
    ...['core-site.xml', 'yarn-site.xml'].map((name) => join(spec.hadoopConfDir, name)),
    ...(spec.keytab === undefined ? [] : [spec.keytab]),
  ];
  return [
    { what: 'resource manager', run: (signal) => managerFindings(spec, applications, signal) },
    ...files.map((path) => ({ what: path, run: async () => [await fileFinding(path)] })),
    { what: 'Spark', run: async () => [await sparkFinding(spec.sparkHome ?? options.sparkHome)] },
  ];
}

async function managerFindings(
  spec: YarnSpec,
  applications: Applications,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const check = 'resource manager';
  try {
    const root = await applications.queues(signal);
    const answers = ok(check, `${spec.resourceManagers.join(', ')}: the active one answers`);
    if (root === undefined) {
      return [answers, unknown('queues', 'the scheduler of this cluster does not tell its queues')];
    }
    const queues = spec.queues.length === 0 ? ['default'] : spec.queues;
    return [
      answers,
      ...queues.map((queue): Finding => {
        const trouble = queueTrouble(queue, root);
        if (trouble !== undefined) return failed(`queue ${queue}`, trouble.message, trouble.hint);
        return ok(`queue ${queue}`, 'it takes applications');
      }),
    ];
  } catch (thrown) {
    signal.throwIfAborted();
    const message = reasonOf(thrown);
    const hint =
      thrown instanceof ManagerRefusal
        ? 'Check `apiUser` of the cluster, and the rights of its REST API.'
        : 'Check `resourceManagers` of the cluster, and the way there.';
    return [failed(check, message, hint)];
  }
}

async function fileFinding(path: string): Promise<Finding> {
  try {
    await access(path, constants.R_OK);
    return ok(path, 'it can be read');
  } catch {
    return failed(path, "it can't be read", 'Mount it, or correct the path in the cluster.');
  }
}

async function sparkFinding(home: string | undefined): Promise<Finding> {
  const hint = 'Set `sparkHome` of the cluster, torii.spark.home or SPARK_HOME.';
  if (home === undefined) return failed('Spark', 'no installation is known to submit with', hint);
  const submit = join(home, 'bin', 'spark-submit');
  try {
    await access(submit, constants.X_OK);
    return ok('Spark', `${submit} is there`);
  } catch {
    return failed('Spark', `${submit} can't be run`, hint);
  }
}
