import { afterAll, beforeAll, expect, it } from 'vitest';
import { found } from '../../support/found.ts';
import { kubernetesChecks } from '../../../src/launch/kubernetes/kubernetes-check.ts';
import type { KubernetesSpec } from '../../../src/preset/cluster-spec.ts';
import { specOf } from '../../unit/launch/kubernetes/engine-job.ts';
import { KubernetesLab, namespace } from './kubernetes-lab.ts';

let lab: KubernetesLab;

beforeAll(async () => {
  lab = await KubernetesLab.start();
});
afterAll(() => lab.stop());

async function verdicts(change: Partial<KubernetesSpec> = {}) {
  const kubeconfig = lab.cluster.writeKubeconfig();
  const spec = specOf({
    kubeconfig,
    image: 'spark:test',
    namespace,
    serviceAccount: 'spark',
    ...change,
  });
  const all = await found(kubernetesChecks(spec));
  return Object.fromEntries(all.map(({ check, verdict }) => [check, verdict]));
}

it('a cluster that answers and lets the gateway do all that launches need', async () => {
  expect(await verdicts()).toEqual({
    'API server': 'ok',
    'rights of the gateway': 'ok',
    [`namespace ${namespace}`]: 'ok',
    image: 'unknown',
    'service account': 'ok',
  });
});

it('the rights that the docs list are enough, and what is missing is named', async () => {
  const { access } = lab.cluster;
  const user = 'gateway';
  access.allow(
    { user, verbs: ['create', 'get', 'list', 'watch', 'delete'], resources: ['pods'] },
    { user, verbs: ['get'], resources: ['pods/log'] },
    { user, verbs: ['create', 'get'], resources: ['secrets'] },
    { user, verbs: ['list', 'watch'], resources: ['events'] },
  );
  const kubeconfig = lab.cluster.writeKubeconfig(access.tokenFor(user));
  expect((await verdicts({ kubeconfig }))['rights of the gateway']).toBe('ok');
  const withService = specOf({ kubeconfig, namespace, driverService: true });
  const all = await found(kubernetesChecks(withService));
  expect(all.find(({ check }) => check === 'rights of the gateway')?.seen).toContain(
    'it may not create services, get services in',
  );
});

it('a namespace that is not there, and no image', async () => {
  expect(await verdicts({ namespace: 'nowhere', image: undefined })).toMatchObject({
    'namespace nowhere': 'failed',
    image: 'warning',
  });
});

it('a kubeconfig that is not there', async () => {
  expect(await verdicts({ kubeconfig: '/nonexistent' })).toMatchObject({ 'API server': 'failed' });
});
