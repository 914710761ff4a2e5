import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import type { Clock } from '../../../src/core/clock.ts';
import { ConfiguredPlacements } from '../../../src/preset/configured-placements.ts';
import { collectedLog } from '../../support/collected-log.ts';
import { placedBy, question, snapshotOf } from '../../support/clusters-text.ts';
import { makeTempDir, removeTempDir } from '../../support/temp-dir.ts';

const one = 'clusters: { one: { kind: local } }\n';
const two = 'clusters: { one: { kind: local }, two: { kind: local } }\n';
const never: Clock = {
  ...systemClock,
  sleep: (_, signal) =>
    new Promise((_resolve, reject) => {
      signal?.addEventListener('abort', () => reject(new Error('over')));
    }),
};

let folder: string;
let path: string;
let running: ConfiguredPlacements | undefined;

beforeEach(() => {
  folder = makeTempDir('clusters');
  path = join(folder, 'clusters.yaml');
});

afterEach(async () => {
  await running?.stop();
  running = undefined;
  removeTempDir(folder);
});

async function started(at: string | null = path, clock: Clock = never) {
  const { log, lines } = collectedLog();
  const asked: string[][] = [];
  const placements = new ConfiguredPlacements({
    path: at ?? undefined,
    reloadMs: 10_000,
    secrets: {
      resolve: (key, text) => {
        asked.push([key, text]);
        return Promise.resolve(`value of ${text}`);
      },
    },
    isSecret: () => false,
    clock,
    log,
  });
  const changes = vi.fn<() => void>();
  placements.onChange(changes);
  running = placements;
  await placements.start();
  return { placements, lines, changes, asked, names: () => [...placements.clusters().keys()] };
}

test('without a file there are no clusters, and sessions are as they were', async () => {
  const { placements, names } = await started(null);
  const placement = placements.place(question());
  expect(names()).toEqual([]);
  expect(placement).toEqual({});
});

describe('the start is refused for', () => {
  test('a file that is not there', async () => {
    await expect(started()).rejects.toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: expect.stringMatching(/^cannot read .*ENOENT/),
      }),
    );
  });

  test('a file with a mistake', async () => {
    writeFileSync(path, 'clusters:\n  a: { kind: x }\n');
    await expect(started()).rejects.toThrow(
      `${path}:2: clusters.a.kind: kind has to be one of local, yarn, kubernetes`,
    );
  });

  test('a file of a size that none has', async () => {
    writeFileSync(path, '#'.repeat(4 * 1024 * 1024 + 1));
    await expect(started()).rejects.toThrow(
      'has 4194305 bytes, and a file of clusters may have 4194304',
    );
  });
});

describe('a file that changes', () => {
  test('is taken over, and those who listen hear of it', async () => {
    writeFileSync(path, one);
    const { placements, changes, names } = await started();
    writeFileSync(path, two);
    await placements.reload();
    expect(names()).toEqual(['one', 'two']);
    expect(changes).toHaveBeenCalledTimes(1);
  });

  test('is no change when its text is the same', async () => {
    writeFileSync(path, one);
    const { placements, changes } = await started();
    rmSync(path);
    writeFileSync(path, one);
    await placements.reload();
    expect(changes).not.toHaveBeenCalled();
  });

  test('keeps the old one while it is broken; the log says why, once; and it can be mended', async () => {
    writeFileSync(path, one);
    const { placements, changes, lines, names } = await started();
    writeFileSync(path, 'clusters:\n  two: { kind: lokal }\n');
    await placements.reload();
    await placements.reload();
    const warnings = lines.filter((line) => line.includes('clusters not replaced'));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(`${path}:2: clusters.two.kind: kind has to be one of`);
    expect([names(), changes.mock.calls.length]).toEqual([['one'], 0]);
    writeFileSync(path, two);
    await placements.reload();
    expect([names(), changes.mock.calls.length]).toEqual([['one', 'two'], 1]);
  });

  test('keeps the old one while it is away', async () => {
    writeFileSync(path, one);
    const { placements, lines, names } = await started();
    rmSync(path);
    await placements.reload();
    await placements.reload();
    expect(names()).toEqual(['one']);
    expect(lines.filter((line) => line.includes('ENOENT'))).toHaveLength(1);
  });

  test('is taken over although one who listens fails', async () => {
    writeFileSync(path, one);
    const { placements, lines, changes } = await started();
    changes.mockImplementation(() => {
      throw new Error('deaf');
    });
    const second = vi.fn<() => void>();
    placements.onChange(second);
    writeFileSync(path, two);
    await placements.reload();
    expect(second).toHaveBeenCalledTimes(1);
    expect(lines.at(-1)).toContain('deaf');
  });

  test('changes nothing for a session that has been placed already', async () => {
    writeFileSync(path, 'presets: { p: { fixedConf: { spark.a: 1 } } }\n');
    const { placements } = await started();
    const asked = question({ 'torii.session.preset': 'p' });
    const placement = placements.place(asked);
    writeFileSync(path, '# nothing\n');
    await placements.reload();
    const placed = placements.apply(placement, {
      ...asked,
      launchConf: asked.settings,
      clientKeys: asked.ownKeys,
    });
    expect(placed.launchConf.get('spark.a')).toBe('1');
  });

  test('is looked at again and again, until the stop', async () => {
    writeFileSync(path, one);
    const wake = Promise.withResolvers<void>();
    const waits: number[] = [];
    const clock: Clock = {
      ...never,
      sleep: (ms, signal) => {
        waits.push(ms);
        return waits.length === 1 ? wake.promise : never.sleep(ms, signal);
      },
    };
    const { placements, names, changes } = await started(path, clock);
    writeFileSync(path, two);
    const changed = new Promise<void>((resolve) => placements.onChange(resolve));
    wake.resolve();
    await changed;
    expect([names(), changes.mock.calls.length]).toEqual([['one', 'two'], 1]);
    await placements.stop();
    expect(new Set(waits)).toEqual(new Set([10_000]));
  });
});

