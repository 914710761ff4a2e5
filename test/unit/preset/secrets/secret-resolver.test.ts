import { describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../../../src/core/clock.ts';
import type { Clock } from '../../../../src/core/clock.ts';
import { SecretResolver } from '../../../../src/preset/secrets/secret-resolver.ts';
import { SecretError } from '../../../../src/preset/secrets/secret-source.ts';
import type { SecretSources } from '../../../../src/preset/secrets/secret-source.ts';
import { manualClock } from '../../../support/manual-clock.ts';

const signal = new AbortController().signal;

/** Limits never run out, and time stands still. */
function patientClock() {
  return { ...manualClock(), sleep: (_: number, over?: AbortSignal) => waitFor(over) };
}

function waitFor(over?: AbortSignal): Promise<void> {
  return new Promise((_, reject) => {
    over?.addEventListener('abort', () => reject(new Error('over')), { once: true });
  });
}

function resolver(read: () => Promise<string>, clock: Clock = patientClock()) {
  const source = { read: vi.fn<() => Promise<string>>(read) };
  const sources: SecretSources = {
    secretsmanager: { kind: 'secretsmanager', ...source },
    ssm: { kind: 'ssm', ...source },
    kubernetes: { kind: 'kubernetes', ...source },
    file: { kind: 'file', ...source },
    env: { kind: 'env', ...source },
  };
  const resolves = new SecretResolver({ sources, limitMs: 5000, cacheMs: 60_000, clock });
  return { resolves, read: source.read };
}

test.each([
  [
    'secretsmanager:prod/db#password',
    { kind: 'secretsmanager', id: 'prod/db', jsonKey: 'password' },
  ],
  [
    'secretsmanager:arn:aws:secretsmanager:eu-west-1:012345678901:secret:db-a1',
    {
      kind: 'secretsmanager',
      id: 'arn:aws:secretsmanager:eu-west-1:012345678901:secret:db-a1',
      jsonKey: undefined,
    },
  ],
  ['ssm:/prod/db', { kind: 'ssm', name: '/prod/db' }],
  [
    'kubernetes:ns/secret/key',
    { kind: 'kubernetes', namespace: 'ns', secret: 'secret', key: 'key' },
  ],
  ['file:/run/secret', { kind: 'file', path: '/run/secret' }],
  ['env:DB_PASSWORD', { kind: 'env', name: 'DB_PASSWORD' }],
])('%s is asked of its source', async (text, reference) => {
  const { resolves, read } = resolver(() => Promise.resolve('hush'));
  await expect(resolves.resolve('k', text, signal)).resolves.toBe('hush');
  expect(read).toHaveBeenCalledWith(reference, expect.any(AbortSignal));
});

describe('a secret that was read', () => {
  test('is remembered for its time', async () => {
    const clock = patientClock();
    const { resolves, read } = resolver(() => Promise.resolve('hush'), clock);
    await resolves.resolve('a', 'ssm:x', signal);
    clock.advance(59_999);
    await resolves.resolve('b', 'ssm:x', signal);
    expect(read).toHaveBeenCalledTimes(1);
    clock.advance(1);
    await resolves.resolve('c', 'ssm:x', signal);
    expect(read).toHaveBeenCalledTimes(2);
  });

  test('is read once for all who want it at the same time', async () => {
    const { resolves, read } = resolver(() => Promise.resolve('hush'));
    const all = await Promise.all([1, 2, 3].map((n) => resolves.resolve(`k${n}`, 'ssm:x', signal)));
    expect([all, read.mock.calls.length]).toEqual([['hush', 'hush', 'hush'], 1]);
  });

  test('that failed is read again', async () => {
    const { resolves, read } = resolver(() => Promise.reject(new SecretError('denied', 'no')));
    await expect(resolves.resolve('k', 'ssm:x', signal)).rejects.toThrow('no');
    await expect(resolves.resolve('k', 'ssm:x', signal)).rejects.toThrow('no');
    expect(read).toHaveBeenCalledTimes(2);
  });
});

describe('a failure names setting and reference', () => {
  test.each([
    [new SecretError('not-found', 'it is not there'), 'it is not there', /can make it/],
    [new SecretError('denied', 'it may not be read'), 'it may not be read', /needs the right/],
    [new SecretError('no-such-key', 'it has no key'), 'it has no key', /correct the key/],
    [new Error('connection refused'), 'connection refused', /again later/],
  ])('%s', async (thrown, reason, hint) => {
    const { resolves } = resolver(() => Promise.reject(thrown));
    await expect(resolves.resolve('spark.x.token', 'ssm:/t', signal)).rejects.toThrow(
      expect.objectContaining({
        code: 'ENGINE_LAUNCH_FAILED',
        message: `spark.x.token: no secret from ssm:/t: ${reason}`,
        hint: expect.stringMatching(hint),
      }),
    );
  });

  test.each([
    ['', 'it is empty'],
    ['hush\0', 'it has a NUL character in it'],
  ])('for the unusable value %j', async (value, reason) => {
    const { resolves } = resolver(() => Promise.resolve(value));
    await expect(resolves.resolve('k', 'env:X', signal)).rejects.toThrow(
      `k: no secret from env:X: ${reason}`,
    );
  });

  test('when the limit is over', async () => {
    const clock: Clock = { ...systemClock, sleep: () => Promise.resolve() };
    const { resolves } = resolver(() => new Promise(() => {}), clock);
    await expect(resolves.resolve('k', 'ssm:x', signal)).rejects.toThrow(
      'k: no secret from ssm:x: no answer within 5000 ms',
    );
  });

  test('but a session that was closed meanwhile ends with its own reason', async () => {
    const { resolves } = resolver(() => new Promise(() => {}));
    const closing = new AbortController();
    const resolving = resolves.resolve('k', 'ssm:x', closing.signal);
    closing.abort(new Error('closed'));
    await expect(resolving).rejects.toThrow('closed');
  });
});
