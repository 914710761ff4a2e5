import { copyFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, test } from 'vitest';
import { start } from '../../../src/auth/kerberos/start-kerberos.ts';
import type { StartedContexts } from '../../../src/auth/kerberos/start-kerberos.ts';
import type { SecurityContext } from '../../../src/auth/security-context.ts';
import { countedGss } from '../../support/kerberos/counted-gss.ts';
import type { Held } from '../../support/kerberos/counted-gss.ts';
import { contextFlags, Initiator } from '../../support/kerberos/initiator.ts';
import type { InitiatorOptions } from '../../support/kerberos/initiator.ts';
import { type Kdc, startKdc } from '../../support/kerberos/kdc.ts';

/** A service with keys of two makings: `kdc` is of the clients, `other` is another realm of the same name. */
let kdc: Kdc;
let other: Kdc;
let keytab: string;
let alice: string;
let hive: string;
let contexts: StartedContexts;
let held: Held;
/** Everything that a test has taken. */
const endings: (() => Promise<unknown> | void)[] = [];

beforeAll(async () => {
  kdc = await startKdc();
  other = await startKdc();
  await kdc.addPrincipals('hive/localhost', 'http/localhost', 'turned/localhost', 'alice');
  await other.addPrincipals('hive/localhost');
  useConfiguration(kdc.krb5Conf);
  process.env['KRB5_KTNAME'] = '/nonexistent'; // nobody but the settings says where keys are
  keytab = await kdc.keytab('hive/localhost');
  alice = await kdc.kinit('alice');
  hive = `hive/localhost@${kdc.realm}`;
  const counted = countedGss();
  held = counted.held;
  contexts = await start(service(hive, keytab), () => counted.gss);
});

afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
  await freed(1);
});

afterAll(async () => {
  await contexts.stop();
  await freed(0);
  delete process.env['KRB5_KTNAME'];
  delete process.env['KRB5_CONFIG'];
  await kdc.stop();
  await other.stop();
});

