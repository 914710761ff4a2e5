import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { environmentSecrets } from '../../../../../src/preset/secrets/local/environment-secrets.ts';
import { fileSecrets } from '../../../../../src/preset/secrets/local/file-secrets.ts';
import { makeTempDir, removeTempDir } from '../../../../support/temp-dir.ts';

const { signal } = new AbortController();
let folder: string;

beforeAll(() => {
  folder = makeTempDir('secrets');
});
afterAll(() => removeTempDir(folder));

describe('a file', () => {
  const read = (name: string) =>
    fileSecrets.read({ kind: 'file', path: join(folder, name) }, signal);

  test.each([
    ['hush\n', 'hush'],
    ['hush\r\n', 'hush'],
    [' two\nlines\n', ' two\nlines'],
  ])('with %j is %j', async (text, expected) => {
    writeFileSync(join(folder, 'a'), text);
    await expect(read('a')).resolves.toBe(expected);
  });

  test('that is not there is told', async () => {
    await expect(read('missing')).rejects.toThrow(
      expect.objectContaining({
        trouble: 'not-found',
        message: `there is no ${join(folder, 'missing')}`,
      }),
    );
  });

  test('that is too large for a secret is not read', async () => {
    writeFileSync(join(folder, 'large'), 'x'.repeat(65_537));
    await expect(read('large')).rejects.toThrow('it has more than 65536 bytes');
  });

  test('that is a folder is told', async () => {
    await expect(read('.')).rejects.toThrow(expect.objectContaining({ trouble: 'unavailable' }));
  });
});

describe('a variable', () => {
  const secrets = environmentSecrets({ A: 'hush' });

  test('has its value', async () => {
    await expect(secrets.read({ kind: 'env', name: 'A' }, signal)).resolves.toBe('hush');
  });

  test('that is not set is told', async () => {
    await expect(secrets.read({ kind: 'env', name: 'B' }, signal)).rejects.toThrow(
      expect.objectContaining({ trouble: 'not-found', message: 'the variable B is not set' }),
    );
  });
});
