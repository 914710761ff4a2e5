import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { newSecret } from '../../support/secrets.ts';
import { makeTempDir, removeTempDir } from '../../support/temp-dir.ts';

const inFile = newSecret();
const inEnvironment = newSecret();
let dir: string;
beforeEach(() => {
  dir = makeTempDir('reference');
  writeFileSync(join(dir, 'secret'), `${inFile}\n`);
  writeFileSync(join(dir, 'empty'), '\n');
});
afterEach(() => removeTempDir(dir));

const read = (password: string): string | undefined =>
  loadConfig({
    environment: { DB_PASSWORD: inEnvironment },
    currentDir: dir,
    confArguments: [`kyuubi.authentication.jdbc.password=${password}`],
  }).config.jdbc.password;

test.each([
  ['${env:DB_PASSWORD}', inEnvironment],
  ['${file:secret}', inFile],
  ['plain', 'plain'],
  ['${env:DB_PASSWORD}!', '${env:DB_PASSWORD}!'],
])('%s is what it refers to, or stands for itself', (written, meant) => {
  expect(read(written)).toBe(meant);
});

test.each([
  ['${env:NOWHERE}', 'kyuubi.authentication.jdbc.password names the env NOWHERE'],
  ['${file:empty}', 'kyuubi.authentication.jdbc.password names the file empty'],
  ['${file:nowhere}', 'kyuubi.authentication.jdbc.password: cannot read nowhere'],
])('%s stops the start', (written, message) => {
  expect(() => read(written)).toThrow(message);
});