/** What is disposed of is freed a moment later; fails where something never is. */
async function freed(credentials: number): Promise<void> {
  const expected = JSON.stringify({ buffers: 0, names: 0, contexts: 0, credentials });
  for (let turns = 0; JSON.stringify(held) !== expected; turns += 1) {
    if (turns > 1000) throw new Error(`still held: ${JSON.stringify(held)}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function useConfiguration(file: string): void {
  process.env['KRB5_CONFIG'] = file;
}

const service = (principal: string, file: string): Parameters<typeof start>[0] => ({
  principal,
  keytab: file,
  keytabKey: 'kyuubi.kinit.keytab',
});

function client(options: Partial<InitiatorOptions> = {}): Initiator {
  const made = new Initiator({ cache: alice, service: hive, ...options });
  endings.push(() => made.dispose());
  return made;
}

function acceptor(of: StartedContexts = contexts): SecurityContext {
  const made = of.accept();
  endings.push(() => made.dispose());
  return made;
}

/** Both ends of a login that went well. */
async function pair(options: Partial<InitiatorOptions> = {}): Promise<{
  readonly ours: SecurityContext;
  readonly theirs: Initiator;
}> {
  const theirs = client(options);
  const ours = acceptor();
  const { token, isComplete } = await ours.step(theirs.step().token);
  expect(isComplete).toBe(true);
  if (token.length > 0) expect(theirs.step(token).isComplete).toBe(true);
  return { ours, theirs };
}

const refusal = (message: RegExp, hint: RegExp = /./): object => ({
  code: 'AUTHENTICATION_FAILED',
  message: expect.stringMatching(message),
  hint: expect.stringMatching(hint),
});

describe('a ticket', () => {
  it('says who comes, and whether messages are counted', async () => {
    const { ours } = await pair();
    expect([ours.clientName, ours.keepsOrder]).toEqual([`alice@${kdc.realm}`, true]);
    const { mutual, integrity } = contextFlags;
    const { ours: loose } = await pair({ flags: mutual | integrity });
    expect(loose.keepsOrder).toBe(false);
  });

  it('is taken once: what was overheard is told to be a replay', async () => {
    const { token } = client().step();
    await acceptor().step(token);
    await expect(acceptor().step(token)).rejects.toMatchObject(
      refusal(/second time: this is a replay/, /Connect again/),
    );
  });

  it('is a replay for another acceptor of the service, too', async () => {
    const again = await start(service(hive, keytab));
    endings.push(() => again.stop());
    const { token } = client().step();
    await acceptor().step(token);
    await expect(acceptor(again).step(token)).rejects.toMatchObject(refusal(/this is a replay/));
  });

  it('that was made too long ago is told that clocks differ', async () => {
    const { token } = client().step();
    const strict = join(kdc.dir, 'strict.conf');
    const text = readFileSync(kdc.krb5Conf, 'utf8');
    writeFileSync(strict, text.replace('[libdefaults]', '[libdefaults]\n  clockskew = 1'));
    useConfiguration(strict);
    endings.push(() => useConfiguration(kdc.krb5Conf));
    await sleep(2500); // the clock is Kerberos' own
    await expect(acceptor().step(token)).rejects.toMatchObject(
      refusal(/clocks of the client and of the gateway differ/, /NTP/),
    );
  });

  it('of another service is told so', async () => {
    const stray = client({ service: `http/localhost@${kdc.realm}` }).step();
    await expect(acceptor().step(stray.token)).rejects.toMatchObject(
      refusal(/is for a service that the gateway is not/, /principal=/),
    );
  });

  it('for a key of another version is told so, and taken once the keytab has the version', async () => {
    const turned = `turned/localhost@${kdc.realm}`;
    const file = await kdc.keytab('turned/localhost');
    const turning = await start(service(turned, file));
    endings.push(() => turning.stop());
    await kdc.changeKeys('turned/localhost');
    const cache = await kdc.kinit('alice');
    const late = client({ cache, service: turned }).step();
    await expect(acceptor(turning).step(late.token)).rejects.toMatchObject(
      refusal(/a version of the service's key that the gateway's keytab lacks/, /keytab/),
    );
    const next = `${file}.next`;
    copyFileSync(await kdc.keytab('turned/localhost'), next);
    renameSync(next, file);
    const again = client({ cache, service: turned }).step();
    expect(await acceptor(turning).step(again.token)).toMatchObject({ isComplete: true });
  });

  it('for a key of the same version and of another making is told so', async () => {
    const foreign = await start(service(hive, await other.keytab('hive/localhost')));
    endings.push(() => foreign.stop());
    const { token } = client().step();
    await expect(acceptor(foreign).step(token)).rejects.toMatchObject(
      refusal(/can't be opened with the service's key/, /kvno/),
    );
  });

  it('opens nothing at the acceptor beside it', async () => {
    const name = `http/localhost@${kdc.realm}`;
    const beside = await start(service(name, await kdc.keytab('http/localhost')));
    endings.push(() => beside.stop());
    const stray = client({ service: name }).step();
    await expect(acceptor().step(stray.token)).rejects.toMatchObject(refusal(/is for a service/));
    const right = client({ service: name }).step();
    expect(await acceptor(beside).step(right.token)).toMatchObject({ isComplete: true });
  });

  test.each([
    ['nothing', Buffer.alloc(0), /a token of 0 bytes/],
    ['far too much', Buffer.alloc(65_537, 0x60), /a token of 65537 bytes/],
    ['garbage', Buffer.alloc(500, 'garbage'), /token can't be used/],
    [
      'a length that lies',
      Buffer.from('6084ffffffff06092a864886f712010202', 'hex'),
      /can't be used/,
    ],
    ['SPNEGO', Buffer.from('600806062b0601050502', 'hex'), /./],
  ])('that is %s is refused', async (_what, token, message) => {
    await expect(acceptor().step(token)).rejects.toMatchObject({
      code: 'AUTHENTICATION_FAILED',
      message: expect.stringMatching(message),
    });
  });

  it('that was cut or altered anywhere is refused', async () => {
    const { token } = client().step();
    for (let at = 0; at < token.length; at += 29) {
      const altered = Buffer.from(token);
      altered.writeUInt8(altered.readUInt8(at) ^ 0x41, at);
      for (const bad of [altered, token.subarray(0, at)]) {
        // A byte of the ticket's unencrypted head may say what it likes, as long as it says who the service is.
        const outcome = await acceptor()
          .step(bad)
          .then(
            ({ isComplete }) => isComplete,
            (thrown: unknown) => (thrown as { readonly code: string }).code,
          );
        expect([true, 'AUTHENTICATION_FAILED']).toContain(outcome);
        if (bad.length < token.length) expect(outcome).toBe('AUTHENTICATION_FAILED');
      }
    }
  });
});

describe('messages after the login', () => {
  test.each([false, true])('go both ways, encrypted: %j', async (isConfidential) => {
    const { ours, theirs } = await pair();
    for (const size of [0, 1, 5000, 200_000]) {
      const message = Buffer.alloc(size, 'message');
      const back = theirs.unwrap(await ours.wrap(message, isConfidential));
      expect([back.message.equals(message), back.isConfidential]).toEqual([true, isConfidential]);
      const there = await ours.unwrap(theirs.wrap(message, isConfidential));
      expect([there.message.equals(message), there.isConfidential]).toEqual([true, isConfidential]);
    }
  });

  test.each([false, true])('are as long as the other end takes, encrypted: %j', async (conf) => {
    const { ours } = await pair();
    const limit = ours.wrapSizeLimit(4096, conf);
    expect((await ours.wrap(Buffer.alloc(limit), conf)).length).toBeLessThanOrEqual(4096);
    expect((await ours.wrap(Buffer.alloc(limit + 16), conf)).length).toBeGreaterThan(4096);
    expect(ours.wrapSizeLimit(10, conf)).toBe(0);
  });

  it('keep their order, however many are asked for at once', async () => {
    const { ours, theirs } = await pair();
    const sizes = [10_000, 10, 90_000, 0, 5000, 20];
    const tokens = await Promise.all(sizes.map((size) => ours.wrap(Buffer.alloc(size), true)));
    expect(tokens.map((token) => theirs.unwrap(token).message.length)).toEqual(sizes);
  });

  test.each<[string, RegExp, (tokens: readonly Buffer[]) => Buffer | undefined]>([
    ['repeated', /a second time/, ([first]) => first],
    ['left out', /missing before it/, ([, , third]) => third],
    ['altered', /altered/, ([, second]) => flipped(second)],
    ['cut', /altered/, ([, second]) => second?.subarray(0, -1)],
    ['empty', /altered/, () => Buffer.alloc(0)],
    ['in plain', /altered/, () => Buffer.from('select 1')],
  ])('that are %s are not believed', async (_how, message, pick) => {
    const { ours, theirs } = await pair();
    const tokens = ['one', 'two', 'three'].map((text) => theirs.wrap(Buffer.from(text), true));
    const [first] = tokens;
    if (first === undefined) throw new Error('no token');
    await ours.unwrap(first);
    await expect(ours.unwrap(pick(tokens) ?? Buffer.alloc(0))).rejects.toMatchObject(
      refusal(message),
    );
  });
});

function flipped(token: Buffer | undefined): Buffer {
  const altered = Buffer.from(token ?? []);
  altered.writeUInt8(altered.readUInt8(altered.length - 3) ^ 1, altered.length - 3);
  return altered;
}

describe('many at once', () => {
  it('a hundred logins all come through, each as whom it is', async () => {
    const names = ['alice', 'bob', 'carol'];
    await kdc.addPrincipals('bob', 'carol');
    const caches = [alice, await kdc.kinit('bob'), await kdc.kinit('carol')];
    const who = await Promise.all(
      Array.from({ length: 100 }, async (_each, at) => {
        const ours = acceptor();
        await ours.step(client({ cache: caches[at % 3] ?? '' }).step().token);
        return ours.clientName;
      }),
    );
    expect(who).toEqual(who.map((_name, at) => `${names[at % 3]}@${kdc.realm}`));
  });

  it('contexts that are let go while they are at work free all that they had', async () => {
    const good = Array.from({ length: 30 }, () => client().step().token);
    const steps = Array.from({ length: 300 }, async (_each, at) => {
      const ours = contexts.accept();
      const step = ours.step(
        at % 10 === 0 ? (good[at / 10] ?? Buffer.alloc(0)) : Buffer.alloc(200, at),
      );
      if (at % 3 === 0) ours.dispose();
      else if (at % 3 === 1) setImmediate(() => ours.dispose());
      const outcome = await step.then(
        () => 'complete',
        (thrown: unknown) => (thrown as { readonly code: string }).code,
      );
      ours.dispose();
      ours.dispose();
      return outcome;
    });
    const outcomes = new Set(await Promise.all(steps));
    expect(outcomes).toContain('SESSION_CLOSED');
    expect(outcomes).toContain('AUTHENTICATION_FAILED');
  });

  it('no login is taken once the service has stopped, and those under way come through', async () => {
    const stopping = await start(service(hive, keytab));
    const tokens = [client().step().token, client().step().token];
    const under = acceptor(stopping).step(tokens[0] ?? Buffer.alloc(0));
    await new Promise((resolve) => setImmediate(resolve));
    const stopped = stopping.stop();
    expect(await under).toMatchObject({ isComplete: true });
    await stopped;
    await expect(acceptor(stopping).step(tokens[1] ?? Buffer.alloc(0))).rejects.toMatchObject({
      code: 'SHUTTING_DOWN',
    });
  });
});
