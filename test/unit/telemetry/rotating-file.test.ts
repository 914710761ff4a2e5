import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { RotatingFile } from '../../../src/telemetry/rotating-file.ts';
import { collectedLog } from '../../support/collected-log.ts';
import { makeTempDir, removeTempDir } from '../../support/temp-dir.ts';

const endings: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});

interface Opened {
  readonly file: RotatingFile;
  readonly folder: string;
  readonly path: string;
  readonly lines: string[];
  readonly read: (name?: string) => string;
}

async function opened(
  options: { readonly maxBytes?: number; readonly kept?: number; readonly target?: string } = {},
): Promise<Opened> {
  const folder = makeTempDir('rotating');
  endings.push(() => removeTempDir(folder));
  const path = join(folder, 'audit.log');
  if (options.target !== undefined) symlinkSync(options.target, path);
  const { log, lines } = collectedLog();
  const { maxBytes = 1_000_000, kept = 3 } = options;
  const file = await RotatingFile.open({ path, maxBytes, kept, clock: systemClock, log });
  endings.push(() => file.stop());
  const read = (name = 'audit.log'): string => readFileSync(join(folder, name), 'utf8');
  return { file, folder, path, lines, read };
}

test('all lines are there in their order once it has stopped, for its owner alone', async () => {
  const { file, path, read } = await opened();
  const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index}\n`);
  for (const line of lines) file.write(line);
  await file.stop();
  expect(read()).toBe(lines.join(''));
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('what was there before stays', async () => {
  const first = await opened();
  first.file.write('before\n');
  await first.file.stop();
  const { log } = collectedLog();
  const { path } = first;
  const again = await RotatingFile.open({ path, maxBytes: 1000, kept: 1, clock: systemClock, log });
  again.write('after\n');
  await again.stop();
  expect(first.read()).toBe('before\nafter\n');
});

test('no file grows beyond its size, none has half a line, and the oldest go', async () => {
  const { file, folder, read } = await opened({ maxBytes: 100, kept: 2 });
  for (let i = 10; i < 60; i++) file.write(`a line with the number ${i}\n`); // 26 bytes, so 3 a file
  await file.stop();
  expect(readdirSync(folder).toSorted()).toEqual(['audit.log', 'audit.log.1', 'audit.log.2']);
  const numbers = (name: string): number[] =>
    [...read(name).matchAll(/^a line with the number (\d\d)$/gm)].map((match) => Number(match[1]));
  expect(numbers('audit.log.2')).toEqual([52, 53, 54]);
  expect(numbers('audit.log.1')).toEqual([55, 56, 57]);
  expect(numbers('audit.log')).toEqual([58, 59]);
});

test('a line longer than a file has one to itself', async () => {
  const { file, read } = await opened({ maxBytes: 10 });
  for (const line of ['short\n', `${'x'.repeat(50)}\n`, 'end\n']) file.write(line);
  await file.stop();
  expect([read('audit.log.2'), read('audit.log.1'), read()]).toEqual([
    'short\n',
    `${'x'.repeat(50)}\n`,
    'end\n',
  ]);
});

test('a full disk is told once, holds nobody up, and loses nothing once there is room', async () => {
  const { file, folder, path, lines } = await opened({ target: '/dev/full' });
  for (let i = 0; i < 100; i++) file.write(`line ${i}\n`);
  await expect.poll(() => lines.length).toBe(1);
  expect(lines[0]).toMatch(/"level":"error".*ENOSPC.*"event":"file not written"/);
  rmSync(path);
  writeFileSync(join(folder, 'room'), '');
  symlinkSync(join(folder, 'room'), path);
  file.write('the last\n');
  await file.stop();
  const written = readFileSync(join(folder, 'room'), 'utf8').split('\n');
  expect(written.slice(0, 2)).toEqual(['line 0', 'line 1']);
  expect(written).toHaveLength(102);
  expect(lines[1]).toMatch(/"level":"warn".*"lost":0.*"event":"file written again"/);
});

test('a disk that stays full costs a bounded memory, and the loss is told at the end', async () => {
  const { file, lines } = await opened({ target: '/dev/full' });
  const megabyte = `${'x'.repeat(1 << 20)}\n`;
  for (let i = 0; i < 40; i++) file.write(megabyte);
  await file.stop();
  expect(lines.at(-1)).toMatch(/"level":"error".*"lost":40.*"event":"lines lost"/);
});

test('a file that can’t be put aside grows on, and that is told', async () => {
  const { file, path, lines, read } = await opened({ maxBytes: 20 });
  mkdirSync(`${path}.3`);
  writeFileSync(`${path}.3/something`, '');
  for (const line of ['first line\n', 'second line\n', 'third\n']) file.write(line);
  await file.stop();
  expect(read()).toBe('first line\nsecond line\nthird\n');
  expect(lines.filter((line) => line.includes('file not put aside'))).toHaveLength(1);
});

test('a place that can’t be written stops the start', async () => {
  const { log } = collectedLog();
  const folder = makeTempDir('rotating');
  endings.push(() => removeTempDir(folder));
  writeFileSync(join(folder, 'a-file'), '');
  const path = join(folder, 'a-file', 'audit.log');
  await expect(
    RotatingFile.open({ path, maxBytes: 10, kept: 1, clock: systemClock, log }),
  ).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining(path) });
});

test('says whether all that was taken is in the file', async () => {
  const { file, read } = await opened({ maxBytes: 20 });
  expect(await file.written()).toBe(true);
  for (const line of ['one\n', 'two\n', 'a longer third one\n'])
    expect(file.write(line)).toBe(true);
  expect(await file.written()).toBe(true);
  expect(read('audit.log.1') + read()).toBe('one\ntwo\na longer third one\n');
  await file.stop();
  expect(file.write('late\n')).toBe(false);
});
