import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { type Doctor, runDoctor } from '../../../src/cli/doctor-command.ts';
import { GatewayError } from '../../../src/core/errors.ts';
import { failed, type Finding, ok, unknown, warning } from '../../../src/core/finding.ts';

interface Told {
  readonly findings?: readonly Finding[];
  readonly check?: Doctor['check'];
  readonly launch?: Doctor['launch'];
  readonly signal?: AbortSignal;
}

async function run(argv: readonly string[], told: Told = {}) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const signal = told.signal ?? new AbortController().signal;
  const code = await runDoctor(argv, { stdout, stderr, signal }, ({ cluster }) => {
    if (cluster !== 'lake') {
      throw new GatewayError('INVALID_ARGUMENT', `there is no cluster ${cluster}`);
    }
    return Promise.resolve({
      kind: 'emr-serverless',
      check:
        told.check ??
        async function* () {
          await Promise.resolve();
          yield* told.findings ?? [];
        },
      launch: told.launch ?? (() => Promise.reject(new Error('nobody asked for a launch'))),
    });
  });
  stdout.end();
  stderr.end();
  return { code, stdout: await text(stdout), stderr: await text(stderr) };
}

it('says what was found, what to do, and how much of it there was', async () => {
  const findings = [
    ok('identity', 'the gateway is alice'),
    failed('role r', 'it trusts nobody', 'Let it.'),
    unknown('key k', 'nobody tells\nin two lines \u001b[31m'),
  ];
  expect(await run(['--cluster', 'lake'], { findings })).toEqual({
    code: 1,
    stdout: [
      'cluster lake (emr-serverless)\n',
      'ok       identity: the gateway is alice\n',
      'FAILED   role r: it trusts nobody\n',
      '         -> Let it.\n',
      'unknown  key k: nobody tells | in two lines [31m\n',
      '1 failed, 0 warnings, 1 unknown, 1 ok\n',
    ].join(''),
    stderr: '',
  });
});

it('is content with warnings and with what nobody knows', async () => {
  const findings = [warning('a', 'b'), unknown('c', 'd')];
  expect((await run(['--cluster', 'lake'], { findings })).code).toBe(0);
});

it('writes one object of JSON, with the steps of a launch', async () => {
  const launch: Doctor['launch'] = (tell) => {
    tell({ step: 'submitted', atMs: 12, seen: 'as x' });
    return Promise.resolve([ok('probe engine', 'it was up')]);
  };
  const options = ['--cluster', 'lake', '--launch', '--format', 'json'];
  const { code, stdout } = await run(options, { findings: [ok('a', 'b')], launch });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    ...{ cluster: 'lake', kind: 'emr-serverless' },
    findings: [ok('a', 'b'), ok('probe engine', 'it was up')],
    steps: [{ step: 'submitted', atMs: 12, seen: 'as x' }],
    summary: { ok: 2, warning: 0, failed: 0, unknown: 0 },
  });
});

it('has failed when it was broken off', async () => {
  const signal = AbortSignal.abort();
  expect((await run(['--cluster', 'lake'], { findings: [ok('a', 'b')], signal })).code).toBe(1);
});

it('that is broken off while it looks tells what it has found, and starts nothing', async () => {
  const abort = new AbortController();
  const check = async function* () {
    yield ok('a', 'b');
    abort.abort(new Error('told to end'));
    await Promise.resolve();
    abort.signal.throwIfAborted();
  };
  const told = { check, signal: abort.signal };
  const { code, stdout, stderr } = await run(['--cluster', 'lake', '--launch'], told);
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
  expect(stdout).toMatch(/ok +a: b\nwarning +cluster: .*broken off.*\n0 failed, 1 warning,/);
});

it.each([
  ['no cluster', []],
  ['an unknown cluster', ['--cluster', 'sea']],
  ['an unknown format', ['--cluster', 'lake', '--format', 'xml']],
  ['an unknown option', ['--cluster', 'lake', '--fix']],
  ['a user without a launch', ['--cluster', 'lake', '--user', 'bob']],
])('%s is wrong usage', async (_what, argv) => {
  const { code, stdout, stderr } = await run(argv);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/^error: /);
});

it('explains itself', async () => {
  const { code, stdout } = await run(['--help']);
  expect([code, stdout]).toEqual([0, expect.stringContaining('usage: torii doctor')]);
});
