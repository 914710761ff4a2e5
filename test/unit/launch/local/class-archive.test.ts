import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../../src/core/clock.ts';
import { takeMakerLock } from '../../../../src/launch/local/archive-lock.ts';
import { archiveKey, ClassArchives } from '../../../../src/launch/local/class-archive.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'torii-archive-'));
  await mkdir(join(dir, 'jars'));
  await writeFile(join(dir, 'jars', 'a.jar'), 'a');
  await writeFile(join(dir, 'e.jar'), 'e');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const java = { executable: '/java', version: 'version "17"', major: 17, sparkOptions: [] };
const keyOf = (...entries: readonly string[]): Promise<string | undefined> =>
  archiveKey(java, [...entries, join(dir, 'jars', '*')]);

describe('which archive fits', () => {
  it('is the same for the same Java and the same files', async () => {
    expect(await keyOf(join(dir, 'e.jar'))).toBe(await keyOf(join(dir, 'e.jar')));
  });

  it('is another when anything has changed', async () => {
    const e = join(dir, 'e.jar');
    const keys = [await keyOf(e), await keyOf(), await archiveKey({ ...java, version: 'x' }, [e])];
    keys.push(await archiveKey(java, [join(dir, 'jars', '*'), e]));
    await utimes(e, 1, 1);
    keys.push(await keyOf(e));
    await writeFile(join(dir, 'jars', 'a.jar'), 'longer');
    keys.push(await keyOf(e));
    await writeFile(join(dir, 'jars', 'b.jar'), 'b');
    keys.push(await keyOf(e));
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('is none where Java or the class path can not have one', async () => {
    expect(await archiveKey({ ...java, major: 11 }, [])).toBeUndefined();
    await mkdir(join(dir, 'conf'));
    expect(await keyOf(join(dir, 'conf'))).toBeDefined();
    await writeFile(join(dir, 'conf', 'hive-site.xml'), '');
    expect(await keyOf(join(dir, 'conf'))).toBeUndefined();
  });
});

describe('an archive', () => {
  const nothing = (): void => undefined;
  const log = { debug: nothing, info: nothing, warn: nothing };

  it('fits the class path of another cache that has these archives by a link', async () => {
    const own = await new ClassArchives(dir, systemClock, log).emptyDirectory();
    const linked = join(dir, 'linked');
    await mkdir(linked);
    await symlink(join(dir, 'cds'), join(linked, 'cds'));
    const theirs = await new ClassArchives(linked, systemClock, log).emptyDirectory();
    expect(await keyOf(`${theirs}/`)).toBe(await keyOf(`${own}/`));
    expect(await keyOf(`${own}/`)).toBeDefined();
  });

  it('is given to nobody unless it is whole', async () => {
    const archives = new ClassArchives(dir, systemClock, log);
    const path = join(dir, 'cds', 'k.jsa');
    expect(await archives.find('k')).toBeUndefined();
    await mkdir(join(dir, 'cds'));
    await writeFile(path, '1234');
    expect(await archives.find('k')).toBeUndefined();
    await writeFile(`${path}.size`, '4');
    expect(await archives.find('k')).toBe(path);
    await writeFile(path, '123');
    expect(await archives.find('k')).toBeUndefined();
  });

  it('is gone once it has been discarded', async () => {
    const archives = new ClassArchives(dir, systemClock, log);
    await mkdir(join(dir, 'cds'));
    await writeFile(join(dir, 'cds', 'k.jsa'), '1234');
    await writeFile(join(dir, 'cds', 'k.jsa.size'), '4');
    await archives.discard('k');
    expect(await archives.find('k')).toBeUndefined();
  });
});

describe('the lock of archive makers', () => {
  it('lets one in at a time', async () => {
    const path = join(dir, 'k.lock');
    const first = await takeMakerLock(path, Date.now());
    expect(await takeMakerLock(path, Date.now())).toBeUndefined();
    await first?.release();
    expect(await takeMakerLock(path, Date.now())).toBeDefined();
  });

  it('is taken from a maker that died or is long overdue', async () => {
    const path = join(dir, 'k.lock');
    await writeFile(path, 'some-other-host 1');
    expect(await takeMakerLock(path, Date.now())).toBeUndefined();
    expect(await takeMakerLock(path, Date.now() + 3_600_000)).toBeDefined();
  });
});
