import { appendFileSync, linkSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeEach, describe, expect, it, test } from 'vitest';
import { GatewayError } from '../../../src/core/errors.ts';
import { runCosts } from '../../../src/cli/costs-command.ts';
import { makeTempDir, removeTempDir } from '../../support/temp-dir.ts';

const root = makeTempDir('costs');
let folders = 0;
let file: string;
afterAll(() => removeTempDir(root));
beforeEach(() => {
  const folder = join(root, String(folders++));
  mkdirSync(folder);
  file = join(folder, 'audit.log');
});

async function run(
  argv: readonly string[],
  configured: () => string | undefined = () => undefined,
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const read = Promise.all([text(stdout), text(stderr)]);
  const code = await runCosts(argv, { stdout, stderr, configuredFile: configured });
  stdout.end();
  stderr.end();
  const [out, err] = await read;
  return { code, out, err };
}

let engines = 0;
function end(more: Readonly<Record<string, unknown>> = {}): string {
  const line = {
    ...{ time: '2026-03-01T10:00:00.000Z', action: 'engine-end', outcome: 'ok' },
    ...{ user: 'alice', cluster: 'lake', engine: `tag-${engines++}` },
    ...{ endTime: '2026-03-01T09:59:00.000Z', vcpuSeconds: 3600, memoryMibSeconds: 3_686_400 },
    ...{ billing: 'billed', cost: '0.1000', currency: 'USD', ...more },
  };
  return `${JSON.stringify(line)}\n`;
}

const login = '{"time":"2026-03-01T09:30:00.120Z","action":"login","outcome":"ok"}\n';

interface Json {
  readonly rows: readonly Record<string, unknown>[];
  readonly totals: readonly Record<string, unknown>[];
  readonly [key: string]: unknown;
}

async function summed(...argv: readonly string[]): Promise<Json> {
  const { code, out, err } = await run(['--format', 'json', ...argv, file]);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return JSON.parse(out) as Json; // asserted below
}

