import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FollowedFile } from '../../../src/auth/followed-file.ts';
import { collectedLog } from '../../support/collected-log.ts';
import { makeTempDir, removeTempDir } from '../../support/temp-dir.ts';

let dir: string;
let path: string;
let collected: ReturnType<typeof collectedLog>;

beforeEach(() => {
  dir = makeTempDir('followed');
  path = join(dir, 'file');
  collected = collectedLog();
  write('first');
});
afterEach(() => removeTempDir(dir));

function write(text: string, mode = 0o600): void {
  writeFileSync(path, text);
  chmodSync(path, mode);
}

function parse(text: string): string {
  if (text.includes('broken')) throw new Error('line 1 is broken');
  return text;
}

const openFile = (isGuarded = true): Promise<FollowedFile<string>> =>
  FollowedFile.open({ path, isGuarded, parse, log: collected.log });

const events = (): unknown[] =>
  collected.lines.map((line) => {
    const { event, problem } = JSON.parse(line) as { event: string; problem?: string };
    return problem ?? event;
  });

describe('a file that changes', () => {
  test('is read again, once', async () => {
    const file = await openFile();
    expect(await file.current()).toBe('first');
    write('second');
    expect(await Promise.all([file.current(), file.current()])).toEqual(['second', 'second']);
    expect(await file.current()).toBe('second');
    expect(events()).toEqual(['file read again']);
  });

  test('keeps its last good content, and says once what is wrong', async () => {
    const file = await openFile();
    write('broken');
    expect([await file.current(), await file.current()]).toEqual(['first', 'first']);
    write('writable by the group', 0o620);
    expect([await file.current(), await file.current()]).toEqual(['first', 'first']);
    rmSync(path);
    expect([await file.current(), await file.current()]).toEqual(['first', 'first']);
    write('better');
    expect(await file.current()).toBe('better');
    expect(events()).toEqual([
      'line 1 is broken',
      'others than its owner may write it (chmod go-w)',
      expect.stringMatching(/^ENOENT/),
      'file read again',
    ]);
  });
});

describe('at the start', () => {
  test.each([
    ['others may write it', () => write('first', 0o646), /may write it/],
    ['the group may write it', () => write('first', 0o660), /may write it/],
    ['it is broken', () => write('broken'), /: line 1 is broken$/],
    ['it is not there', () => rmSync(path), /ENOENT/],
    [
      'it is a folder',
      () => {
        rmSync(path);
        mkdirSync(path);
      },
      /it is no file/,
    ],
  ])('%s: that stops it', async (_, spoil, message) => {
    spoil();
    await expect(openFile()).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(message),
    });
  });

  test('a file that guards nothing may be written by anybody', async () => {
    write('open', 0o666);
    expect(await (await openFile(false)).current()).toBe('open');
  });
});
