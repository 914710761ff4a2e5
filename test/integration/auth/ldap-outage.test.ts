import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { LdapProvider } from '../../../src/auth/ldap/ldap-provider.ts';
import {
  byPattern,
  bySearch,
  type LdapKeys,
  never,
  outcomeOf,
  startLdap,
} from '../../services/auth/ldap-under-test.ts';
import { Relay } from '../../services/auth/relay.ts';
import { newUser, Slapd } from '../../support/slapd.ts';
import { newSecret } from '../../support/secrets.ts';
import { watchLoop } from '../../support/watched-loop.ts';

const wrongPassword = newSecret();

const alice = newUser('alice');
const unavailable = 'AUTHENTICATION_UNAVAILABLE';
/** Short, so that the tests are; a held server costs one of them. */
const times: LdapKeys = {
  connectTimeoutMs: '400',
  operationTimeoutMs: '400',
  loginTimeoutMs: 'PT5S',
  retryPauseMs: '300',
};

let first: Slapd;
let second: Slapd;
let started: LdapProvider[] = [];
beforeAll(async () => {
  [first, second] = await Promise.all([
    Slapd.start({ users: [alice] }),
    Slapd.start({ users: [alice] }),
  ]);
});
beforeEach(() => Promise.all([first.resume(), second.resume()]));
afterEach(async () => {
  await Promise.all(started.splice(0).map((provider) => provider.stop()));
});
afterAll(() => Promise.all([first.stop(), second.stop()]));

function start(keys: LdapKeys): { readonly ldap: LdapProvider; readonly lines: readonly string[] } {
  const { provider, lines } = startLdap({ ...byPattern, ...times, ...keys });
  started = [...started, provider];
  return { ldap: provider, lines };
}

const both = (): LdapKeys => ({ url: `${first.url} ${second.url}` });
const logIn = (ldap: LdapProvider): Promise<string> => outcomeOf(ldap, 'alice', alice.password);
const reasonOf = (ldap: LdapProvider): Promise<string> =>
  ldap.authenticate('alice', alice.password, never).then(
    () => 'accepted',
    (thrown: unknown) => (thrown instanceof Error ? thrown.message : String(thrown)),
  );

describe('one server', () => {
  test('that is down fails logins with the reason, and takes them once it is back', async () => {
    const { ldap, lines } = start({ url: first.url });
    expect(await logIn(ldap)).toBe('alice');
    await first.kill();
    expect(await reasonOf(ldap)).toMatch(/cannot be asked: cannot connect \(ECONNREFUSED\)$/);
    expect(await logIn(ldap)).toBe(unavailable);
    await first.resume();
    expect(await logIn(ldap)).toBe('alice');
    const events = lines.map((line) => (JSON.parse(line) as { event: string }).event);
    expect(events).toEqual(['LDAP server is of no use', 'LDAP server works again']);
  });

  test('that stands still costs one time-out; the next logins fail at once, until the pause is over', async () => {
    const { ldap } = start({ url: first.url, retryPauseMs: 'PT1S' });
    expect(await logIn(ldap)).toBe('alice');
    await first.hold();
    expect(await reasonOf(ldap)).toContain('no answer to a bind within 400 ms');
    const before = performance.now();
    for (let round = 0; round < 50; round += 1) expect(await logIn(ldap)).toBe(unavailable);
    const costMs = performance.now() - before;
    expect(costMs).toBeLessThan(50 * 400); // each by itself would have waited that long
    await first.resume();
    await expect.poll(() => logIn(ldap), { timeout: 5000 }).toBe('alice');
  });

  test('that stands still costs a crowd one time-out, and not one for each place in the pool', async () => {
    const { ldap } = start({ url: first.url, loginTimeoutMs: '900', poolSize: '2' });
    expect(await logIn(ldap)).toBe('alice');
    await first.hold();
    const reasons = await Promise.all(Array.from({ length: 40 }, () => reasonOf(ldap)));
    expect(new Set(reasons)).toEqual(
      new Set(['the LDAP directory cannot be asked: no answer to a bind within 400 ms']),
    );
  });

  test('whose new connections hang is given up within the time to connect or to answer', async () => {
    const { ldap } = start({ url: first.tlsUrl, caFile: first.caFile });
    await first.hold();
    expect(await reasonOf(ldap)).toContain('no connection within 400 ms');
    const plain = start({ url: first.url }).ldap;
    expect(await reasonOf(plain)).toContain('no answer to a bind within 400 ms');
  });

  test('that was started again meanwhile is not noticed by logins on kept connections', async () => {
    for (const method of [byPattern, bySearch(first)]) {
      const { ldap, lines } = start({ url: first.url, ...method });
      expect(await Promise.all(Array.from({ length: 6 }, () => logIn(ldap)))).toEqual(
        Array.from({ length: 6 }, () => 'alice'),
      );
      await first.kill();
      await first.resume();
      expect(await Promise.all(Array.from({ length: 6 }, () => logIn(ldap)))).toEqual(
        Array.from({ length: 6 }, () => 'alice'),
      );
      expect(lines).toEqual([]);
    }
  });

  test('that refuses the service account is said to be unavailable, and the log says why', async () => {
    const keys = { ...bySearch(first), bindPassword: wrongPassword, url: first.url };
    const { ldap, lines } = start(keys);
    expect(await logIn(ldap)).toBe(unavailable);
    expect(lines.join('')).toContain('kyuubi.authentication.ldap.binddn or .bindpw');
    expect(lines.join('')).not.toContain(wrongPassword);
  });
});

