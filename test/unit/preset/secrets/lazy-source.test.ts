import { expect, test, vi } from 'vitest';
import { lazySource } from '../../../../src/preset/secrets/lazy-source.ts';
import type { SecretSource } from '../../../../src/preset/secrets/secret-source.ts';

const signal = new AbortController().signal;
const source: SecretSource<'env'> = {
  kind: 'env',
  read: ({ name }) => Promise.resolve(`value of ${name}`),
};

test('a lazy source is made once, for the first secret that is asked for', async () => {
  const make = vi.fn<() => Promise<SecretSource<'env'>>>(() => Promise.resolve(source));
  const lazy = lazySource('env', make);
  expect(lazy.kind).toBe('env');
  expect(make).not.toHaveBeenCalled();
  const read = (name: string): Promise<string> => lazy.read({ kind: 'env', name }, signal);
  expect(await Promise.all([read('A'), read('B')])).toEqual(['value of A', 'value of B']);
  expect(make).toHaveBeenCalledTimes(1);
});

test('a lazy source that could not be made is tried again', async () => {
  const make = vi.fn<() => Promise<SecretSource<'env'>>>(() => Promise.resolve(source));
  make.mockRejectedValueOnce(new Error('no disk'));
  const lazy = lazySource('env', make);
  await expect(lazy.read({ kind: 'env', name: 'A' }, signal)).rejects.toThrow('no disk');
  expect(await lazy.read({ kind: 'env', name: 'A' }, signal)).toBe('value of A');
});
