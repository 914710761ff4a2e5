import { afterAll, afterEach, beforeAll, describe, expect, it, test } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { startLogins } from '../../../src/auth/provider-table.ts';
import type { StartedLogins } from '../../../src/auth/provider-table.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { saslStatus } from '../../../src/wire/sasl-negotiation.ts';
import { collectedLog } from '../../support/collected-log.ts';
import { FakeHs2Server } from '../../support/fake-hs2-server.ts';
import { encodeEmptyCall } from '../../support/hs2-wire.ts';
import { startInProcess } from '../../support/in-process-gateway.ts';
import { GssapiClient } from '../../support/kerberos/gssapi-client.ts';
import type { Layer, LayerWish, SaslAnswer } from '../../support/kerberos/gssapi-client.ts';
import { Initiator } from '../../support/kerberos/initiator.ts';
import { type Kdc, startKdc } from '../../support/kerberos/kdc.ts';
import { RawSaslClient } from '../../support/raw-sasl-client.ts';
import { StreamingDoor } from '../../support/streaming-door.ts';
import { callForBytes, replyBytes } from '../../support/streaming-engine.ts';

const { start, ok, bad, complete } = saslStatus;

let kdc: Kdc;
let keytab: string;
let alice: string;
let hive: string;
const endings: (() => Promise<unknown> | void)[] = [];

beforeAll(async () => {
  kdc = await startKdc();
  await kdc.addPrincipals('hive/localhost', 'alice');
  process.env['KRB5_CONFIG'] = kdc.krb5Conf;
  keytab = await kdc.keytab('hive/localhost');
  alice = await kdc.kinit('alice');
  hive = `hive/localhost@${kdc.realm}`;
});

afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});

afterAll(async () => {
  delete process.env['KRB5_CONFIG'];
  await kdc.stop();
});

const settings = (more: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  'kyuubi.authentication': 'KERBEROS',
  'kyuubi.kinit.principal': hive,
  'kyuubi.kinit.keytab': keytab,
  'kyuubi.authentication.sasl.qop': 'auth,auth-int,auth-conf',
  ...more,
});

async function logins(): Promise<StartedLogins> {
  const { config } = loadConfig({
    environment: {},
    currentDir: '/nonexistent',
    confArguments: Object.entries(settings()).map(([key, value]) => `${key}=${value}`),
  });
  const { log } = collectedLog();
  const started = await startLogins({ config, environment: {}, clock: systemClock, log });
  endings.push(() => started.stop());
  return started;
}

/** Up to the client's choice, and what came of it. */
async function choose(
  port: number,
  wish: LayerWish,
): Promise<{ readonly client: GssapiClient; readonly answer: SaslAnswer }> {
  const client = new GssapiClient(port, new Initiator({ cache: alice, service: hive }));
  endings.push(() => client.end());
  expect(await client.offered(await client.bring())).toBe(7);
  return { client, answer: await client.choose(wish) };
}

async function login(port: number, wish: LayerWish): Promise<GssapiClient> {
  const { client, answer } = await choose(port, wish);
  expect(answer).toEqual({ status: complete, text: '' });
  return client;
}

/** A door in front of an engine that answers with as many bytes as it is asked for. */
async function openDoor(): Promise<{ readonly port: number }> {
  const door = await StreamingDoor.open({ logins: await logins() });
  endings.push(() => door.stop());
  return door;
}

describe.each<Layer>(['auth', 'auth-int', 'auth-conf'])('rows with the layer %s', (layer) => {
  test.each([
    ['a large buffer', 0xffffff],
    ['a small one', 4096],
  ])('are those of the engine, for a client of %s', async (_which, maxTokenBytes) => {
    const size = maxTokenBytes < 65_536 ? 1 << 20 : 24 << 20;
    const { port } = await openDoor();
    const client = await login(port, { layer, maxTokenBytes });
    for (const wanted of [size, 700]) {
      client.send(callForBytes(wanted));
      for (let at = 0; at < wanted;) {
        const { piece, wireBytes } = await client.receive();
        if (layer !== 'auth') expect(wireBytes).toBeLessThanOrEqual(maxTokenBytes);
        for (let from = 0; from < piece.length;) {
          const expected = replyBytes(wanted, at + from, piece.length - from);
          const same = piece.subarray(from, from + expected.length).equals(expected);
          expect(same, `bytes at ${at + from}`).toBe(true);
          from += expected.length;
        }
        at += piece.length;
      }
    }
  });

  it('come in the order of the requests, which may be sent ahead and cut anywhere', async () => {
    const { port } = await openDoor();
    const client = await login(port, { layer });
    const sizes = [300, 90_000, 500, 70_000];
    if (layer === 'auth') for (const size of sizes) client.send(callForBytes(size));
    else {
      const stream = Buffer.concat(sizes.map((size) => callForBytes(size)));
      for (let at = 0; at < stream.length; at += 7) client.send(stream.subarray(at, at + 7));
    }
    for (const size of sizes) {
      const pieces: Buffer[] = [];
      while (Buffer.concat(pieces).length < size) pieces.push((await client.receive()).piece);
      expect(Buffer.concat(pieces).equals(replyBytes(size, 0, size))).toBe(true);
    }
  });
});