describe('two servers', () => {
  test.each<[string, () => Promise<void>]>([
    ['down', () => first.kill()],
    ['standing still', () => first.hold()],
  ])('where the first is %s: the second takes over, and the first comes back', async (_, fail) => {
    const { ldap, lines } = start(both());
    expect(await logIn(ldap)).toBe('alice');
    await fail();
    for (let round = 0; round < 5; round += 1) expect(await logIn(ldap)).toBe('alice');
    await first.resume();
    const isBack = (): Promise<boolean> =>
      logIn(ldap).then(() => lines.some((line) => line.includes('works again')));
    await expect.poll(isBack, { timeout: 5000 }).toBe(true);
    await second.kill();
    expect(await logIn(ldap)).toBe('alice');
  });

  test('that both stand still fail a login within its own limit', async () => {
    const { ldap } = start({ ...both(), operationTimeoutMs: 'PT20S', loginTimeoutMs: '600' });
    expect(await logIn(ldap)).toBe('alice');
    await Promise.all([first.hold(), second.hold()]);
    expect(await reasonOf(ldap)).toBe('the LDAP directory did not answer within 600 ms');
  });

  test('that are both down refuse what needs no server to refuse', async () => {
    const { ldap } = start(both());
    await Promise.all([first.kill(), second.kill()]);
    expect(await logIn(ldap)).toBe(unavailable);
    for (const empty of ['', ' ', '\0', `\0${alice.password}`]) {
      expect(await outcomeOf(ldap, 'alice', empty)).toBe('AUTHENTICATION_FAILED');
    }
    expect(await outcomeOf(ldap, 'a/b', alice.password)).toBe('AUTHENTICATION_FAILED');
  });

  test('a wrong password is not tried on the second', async () => {
    const { ldap } = start(both());
    await second.kill();
    expect(await outcomeOf(ldap, 'alice', 'wrong')).toBe('AUTHENTICATION_FAILED');
  });
});