describe('torii costs', () => {
  it('sums by user, with totals, without the noise of floats', async () => {
    const ends = [end(), end({ cost: '0.2000' }), end({ user: 'bob', cost: '0.00000001' })];
    writeFileSync(file, login + ends.join(''));
    const { code, out, err } = await run([file]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toBe(`\
 user  | currency | engines | billed | vcpuHours | memoryGbHours | storageGbHours |       cost
-------+----------+---------+--------+-----------+---------------+----------------+------------
 alice | USD      |       2 |      2 |     2.000 |         2.000 |          0.000 |     0.3000
 bob   | USD      |       1 |      1 |     1.000 |         1.000 |          0.000 | 0.00000001

Total
 currency | engines | billed | vcpuHours | memoryGbHours | storageGbHours |       cost
----------+---------+--------+-----------+---------------+----------------+------------
 USD      |       3 |      3 |     3.000 |         3.000 |          0.000 | 0.30000001
`);
  });

  it('sums by several keys at once, as CSV that any name fits into', async () => {
    const name = 'o"neil, j';
    writeFileSync(file, [end({ user: name, group: 'x' }), end(), end({ user: name })].join(''));
    const { out } = await run(['--by', 'user,group', '--by', 'day', '--format', 'csv', file]);
    expect(out.split('\r\n')).toEqual([
      'user,group,day,currency,engines,billed,vcpuHours,memoryGbHours,storageGbHours,cost',
      'alice,,2026-03-01,USD,1,1,1.000,1.000,0.000,0.1000',
      '"o""neil, j",x,2026-03-01,USD,1,1,1.000,1.000,0.000,0.1000',
      '"o""neil, j",,2026-03-01,USD,1,1,1.000,1.000,0.000,0.1000',
      '',
    ]);
  });

  it.each(['preset', 'cluster', 'engine'])('sums by %s', async (key) => {
    const ends = [end({ [key]: 'b' }), end({ [key]: 'a', cost: '0.5000' })];
    writeFileSync(file, ends.join(''));
    const { rows } = await summed('--by', key);
    expect(rows.map((row) => [row[key], row['cost']])).toEqual([
      ['a', '0.5000'],
      ['b', '0.1000'],
    ]);
  });

  it('never adds one currency to another, and counts what has no price', async () => {
    const free = { cost: undefined, currency: undefined, billing: 'measured' };
    writeFileSync(file, [end(), end({ currency: 'EUR' }), end(free)].join(''));
    const { rows, totals, enginesWithoutPrice } = await summed();
    expect(totals.map(({ currency, cost }) => [currency, cost])).toEqual([
      ['EUR', '0.1000'],
      ['USD', '0.1000'],
      [null, null],
    ]);
    expect(rows.map(({ user, billed }) => [user, billed])).toEqual([
      ['alice', 1],
      ['alice', 1],
      ['alice', 0],
    ]);
    expect(enginesWithoutPrice).toBe(1);
    expect((await run([file])).err).toMatch(/^note: 1 engine without a price: /);
  });

  it('takes days in UTC by the end of the engine, both bounds included', async () => {
    const days = ['02-28T23:59:59.999Z', '03-01T00:00:00Z', '03-02T00:30:00+01:00', '03-02T00:00Z'];
    writeFileSync(file, days.map((day) => end({ endTime: `2026-${day}` })).join(''));
    const { rows } = await summed('--by', 'day', '--from', '2026-03-01', '--to', '2026-03-01');
    expect(rows.map(({ day, engines: count }) => [day, count])).toEqual([['2026-03-01', 2]]);
    expect((await summed('--from', '2026-03-02')).totals[0]?.['engines']).toBe(1);
    expect((await summed('--to', '2026-02-28')).totals[0]?.['engines']).toBe(1);
    const { code, err } = await run(['--from', '2027-01-01', file]);
    expect({ code, err }).toEqual({
      code: 0,
      err: "note: no engine's end was found in 1 file and of these days\n",
    });
  });

  it('an engine of which two gateways told counts once', async () => {
    const line = end();
    writeFileSync(file, line + end() + line);
    const { totals, repeatedLines } = await summed();
    expect({ cost: totals[0]?.['cost'], repeatedLines }).toEqual({
      cost: '0.2000',
      repeatedLines: 1,
    });
  });

  it('an engine that was told twice at midnight counts on one day, so that days add up', async () => {
    const twice = { engine: 'tag-midnight' };
    writeFileSync(file, end(twice) + end({ ...twice, endTime: '2026-03-02T00:00:01.000Z' }));
    const costOf = async (day: string) => (await summed('--from', day, '--to', day)).totals;
    expect(await costOf('2026-03-01')).toMatchObject([{ engines: 1 }]);
    expect(await costOf('2026-03-02')).toEqual([]);
  });

  it('lines that are broken or no lines of ours are counted and left out', async () => {
    const broken = [
      'not json\n',
      '{"action":"engine-end",}\n',
      end({ cost: '1e3' }),
      end({ cost: '-1.0000' }),
      end({ currency: 'dollars' }),
      end({ vcpuSeconds: -1 }),
      end({ endTime: 'yesterday' }),
      end({ cluster: 7 }),
      `{"statement":"${'x'.repeat(2 << 20)}"}\n`,
      '[{"action":"engine-end"}]\n',
      end().slice(0, -20),
    ];
    const others = ['\n', '{"action":"statement","statement":"\\"engine-end\\""}\n', login];
    writeFileSync(
      file,
      [...others, end(), '\r\n', end().replace('\n', '\r\n'), ...broken].join(''),
    );
    const { totals, unreadableLines } = await summed();
    expect({ engines: totals[0]?.['engines'], unreadableLines }).toEqual({
      engines: 2,
      unreadableLines: broken.length,
    });
    expect((await run([file])).err).toContain(`left out, first ${file}:7\n`);
  });

  it('reads what was put aside, the oldest first, and no file twice', async () => {
    for (const [name, user] of [
      ['', 'now'],
      ['.1', 'before'],
      ['.2', 'long ago'],
      ['.10', 'once'],
    ] as const) {
      writeFileSync(file + name, end({ user }));
    }
    writeFileSync(`${file}.gz`, 'nothing of ours');
    linkSync(`${file}.1`, `${file}.3`); // put aside while the files are opened
    const { rows, files, repeatedLines } = await summed('--audit', `${file}.1`);
    expect({ files, repeatedLines }).toEqual({ files: 4, repeatedLines: 0 });
    expect(rows.map(({ user }) => user)).toEqual(['before', 'long ago', 'now', 'once']);
  });

  it('knows lines of older gateways, which had no prices', async () => {
    const { time, action, user, cluster } = JSON.parse(end()) as Record<string, unknown>;
    const old = { time, action, user, cluster, engine: 'application_1', vcpuSeconds: 1800 };
    writeFileSync(file, `${JSON.stringify(old)}\n`);
    const { rows } = await summed('--by', 'day,engine');
    expect(rows).toMatchObject([
      { day: '2026-03-01', engine: 'application_1', vcpuHours: '0.500' },
    ]);
  });

  it('takes the file of the configuration, and says when its last line is not whole', async () => {
    writeFileSync(file, end());
    appendFileSync(file, end().slice(0, 50));
    const { code, out, err } = await run(['--by', 'cluster'], () => file);
    expect(code).toBe(0);
    expect(out).toContain(' lake    | USD ');
    expect(err).toBe(`note: 1 line could not be read and left out, first ${file}:2\n`);
  });
});

test.each([
  ['an unknown key', ['--by', 'team'], 'costs can\'t be summed by "team"'],
  ['no key', ['--by', ''], 'costs can\'t be summed by ""'],
  ['an unknown format', ['--format', 'xml'], 'there is no format "xml"'],
  ['an unknown option', ['--since', '2026-01-01'], "unknown option '--since'"],
  ['a day that there is not', ['--from', '2026-02-30'], '--from takes a day such as 2026-03-01'],
  ['a day in other words', ['--to', '1 March'], '--to takes a day such as 2026-03-01'],
  ['a span backwards', ['--from', '2026-03-02', '--to', '2026-03-01'], 'is after --to'],
  ['a file that is not there', ['/nonexistent/audit.log'], '/nonexistent/audit.log can'],
  ['a folder', [root], 'it is a folder'],
  ['no file at all', [], 'the gateway writes its audit trail into no file of its own'],
])('%s is wrong usage, with a hint', async (_, argv, message) => {
  const { code, out, err } = await run(argv);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toContain(message);
  expect(err).toMatch(/\nhint: .+\n$/);
});

test('a configuration that can not be used is wrong usage, with a hint, unless files are named', async () => {
  const broken = () => {
    throw new GatewayError('CONFIG_INVALID', 'torii.audit.destination is not known');
  };
  const { code, out, err } = await run([], broken);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toMatch(/^error: torii\.audit\.destination is not known\nhint: .+FILE\.\.\.\n$/);
  writeFileSync(file, end());
  expect((await run([file], broken)).code).toBe(0);
});

test('tells how it is used', async () => {
  const { code, out } = await run(['--help']);
  expect(code).toBe(0);
  expect(out).toMatch(/^usage: torii costs /);
});