test('a folder as Kubernetes mounts it is followed from one version to the next', async () => {
  const version = (name: string, text: string): void => {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'b.yaml'), text);
    symlinkSync(name, join(folder, '..data_tmp'));
    renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
  };
  version('..1', one);
  symlinkSync('..data/b.yaml', join(folder, 'b.yaml'));
  writeFileSync(join(folder, 'a.yml'), 'presets: { p: {} }\n');
  writeFileSync(join(folder, 'README.md'), 'not: [yaml');
  const { placements, names } = await started(folder);
  expect(names()).toEqual(['one']);
  version('..2', two);
  await placements.reload();
  expect(names()).toEqual(['one', 'two']);
});

describe('secrets', () => {
  test('are followed where a file names them, and nowhere else', async () => {
    writeFileSync(path, 'presets: { p: { fixedConf: { spark.a.token: "ssm:t" } } }\n');
    const { placements, asked } = await started();
    const own = {
      'torii.session.preset': 'p',
      'spark.own.password': 'file:/etc/passwd',
      'spark.b': 'env:HOME',
    };
    const session = question(own);
    const placed = placements.apply(placements.place(session), {
      ...session,
      launchConf: session.settings,
      clientKeys: session.ownKeys,
    });
    const { conf, secretKeys } = await placements.resolve(
      placed.launchConf,
      placed.references,
      new AbortController().signal,
    );
    expect(asked).toEqual([['spark.a.token', 'ssm:t']]);
    expect(conf.get('spark.a.token')).toBe('value of ssm:t');
    expect(conf.get('spark.own.password')).toBe('file:/etc/passwd');
    expect(conf.get('spark.b')).toBe('env:HOME');
    expect([...secretKeys]).toEqual(['spark.a.token']);
  });

  test('are not followed where the launch has another value by now', async () => {
    writeFileSync(path, one);
    const { placements, asked } = await started();
    const { conf } = await placements.resolve(
      new Map([['a', 'file:/etc/passwd']]),
      new Map([['a', 'ssm:t']]),
      new AbortController().signal,
    );
    expect([asked, conf.get('a')]).toEqual([[], 'file:/etc/passwd']);
  });
});

test('a placement of another is a mistake of the program', async () => {
  writeFileSync(path, one);
  const { placements } = await started();
  const { placement } = snapshotOf(one).place(question());
  expect(() =>
    placements.apply(placement, {
      launchConf: new Map(),
      settings: new Map(),
      ownKeys: new Set(),
      clientKeys: new Set(),
    }),
  ).toThrow('a placement that was made elsewhere');
  expect(placedBy(snapshotOf(one)).notes).toEqual([]);
});
