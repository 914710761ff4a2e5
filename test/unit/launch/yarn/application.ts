import type { Application } from '../../../../src/launch/yarn/rest-schemas.ts';

export const fleet = 'abcdef012345';
export const tag = '0b5c3a3e-8d54-4a6f-9a53-1f6d2f1f0c11';

/** An application of this fleet as a resource manager describes it. */
export function application(changes: Partial<Application>): Application {
  return {
    id: 'application_1_0001',
    user: 'alice',
    queue: 'default',
    state: 'RUNNING',
    finalStatus: 'UNDEFINED',
    diagnostics: '',
    applicationTags: `kyuubi,torii-user-alice,torii-fleet-${fleet},torii-launch-${tag},${tag}`,
    trackingUrl: 'http://rm:8088/proxy/application_1_0001/',
    startedTime: 1_795_280_612_375,
    finishedTime: 0,
    amContainerLogs: 'http://node:8042/node/containerlogs/container_1_0001_01_000001/alice',
    memorySeconds: 12_766,
    vcoreSeconds: 12,
    ...changes,
  };
}
