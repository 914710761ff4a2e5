import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { parseSecretReference, readSecret } from '../../../src/config/secret-reference.ts';
import { makeTempDir, removeTempDir } from '../../support/temp-dir.ts';

const dir = makeTempDir('secret');
afterAll(() => removeTempDir(dir));

const read = (reference: string): Promise<string> =>
  readSecret(parseSecretReference(reference), { NAME: 'from env', EMPTY: '' });

test('a secret is read from where the reference says, the file each time anew', async () => {
  const file = join(dir, 'password');
  writeFileSync(file, ' from file \r\n');
  expect(await read(`\${file:${file}}`)).toBe(' from file ');
  writeFileSync(file, 'another');
  expect(await read(`\${file:${file}}`)).toBe('another');
  expect(await read('${env:NAME}')).toBe('from env');
  expect(await read('as it is')).toBe('as it is');
});

test('a secret that is not there fails by the name of its place', async () => {
  writeFileSync(join(dir, 'empty'), '\n');
  await expect(read(`\${file:${join(dir, 'empty')}}`)).rejects.toThrow('empty is empty');
  await expect(read(`\${file:${join(dir, 'missing')}}`)).rejects.toThrow('ENOENT');
  await expect(read('${env:EMPTY}')).rejects.toThrow('EMPTY is not set');
});
