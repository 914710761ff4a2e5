import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { found } from '../../../support/found.ts';
import { yarnChecks } from '../../../../src/launch/yarn/yarn-check.ts';
import type { Fetch } from '../../../../src/launch/yarn/rest-request.ts';
import type { YarnSpec } from '../../../../src/preset/cluster-spec.ts';
import { makeTempDir, removeTempDir } from '../../../support/temp-dir.ts';

let dir: string;

beforeAll(() => {
  dir = makeTempDir('yarn-check');
  mkdirSync(join(dir, 'bin'));
  for (const name of ['core-site.xml', 'yarn-site.xml', 'bin/spark-submit']) {
    writeFileSync(join(dir, name), '');
  }
  chmodSync(join(dir, 'bin', 'spark-submit'), 0o755);
});
afterAll(() => removeTempDir(dir));

const scheduler = {
  type: 'capacityScheduler',
  queueName: 'root',
  queues: {
    queue: [
      { queueName: 'default', state: 'RUNNING' },
      { queueName: 'etl', state: 'STOPPED' },
    ],
  },
};
const answers: Fetch = () =>
  Promise.resolve(Response.json({ scheduler: { schedulerInfo: scheduler } }));

async function verdicts(fetch: Fetch, change: Partial<YarnSpec> = {}) {
  const spec: YarnSpec = {
    ...{ kind: 'yarn', name: 'warehouse', zookeeper: undefined, environment: new Map() },
    limits: { maxEngines: undefined, maxEnginesPerUser: undefined, maxLaunches: undefined },
    ...{ superusers: new Set(), resourceManagers: ['http://rm:8088'], hadoopConfDir: dir },
    ...{ sparkHome: dir, queues: ['default', 'etl'], apiUser: undefined, principal: undefined },
    ...{ keytab: undefined, proxyUserMaxLifeMs: undefined },
    ...change,
  };
  const checks = yarnChecks({ spec, sparkHome: undefined, osUser: 'torii', fetch });
  const all = await found(checks);
  return Object.fromEntries(all.map(({ check, verdict }) => [check, verdict]));
}

it('a YARN that answers, with one queue that is open and one that is not', async () => {
  expect(await verdicts(answers)).toEqual({
    'resource manager': 'ok',
    'queue default': 'ok',
    'queue etl': 'failed',
    [join(dir, 'core-site.xml')]: 'ok',
    [join(dir, 'yarn-site.xml')]: 'ok',
    Spark: 'ok',
  });
});

it('what does not answer and what is not there', async () => {
  const silent: Fetch = () => Promise.reject(new Error('connect ECONNREFUSED'));
  const away = join(dir, 'away');
  expect(
    await verdicts(silent, { hadoopConfDir: away, sparkHome: away, keytab: join(away, 'k') }),
  ).toEqual({
    'resource manager': 'failed',
    [join(away, 'core-site.xml')]: 'failed',
    [join(away, 'yarn-site.xml')]: 'failed',
    [join(away, 'k')]: 'failed',
    Spark: 'failed',
  });
});
