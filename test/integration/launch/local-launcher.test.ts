import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  engineKey,
  gather,
  LaunchLab,
  livingInGroup,
  never,
  processesWith,
  requestOf,
} from './launch-lab.ts';
import { redacted } from '../../../src/config/redaction.ts';
import { newSecret } from '../../support/secrets.ts';

const secret = newSecret();

let lab: LaunchLab;
beforeEach(() => {
  lab = new LaunchLab();
});
afterEach(() => lab.end());

/** Stands for an engine that lives: it says so and sleeps in a child of its own. */
const living = 'echo "up $PWD"; sleep 600 & wait';

const firstLine = async (lines: AsyncIterable<string>): Promise<string | undefined> => {
  for await (const line of lines) return line;
  return undefined;
};

describe('a launch', () => {
  it('runs in its own directory, is found by its tag and followed by its log', async () => {
    const launcher = lab.launcher({ sparkHome: lab.fakeSpark(living) });
    const request = requestOf();
    const ref = await launcher.submit(request, never);
    expect(Number(ref)).toBeGreaterThan(1);
    expect(await firstLine(launcher.log(request.tag, 0, never))).toBe(
      `up ${join(lab.workRoot, 'alice/default')}`,
    );
    const states = await launcher.inspect(new Set([request.tag, 'none']), never);
    expect(states.get(request.tag)).toEqual({ kind: 'running' });
    expect(states.get('none')).toMatchObject({ kind: 'ended', outcome: 'failed' });
    expect(await gather(launcher.list(never))).toEqual([request.tag]);
  });

  it('hides its secrets in a file that only its owner reads and that goes when it is settled', async () => {
    const launcher = lab.launcher({ sparkHome: lab.fakeSpark(`env; ${living}`) });
    const request = requestOf({ 'spark.my.password': secret });
    await launcher.submit(request, never);
    const [file = ''] = lab.propertiesFiles();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(file, '..')).mode & 0o777).toBe(0o700);
    expect(readFileSync(file, 'utf8')).toContain(`spark.torii.engine.key=${engineKey}\n`);
    expect(processesWith(engineKey)).toEqual([]);
    expect(processesWith(secret)).toEqual([]);
    await launcher.settled(request.tag);
    expect(lab.propertiesFiles()).toEqual([]);
  });

  it('that prints its own secrets does not get them into what is shown of its log', async () => {
    const sparkHome = lab.fakeSpark('echo "INFO a-plain-word and a-found-word"; sleep 600 & wait');
    const launcher = lab.launcher({ sparkHome });
    const conf = { 'spark.my.password': 'a-plain-word', 'spark.found': 'a-found-word' };
    const request = requestOf(conf, { secretKeys: new Set(['spark.found']) });
    await launcher.submit(request, never);
    const shown = await firstLine(launcher.log(request.tag, 0, never));
    expect(shown).toBe(`INFO ${redacted} and ${redacted}`);
  });

  it("gets nothing of the gateway's environment but what it needs", async () => {
    const baseEnvironment = { ...process.env, TORII_SECRET: 'x', AWS_SECRET_ACCESS_KEY: 'x' };
    const launcher = lab.launcher({ sparkHome: lab.fakeSpark('env'), baseEnvironment });
    const request = requestOf({ 'kyuubi.engineEnv.MY_OWN': 'a b' });
    await launcher.submit(request, never);
    const lines = await gather(launcher.log(request.tag, 0, never));
    expect(lines).toContain('MY_OWN=a b');
    expect(lines.join('\n')).not.toMatch(/TORII_SECRET|AWS_SECRET/);
  });

  it('has a log of its own although another starts at the same time', async () => {
    const launcher = lab.launcher({ sparkHome: lab.fakeSpark('echo "$@"') });
    const requests = [requestOf(), requestOf(), requestOf()];
    await Promise.all(requests.map((request) => launcher.submit(request, never)));
    for (const { tag } of requests) {
      const text = (await gather(launcher.log(tag, 0, never))).join('\n');
      expect(text).toContain(`spark.kyuubi.ha.engine.ref.id=${tag}`);
    }
  });

  it('is refused outside the work root', async () => {
    const launcher = lab.launcher({ sparkHome: lab.fakeSpark(living) });
    for (const workDir of ['../x', '/etc', '', 'a/../..']) {
      const refused = launcher.submit(requestOf({}, { workDir }), never);
      await expect(refused).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
  });

  it('is refused with sidecars, which this host has not', async () => {
    const sidecars = [{ name: 'hive-metastore', image: 'm:4', port: 9083, environment: new Map() }];
    const launcher = lab.launcher({ sparkHome: lab.fakeSpark(living) });
    await expect(launcher.submit(requestOf({}, { sidecars }), never)).rejects.toMatchObject({
      code: 'ENGINE_LAUNCH_FAILED',
      message: expect.stringContaining('beside the driver (hive-metastore)') as string,
      hint: expect.stringContaining('Kubernetes cluster') as string,
    });
    expect(await gather(launcher.list(never))).toEqual([]);
  });

  it('starts nothing when it was called off before', async () => {
    const launcher = lab.launcher({ sparkHome: lab.fakeSpark(living) });
    const leaving = new AbortController();
    const request = requestOf();
    const submitted = launcher.submit(request, leaving.signal);
    leaving.abort(new Error('called off'));
    await expect(submitted).rejects.toThrow('called off');
    expect(processesWith(request.tag)).toEqual([]);
    expect(lab.propertiesFiles()).toEqual([]);
  });

  it('names SPARK_HOME where there is no Spark', async () => {
    const submit = (sparkHome: string | undefined): Promise<string> =>
      lab.launcher({ sparkHome, baseEnvironment: {} }).submit(requestOf(), never);
    for (const home of [undefined, '/no/such/spark']) {
      await expect(submit(home)).rejects.toMatchObject({
        code: 'ENGINE_LAUNCH_FAILED',
        message: expect.stringContaining('SPARK_HOME') as string,
      });
    }
  });
});

