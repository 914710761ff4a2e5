import { HttpMethod, type KubeConfig, RequestContext } from '@kubernetes/client-node';
import { expect, it } from 'vitest';
import { PooledKubeConfig } from '../../../../src/launch/kubernetes/pooled-kube-config.ts';
import { newSecret } from '../../../support/secrets.ts';

function configWith(caData: string, token = newSecret()): PooledKubeConfig {
  const config = new PooledKubeConfig();
  config.loadFromOptions(optionsWith(caData, token));
  return config;
}

function optionsWith(caData: string, token: string): Parameters<KubeConfig['loadFromOptions']>[0] {
  return {
    clusters: [{ name: 'c', server: 'https://cluster.example', caData, skipTLSVerify: false }],
    users: [{ name: 'u', token }],
    contexts: [{ name: 'x', cluster: 'c', user: 'u' }],
    currentContext: 'x',
  };
}

async function callBy(config: PooledKubeConfig): Promise<RequestContext> {
  const context = new RequestContext('https://cluster.example/api', HttpMethod.GET);
  await config.applySecurityAuthentication(context);
  return context;
}

const one = Buffer.from('one certificate').toString('base64');
const other = Buffer.from('another certificate').toString('base64');

it('calls share their connections, also while they begin at the same time', async () => {
  const config = configWith(one);
  const calls = await Promise.all([callBy(config), callBy(config), callBy(config)]);
  const [first] = calls;
  expect(first?.getDispatcher()).toBeDefined();
  for (const call of calls) expect(call.getDispatcher()).toBe(first?.getDispatcher());
});

it('a new token goes with the next call over the same connections', async () => {
  const config = configWith(one);
  const before = await callBy(config);
  const token = newSecret();
  config.loadFromOptions(optionsWith(one, token));
  const after = await callBy(config);
  expect(after.getHeaders()['Authorization']).toBe(`Bearer ${token}`);
  expect(after.getDispatcher()).toBe(before.getDispatcher());
});

it('who vouches for the cluster has changed: the next call makes connections of its own', async () => {
  const config = configWith(one);
  const before = await callBy(config);
  config.loadFromOptions(optionsWith(other, newSecret()));
  const after = await callBy(config);
  expect(after.getDispatcher()).toBeDefined();
  expect(after.getDispatcher()).not.toBe(before.getDispatcher());
});