describe('what somebody between the two does', () => {
  test.each<[string, (sealed: Buffer) => Buffer]>([
    ['a byte changed', (sealed) => Buffer.concat([sealed.subarray(0, -3), Buffer.alloc(3, 1)])],
    ['the same once more', (sealed) => sealed],
    ['a request of his own', () => encodeEmptyCall('CloseSession', 1)],
  ])('ends the connection: %s', async (_what, tamper) => {
    const { port } = await openDoor();
    const client = await login(port, { layer: 'auth-conf' });
    const sealed = client.seal(callForBytes(400));
    client.raw.sendFrame(sealed);
    expect((await client.receive()).piece.length).toBe(400);
    client.raw.sendFrame(tamper(sealed));
    await expect(client.raw.frame()).rejects.toThrow('closed after 0 bytes');
  });
});

describe('a gateway', () => {
  async function startGateway(conf: Readonly<Record<string, string>> = {}): Promise<{
    readonly port: number;
    readonly audited: () => readonly Readonly<Record<string, unknown>>[];
  }> {
    const engine = await FakeHs2Server.start();
    const { log, lines } = collectedLog();
    const gateway = await startInProcess({
      enginePort: engine.port,
      log,
      conf: settings({ 'torii.audit.destination': 'log', ...conf }),
    });
    endings.push(async () => {
      await gateway.stop();
      await engine.stop();
    });
    const audited = (): readonly Readonly<Record<string, unknown>>[] =>
      lines
        .map((line) => JSON.parse(line) as Record<string, unknown>) // the log writes JSON
        .map((line) => (line['audit'] ?? line) as Record<string, unknown>)
        .filter((line) => line['action'] === 'login');
    return { port: gateway.port, audited };
  }

  it('lets a hundred in at once, and tells of each', async () => {
    const { port, audited } = await startGateway();
    await Promise.all(Array.from({ length: 100 }, () => login(port, { layer: 'auth' })));
    const told = audited().filter(({ outcome }) => outcome === 'ok');
    expect(told.length).toBe(100);
    expect(told[0]).toMatchObject({ user: 'alice', realUser: 'alice', method: 'GSSAPI' });
  });

  it('tells of logins that were refused, and keeps their tickets to itself', async () => {
    const { port, audited } = await startGateway();
    const { token } = new Initiator({ cache: alice, service: hive }).step();
    for (const status of [ok, bad]) {
      const raw = new RawSaslClient(port);
      endings.push(() => void raw.socket.destroy());
      raw.say(start, 'GSSAPI');
      raw.say(ok, token);
      const answer = await raw.answer();
      expect(answer.status).toBe(status);
      if (status === bad) expect(answer.text).toMatch(/this is a replay\nHint: Connect again/);
    }
    const refused = audited();
    expect(refused).toHaveLength(1);
    expect(refused[0]).toMatchObject({ outcome: 'refused', method: 'GSSAPI' });
    expect(JSON.stringify(refused)).not.toContain(token.toString('base64').slice(0, 40));
  });

  it('acts for others where a rule allows it, for oneself by any of one’s names, and for nobody else', async () => {
    const { port, audited } = await startGateway({
      'hadoop.proxyuser.alice.users': 'bob',
      'hadoop.proxyuser.alice.hosts': '*',
    });
    for (const [authorizationId, user] of [
      ['bob', 'bob'],
      ['alice', 'alice'],
      [`alice@${kdc.realm}`, 'alice'],
    ] as const) {
      await login(port, { layer: 'auth', authorizationId });
      expect(audited().at(-1)).toMatchObject({ outcome: 'ok', user, realUser: 'alice' });
    }
    const denied = await choose(port, { layer: 'auth', authorizationId: 'carol' });
    expect(denied.answer).toMatchObject({
      status: bad,
      text: expect.stringMatching(/^Failed to validate proxy privilege of alice for carol\n/),
    });
  });

  it('of Kerberos alone takes no passwords', async () => {
    const { port } = await startGateway();
    const raw = new RawSaslClient(port);
    endings.push(() => void raw.socket.destroy());
    raw.say(start, 'PLAIN');
    const { status, text } = await raw.answer();
    expect([status, text.split('\n')[0]]).toEqual([
      bad,
      'Unsupported mechanism type PLAIN: this endpoint speaks GSSAPI',
    ]);
  });

  test.each([
    ['kyuubi.kinit.keytab', '/nonexistent', /keytab \/nonexistent .* can't be read/],
    ['kyuubi.kinit.principal', 'other/localhost@TORII.TEST', /has no key of other\/localhost@/],
    ['kyuubi.kinit.principal', 'hive', /is not the principal of a service/],
  ])('does not start with %s=%s', async (key, value, message) => {
    await expect(startInProcess({ conf: settings({ [key]: value }) })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(message),
    });
  });
});
