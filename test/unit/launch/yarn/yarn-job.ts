import type { EngineJob } from '../../../../src/launch/job-platform.ts';
import type { YarnSpec } from '../../../../src/preset/cluster-spec.ts';
import { fleet, tag } from './application.ts';

export const job: EngineJob = {
  tag,
  fleet,
  appUser: 'alice',
  appName: 'kyuubi_USER_alice',
  conf: new Map(),
  isSecret: (key) => /secret|password/i.test(key),
  environment: new Map(),
  sidecars: [],
  main: { resource: '/opt/torii/engine.jar', mainClass: 'io.torii.engine.EngineMain' },
  engineKey: 'the-engines-own-key',
  owner: { user: 'alice', group: undefined, session: 's-1', preset: undefined },
};

export const spec: YarnSpec = {
  kind: 'yarn',
  name: 'prod',
  zookeeper: undefined,
  environment: new Map(),
  limits: { maxEngines: undefined, maxEnginesPerUser: undefined, maxLaunches: undefined },
  superusers: new Set(),
  resourceManagers: ['http://rm1:8088', 'http://rm2:8088/'],
  hadoopConfDir: '/etc/hadoop/prod',
  sparkHome: undefined,
  queues: [],
  apiUser: undefined,
  principal: undefined,
  keytab: undefined,
  proxyUserMaxLifeMs: undefined,
};
