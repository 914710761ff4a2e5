import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runningSparkEngine } from '../../../bench/spark-engine.ts';
import { engineKey, mintToken } from '../../../src/engine/engine-token.ts';
import { type RunningGateway, startGateway } from '../../support/gateway.ts';
import { connectHs2, type Hs2Address } from '../../support/hs2-client.ts';

let gateway: RunningGateway;
let port: number;
let token: () => string;

/** Two engines of one gateway: what opens the one must not open the other. */
beforeAll(async () => {
  gateway = await startGateway();
  for (const user of ['alice', 'bob']) {
    const client = await connectHs2({ port: gateway.port, user, password: 'x' });
    await (await client.openSession()).run('select 1');
    client.end();
  }
  ({ port } = await runningSparkEngine(gateway, 'alice'));
  const bob = await runningSparkEngine(gateway, 'bob');
  token = () => bob.token();
});
afterAll(() => gateway.stop());

async function open(login: Omit<Hs2Address, 'port'>): Promise<number> {
  const client = await connectHs2({ port, limitMs: 10_000, ...login });
  try {
    return (await client.openSession()).protocol;
  } finally {
    client.end();
  }
}

const settings = { keyLengthBits: 256, lifetimeMs: 600_000 };

describe('whoever contacts an engine directly', () => {
  it.each<[string, () => Omit<Hs2Address, 'port'>]>([
    ['without a password', () => ({ user: 'alice', password: '' })],
    ['with a password', () => ({ user: 'alice', password: 'secret' })],
    ['with another engine’s token', () => ({ user: 'alice', password: token() })],
    [
      'with a token of a key of their own',
      () => ({ user: 'alice', password: mintToken(engineKey('own', 'x'), settings, Date.now()) }),
    ],
    ['without SASL', () => ({ auth: 'nosasl', user: 'alice' })],
  ])('%s gets no session', async (_, login) => {
    await expect(open(login())).rejects.toThrow(/access token|closed|password/i);
  });

  it('with its token gets one, until that is too old', async () => {
    const engine = await runningSparkEngine(gateway, 'alice');
    expect(await open({ user: 'alice', password: engine.token() })).toBeGreaterThan(5);
    const old = engine.token(Date.now() - 3_600_000);
    await expect(open({ user: 'alice', password: old })).rejects.toThrow(/expired/);
  });

  it('with bytes of no protocol hurts nobody', async () => {
    const sent = [
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      Buffer.alloc(4096, 0xff),
      Buffer.of(1, 127),
    ];
    for (const bytes of sent) {
      const socket = connect(port, '127.0.0.1').on('error', () => {});
      socket.end(bytes);
      await new Promise((resolve) => socket.resume().once('close', resolve));
    }
    const engine = await runningSparkEngine(gateway, 'alice');
    expect(await open({ user: 'alice', password: engine.token() })).toBeGreaterThan(5);
  });
});