describe('the limit of launches', () => {
  it('makes the next one wait until one is settled or has ended', async () => {
    const launcher = lab.launcher({ sparkHome: lab.fakeSpark(living), startupLimit: 1 });
    const conf = { 'kyuubi.session.engine.initialize.timeout': 'PT0.3S' };
    const first = requestOf(conf);
    await launcher.submit(first, never);
    const refused = launcher.submit(requestOf(conf), never);
    await expect(refused).rejects.toMatchObject({ code: 'ENGINE_LAUNCH_BUSY' });

    const second = requestOf();
    const waiting = launcher.submit(second, never);
    await launcher.settled(first.tag);
    await waiting;
    const third = launcher.submit(requestOf(), never);
    await launcher.kill(second.tag, never);
    await third;
  });
});

describe('the end of a launch', () => {
  it('is told at once, with the reason that the engine gave', async () => {
    const script =
      'sleep 0.3; echo "x.Exception: y"; echo "Engine start failed: key the-engine-key"; date +%s%3N; exit 7';
    const launcher = lab.launcher({ sparkHome: lab.fakeSpark(script) });
    const request = requestOf({}, { engineKey: 'the-engine-key' });
    await launcher.submit(request, never);
    const end = await launcher.ended(request.tag, never);
    const toldMs = Date.now();
    expect(end).toEqual({
      kind: 'ended',
      outcome: 'failed',
      reason: "the engine's process ended with exit code 7: key *********(redacted)",
    });
    const lines = await gather(launcher.log(request.tag, 0, never));
    expect(toldMs - Number(lines.at(-1))).toBeLessThan(500);
    expect(lab.propertiesFiles()).toEqual([]);
  });

  it.each([
    ['kill -9 $$', 'failed', /was ended by SIGKILL \(perhaps/],
    ['exit 0', 'succeeded', /exit code 0 before it registered/],
  ])('by %j is known for what it was', async (script, outcome, reason) => {
    const launcher = lab.launcher({ sparkHome: lab.fakeSpark(script) });
    const request = requestOf();
    await launcher.submit(request, never);
    const end = await launcher.ended(request.tag, never);
    expect(end.outcome).toBe(outcome);
    expect(end.reason).toMatch(reason);
  });

  it('survives a log of binary junk and endless lines', async () => {
    const script =
      'head -c 300000 /dev/urandom; head -c 3000000 /dev/zero | tr "\\0" x; echo; echo "Error: last"; exit 1';
    const launcher = lab.launcher({ sparkHome: lab.fakeSpark(script) });
    const request = requestOf();
    await launcher.submit(request, never);
    const end = await launcher.ended(request.tag, never);
    expect(end.reason).toContain('Error: last');
    const lines = await gather(launcher.log(request.tag, 0, never));
    expect(lines.at(-1)).toBe('Error: last');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(9000);
  });

  it('takes the whole tree along, asked or forced', async () => {
    const stubborn = `trap "" TERM; ${living}; ${living}`;
    for (const script of [living, stubborn]) {
      const launcher = lab.launcher({ sparkHome: lab.fakeSpark(script) });
      const request = requestOf({ 'kyuubi.session.engine.startup.destroy.timeout': 'PT0.3S' });
      const pid = await launcher.submit(request, never);
      await firstLine(launcher.log(request.tag, 0, never));
      await launcher.kill(request.tag, never);
      expect(await launcher.ended(request.tag, never)).toMatchObject({ outcome: 'killed' });
      expect(livingInGroup(pid)).toEqual([]);
    }
  });

  it('comes for all that is not settled when the gateway stops, and for the rest if it wants', async () => {
    const launcher = lab.launcher({ sparkHome: lab.fakeSpark(living) });
    const [settled, unfinished] = [requestOf(), requestOf()];
    await launcher.submit(settled, never);
    await launcher.submit(unfinished, never);
    await launcher.settled(settled.tag);
    await launcher.stopAll('unfinished', Date.now() + 5000);
    expect(await gather(launcher.list(never))).toEqual([settled.tag]);
    await expect(launcher.submit(requestOf(), never)).rejects.toMatchObject({
      code: 'SHUTTING_DOWN',
    });
    await launcher.stopAll('all', Date.now() + 5000);
    expect(await gather(launcher.list(never))).toEqual([]);
  });
});

describe('an engine of an earlier gateway', () => {
  it('is found by its tag, followed and ended', async () => {
    const before = lab.launcher({ sparkHome: lab.fakeSpark(living) });
    const request = requestOf();
    await before.submit(request, never);
    writeFileSync(join(lab.cacheDir, 'launch', 'gone.properties'), 'x=y');

    const after = lab.launcher({ sparkHome: undefined });
    await after.start();
    expect(lab.propertiesFiles()).toEqual([
      join(lab.cacheDir, 'launch', `${request.tag}.properties`),
    ]);
    expect(await gather(after.list(never))).toEqual([request.tag]);
    const states = await after.inspect(new Set([request.tag]), never);
    expect(states.get(request.tag)).toEqual({ kind: 'running' });
    const ended = after.ended(request.tag, never);
    const lines = gather(after.log(request.tag, 0, never));
    await after.kill(request.tag, never);
    expect(await ended).toMatchObject({ kind: 'ended' });
    expect((await lines)[0]).toMatch(/^up /);
  });

  it("is left alone where it is of another gateway's work root", async () => {
    const theirs = lab.launcher({ sparkHome: lab.fakeSpark(living) });
    const request = requestOf();
    await theirs.submit(request, never);
    const ours = lab.launcher({ workRoot: join(lab.dir, 'other') });
    expect(await gather(ours.list(never))).toEqual([]);
    await ours.stopAll('all', Date.now() + 1000);
    expect(processesWith(request.tag)).not.toEqual([]);
  });
});