test('while servers flap, logins are accepted or fail with the reason, and the event loop stays free', async () => {
  const { ldap } = start({ ...both(), connectTimeoutMs: '200', operationTimeoutMs: '200' });
  const outcomes: string[] = [];
  let isOver = false;
  const callers = Array.from({ length: 8 }, async () => {
    while (!isOver) {
      outcomes.push(await logIn(ldap));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  });
  const watch = watchLoop();
  for (let round = 0; round < 3; round += 1) {
    await first.kill();
    await pause(150);
    await second.hold();
    await pause(500);
    await first.resume();
    await pause(400);
    await second.resume();
    await pause(150);
  }
  const { busyMs, heldMs } = watch.stop();
  isOver = true;
  await Promise.all(callers);
  const accepted = outcomes.filter((outcome) => outcome === 'alice').length;
  const counts = `${outcomes.length} logins, ${accepted} accepted`;
  const held = `${heldMs.toFixed(1)} ms at most, at work for ${busyMs.toFixed(1)} ms at most`;
  process.stdout.write(`flapping: ${counts}; event loop held for ${held}\n`);
  expect(new Set(outcomes)).toEqual(new Set(['alice', unavailable]));
  expect(busyMs).toBeLessThan(50);
  await expect.poll(() => logIn(ldap), { timeout: 5000 }).toBe('alice');
});

describe('a caller who leaves', () => {
  test('ends the login with their reason, and spoils no other', async () => {
    const relay = await Relay.start('127.0.0.1', 0, first.port);
    try {
      const patient = { operationTimeoutMs: 'PT20S', loginTimeoutMs: 'PT20S' };
      const { ldap } = start({ url: `ldap://127.0.0.1:${relay.port}`, ...patient });
      expect(await logIn(ldap)).toBe('alice');
      await first.hold();
      const gone = new AbortController();
      const reason = new Error('the client has gone');
      const login = ldap.authenticate('alice', alice.password, gone.signal);
      const other = logIn(ldap);
      await expect.poll(() => relay.open).toBe(2);
      gone.abort(reason);
      await expect(login).rejects.toBe(reason);
      await expect(ldap.authenticate('alice', alice.password, gone.signal)).rejects.toBe(reason);
      await expect.poll(() => relay.open).toBe(1); // its answer would have come to somebody else
      await first.resume();
      expect(await other).toBe('alice');
      expect(await outcomeOf(ldap, 'alice', 'wrong')).toBe('AUTHENTICATION_FAILED');
    } finally {
      relay.stop();
    }
  });

  test('a stop ends what is under way, and takes no more', async () => {
    const { ldap } = start({
      url: first.url,
      operationTimeoutMs: 'PT20S',
      loginTimeoutMs: 'PT20S',
    });
    expect(await logIn(ldap)).toBe('alice');
    await first.hold();
    const login = logIn(ldap);
    await ldap.stop();
    expect(await login).toBe(unavailable);
    expect(await logIn(ldap)).toBe(unavailable);
  });
});

test('connections are kept for the next login, and closed when there is none', async () => {
  const relay = await Relay.start('127.0.0.1', 0, first.port);
  try {
    const idle = { operationTimeoutMs: '300', poolIdleMs: '100' };
    const { ldap, lines } = start({ url: `ldap://127.0.0.1:${relay.port}`, ...idle });
    for (let round = 0; round < 5; round += 1) expect(await logIn(ldap)).toBe('alice');
    expect([relay.open, relay.accepted]).toEqual([1, 1]);
    await expect.poll(() => relay.open, { timeout: 10_000 }).toBe(0);
    expect(await logIn(ldap)).toBe('alice');
    expect([relay.open, relay.accepted]).toEqual([1, 2]);
    expect(lines).toEqual([]);
    await ldap.stop();
    await expect.poll(() => relay.open, { timeout: 10_000 }).toBe(0);
  } finally {
    relay.stop();
  }
});

test('a remembered login needs no server, and only with the same name and password', async () => {
  const { ldap } = start({ url: first.url, cacheLifetimeMs: 'PT1M' });
  expect(await logIn(ldap)).toBe('alice');
  await first.kill();
  expect(await logIn(ldap)).toBe('alice');
  expect(await outcomeOf(ldap, 'alice', 'wrong')).toBe(unavailable);
  expect(await outcomeOf(ldap, 'alice2', alice.password)).toBe(unavailable);
});

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
