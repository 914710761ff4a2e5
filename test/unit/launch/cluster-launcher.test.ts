import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../../src/core/clock.ts';
import type { GatewayError } from '../../../src/core/errors.ts';
import { ClusterLauncher } from '../../../src/launch/cluster-launcher.ts';
import type { ClusterLauncherOptions } from '../../../src/launch/cluster-launcher.ts';
import { SubmitError, type JobView } from '../../../src/launch/job-platform.ts';
import { PartialList } from '../../../src/launch/partial-list.ts';
import { ThrottledError } from '../../../src/launch/throttled-error.ts';
import { FakePlatform, newJobView } from '../../support/fake-platform.ts';
import { hastyClock } from '../../support/hasty-clock.ts';
import { newLaunchRequest } from '../../support/launch-request.ts';

const never = new AbortController().signal;
const clock = hastyClock(50);
const noLimits = { maxEngines: undefined, maxEnginesPerUser: undefined, maxLaunches: undefined };

let platform: FakePlatform;
let launchers: ClusterLauncher[];
let ended: JobView[];

beforeEach(() => {
  platform = new FakePlatform();
  launchers = [];
  ended = [];
});

afterEach(async () => {
  await Promise.all(launchers.map((each) => each.stop()));
});

function launcherOf(more: Partial<ClusterLauncherOptions> = {}): ClusterLauncher {
  const launcher = new ClusterLauncher({
    cluster: 'east',
    platform,
    fleet: 'f1ee7f1ee7f1',
    limits: noLimits,
    kindConf: new Map([['spark.master', 'fake']]),
    environment: new Map([['REGION', 'east']]),
    mainOf: () => ({ resource: 'local:///engine.jar', mainClass: 'Main' }),
    secretKeys: /password/i,
    onEnded: (job) => ended.push(job),
    clock,
    log: { debug: () => {}, info: () => {}, warn: () => {} },
    ...more,
  });
  launcher.start();
  launchers.push(launcher);
  return launcher;
}

async function linesOf(launcher: ClusterLauncher, tag: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of launcher.log(tag, 0, never)) lines.push(line);
  return lines;
}

describe('ClusterLauncher', () => {
  it('gives the platform one whole job, in which the cluster has the last word', async () => {
    const launcher = launcherOf();
    const request = newLaunchRequest({
      conf: new Map([
        ['spark.master', 'local'],
        ['kyuubi.engineEnv.REGION', 'west'],
        ['kyuubi.engineEnv.TEAM', 'bi'],
        ['spark.catalog.credential', 'from a reference'],
        ['spark.executor.memory', '2g'],
      ]),
      secretKeys: new Set(['spark.catalog.credential']),
    });
    expect(await launcher.submit(request, never)).toBe(`job-${request.tag}`);
    const [job] = platform.submitted;
    expect(job).toMatchObject({ tag: request.tag, fleet: 'f1ee7f1ee7f1', appUser: 'alice' });
    expect(job?.conf.get('spark.master')).toBe('fake');
    expect(job?.conf.get('spark.app.name')).toBe('test');
    expect(job?.conf.get('spark.kyuubi.ha.engine.ref.id')).toBe(request.tag);
    expect(job?.conf.has('spark.kyuubi.engine.engineLog.path')).toBe(false);
    expect(Object.fromEntries(job?.environment ?? [])).toEqual({ REGION: 'west', TEAM: 'bi' });
    const secret = [...(job?.conf.keys() ?? [])].filter((key) => job?.isSecret(key));
    expect(secret).toEqual(['spark.catalog.credential']);
  });

  it('tells the story of a launch: states, events and the log of the driver', async () => {
    const launcher = launcherOf();
    const request = newLaunchRequest();
    platform.logs.set(request.tag, ['INFO starting']);
    await launcher.submit(request, never);
    platform.tell(request.tag, { platformState: 'QUEUED', reason: 'no node has room' });
    platform.tellLine(request.tag, 'pulling the image');
    platform.tell(request.tag, {
      state: { kind: 'running' },
      platformState: 'RUNNING',
      reason: undefined,
    });
    await clock.sleep(500);
    const told = linesOf(launcher, request.tag);
    await clock.sleep(100);
    await launcher.settled(request.tag);
    const lines = await told;
    // The driver's log is read beside the states: its lines come anywhere among them.
    expect(lines.filter((line) => line !== 'INFO starting')).toEqual([
      `[fake east] job-${request.tag} is QUEUED`,
      '[fake east] QUEUED: no node has room',
      'pulling the image',
      '[fake east] RUNNING',
    ]);
    expect(lines).toContain('INFO starting');
    expect(platform.settledTags).toEqual([request.tag]);
  });

  it("an engine that prints its own secrets does not get them into the launch log, nor does the cluster's own word", async () => {
    const launcher = launcherOf();
    const said: string[] = [];
    const request = newLaunchRequest({
      conf: new Map([
        ['spark.catalog.credential', 'resolved-word'],
        ['spark.my.password', 'plain-word'],
      ]),
      secretKeys: new Set(['spark.catalog.credential']),
      engineKey: 'engine-word',
      say: (line) => said.push(line),
    });
    const words = 'resolved-word, plain-word and engine-word';
    platform.submitFailures.push(new SubmitError('busy', `quota of ${words}`));
    platform.logs.set(request.tag, [
      `INFO ${words}`,
      `Exception in thread "main" java.lang.IllegalStateException: ${words}`,
    ]);
    await launcher.submit(request, never);
    const told = linesOf(launcher, request.tag);
    const end = launcher.ended(request.tag, never);
    platform.tellLine(request.tag, `event with ${words}`);
    platform.tell(request.tag, {
      state: { kind: 'ended', outcome: 'failed' },
      platformState: 'FAILED',
      reason: `exit code 1 with ${words}`,
      hint: `Look at ${words}.`,
    });
    const shown = [...said, ...(await told), JSON.stringify(await end)].join('\n');
    for (const what of ['quota of', 'INFO', 'event with', 'IllegalStateException', 'Look at']) {
      expect(shown).toContain(`${what}`);
    }
    expect(shown).not.toMatch(/resolved-word|plain-word|engine-word/);
  });

  it('a refusal that repeats a secret does not show it, and neither do its causes', async () => {
    const cause = new Error('body: engine-word');
    platform.submitFailures.push(
      new SubmitError('refused', 'no engine-word here', { hint: 'Not engine-word.', cause }),
    );
    const failure = await launcherOf()
      .submit(newLaunchRequest({ engineKey: 'engine-word' }), never)
      .catch((thrown: unknown) => thrown as GatewayError);
    expect(failure).toMatchObject({ code: 'ENGINE_LAUNCH_FAILED' });
    expect(inspect(failure)).toContain('body: ');
    expect(inspect(failure)).not.toContain('engine-word');
  });

  it('reads the log of a driver that is at work before the platform calls it running', async () => {
    const launcher = launcherOf();
    const request = newLaunchRequest();
    platform.logs.set(request.tag, ['INFO starting']);
    await launcher.submit(request, never);
    const told = linesOf(launcher, request.tag);
    await clock.sleep(500);
    platform.tell(request.tag, { hasLog: true });
    await clock.sleep(500);
    await launcher.settled(request.tag);
    expect(await told).toEqual([`[fake east] job-${request.tag} is QUEUED`, 'INFO starting']);
  });

  it('says why a launch failed: the state, the reason, the last lines, the link and what to do', async () => {
    const launcher = launcherOf();
    const request = newLaunchRequest();
    platform.logs.set(request.tag, [
      'INFO starting',
      'Exception in thread "main" java.lang.IllegalStateException: no such table',
    ]);
    await launcher.submit(request, never);
    const end = launcher.ended(request.tag, never);
    platform.tell(request.tag, {
      state: { kind: 'ended', outcome: 'failed' },
      platformState: 'FAILED',
      reason: 'exit code 1',
      hint: 'Look at the log.',
      link: 'http://east/job',
    });
    const state = await end;
    expect(state).toMatchObject({ kind: 'ended', outcome: 'failed', hint: 'Look at the log.' });
    expect(state.reason).toContain(`job-${request.tag} is FAILED: exit code 1 (http://east/job)`);
    expect(state.reason).toContain('java.lang.IllegalStateException: no such table');
    expect(ended.map(({ tag }) => tag)).toEqual([request.tag]);
  });

  it('a lost answer makes no second job: it is looked for before the launch is sent again', async () => {
    platform.submitFailures.push(new SubmitError('unclear', 'connection reset'));
    platform.answersLost = 1;
    const said: string[] = [];
    const request = newLaunchRequest({ say: (line) => said.push(line) });
    expect(await launcherOf().submit(request, never)).toBe(`job-${request.tag}`);
    expect(platform.submitted).toHaveLength(1);
    expect(said.join('\n')).toMatch(/no answer to the launch \(connection reset\)/);
  });

  it('a lost answer to the first of several steps leaves none of the others out', async () => {
    platform.makesInSteps = true;
    platform.submitFailures.push(new SubmitError('unclear', 'connection reset'));
    platform.answersLost = 1;
    const said: string[] = [];
    const request = newLaunchRequest({ say: (line) => said.push(line) });
    expect(await launcherOf().submit(request, never)).toBe(`job-${request.tag}`);
    expect(platform.submitted.map(({ tag }) => tag)).toEqual([request.tag, request.tag]);
    expect(said.join('\n')).toContain(`job-${request.tag} is there; what it may lack is made`);
  });

  it('a waiting driver is not asked for its log', async () => {
    const launcher = launcherOf();
    launcher.start();
    const request = newLaunchRequest();
    await launcher.submit(request, never);
    platform.tell(request.tag, { platformState: 'STILL QUEUED' });
    expect(platform.logsRead).toEqual([]);
    platform.tell(request.tag, { state: { kind: 'running' }, platformState: 'RUNNING' });
    expect(platform.logsRead).toEqual([request.tag]);
    await launcher.settled(request.tag);
    await launcher.stop();
  });

  it('a launch that did not arrive is sent again, once a list has shown that it is not there', async () => {
    platform.submitFailures.push(new Error('connection refused'));
    platform.listFailures.push(new Error('still down'), new Error('still down'));
    const request = newLaunchRequest();
    await launcherOf().submit(request, never);
    expect(platform.submitted.map(({ tag }) => tag)).toEqual([request.tag, request.tag]);
    expect(platform.lists).toBe(3);
  });

  it('a refusal is final and carries its hint', async () => {
    platform.submitFailures.push(
      new SubmitError('refused', 'queue nope is unknown', { hint: 'Use one of: default.' }),
    );
    const failure = await launcherOf()
      .submit(newLaunchRequest(), never)
      .catch((e: unknown) => e);
    expect(failure).toMatchObject({
      code: 'ENGINE_LAUNCH_FAILED',
      message: 'cluster east has refused the launch: queue nope is unknown',
      hint: 'Use one of: default.',
    });
    expect(platform.submitted).toHaveLength(1);
  });

  it('waits where the cluster is busy, as long as it says, and gives up when the time is over', async () => {
    const busy = (): SubmitError => new SubmitError('busy', 'quota', { retryAfterMs: 400 });
    platform.submitFailures.push(busy(), busy(), ...Array.from({ length: 100 }, busy));
    const said: string[] = [];
    const request = newLaunchRequest({
      conf: new Map([['kyuubi.session.engine.initialize.timeout', 'PT2S']]),
      say: (line) => said.push(line),
    });
    const failure = (await launcherOf()
      .submit(request, never)
      .catch((e: unknown) => e)) as GatewayError;
    expect(failure).toMatchObject({ code: 'ENGINE_LAUNCH_BUSY' });
    expect(failure.message).toContain('quota');
    expect(said[0]).toBe('[fake east] quota; next try in 1 s');
    expect(platform.submitted.length).toBeGreaterThanOrEqual(3);
  });

  it('launches over the limit wait in order and say how many are before them', async () => {
    const launcher = launcherOf({ limits: { ...noLimits, maxLaunches: 1 } });
    const [first, second, third] = [1, 2, 3].map(() => {
      const said: string[] = [];
      return { said, request: newLaunchRequest({ say: (line) => said.push(line) }) };
    });
    if (!first || !second || !third) throw new Error('three were made');
    await launcher.submit(first.request, never);
    const two = launcher.submit(second.request, never);
    const three = launcher.submit(third.request, never);
    expect(third.said).toEqual(['[fake east] waiting for other launches, 1 before this one']);
    expect(platform.submitted).toHaveLength(1);
    await launcher.settled(first.request.tag);
    await two;
    expect(platform.submitted).toHaveLength(2);
    await launcher.settled(second.request.tag);
    await three;
    expect(platform.submitted).toHaveLength(3);
  });

  it('counts the engines of a user by what runs, not by what was launched', async () => {
    const launcher = launcherOf({ limits: { ...noLimits, maxEnginesPerUser: 1 } });
    const first = newLaunchRequest();
    await launcher.submit(first, never);
    await launcher.settled(first.tag);
    const said: string[] = [];
    const second = newLaunchRequest({ say: (line) => said.push(line) });
    const submitted = launcher.submit(second, never);
    await clock.sleep(500);
    expect(said).toEqual([
      '[fake east] waiting for room: alice has 1 engines there (limits.maxEnginesPerUser is 1)',
    ]);
    platform.tell(first.tag, { state: { kind: 'ended', outcome: 'succeeded' } });
    await submitted;
    expect(platform.submitted).toHaveLength(2);
  });

  it('a full cluster ends the wait with the limit in the error', async () => {
    platform.known.set('other', newJobView('other'));
    const launcher = launcherOf({ limits: { ...noLimits, maxEngines: 1 } });
    const conf = new Map([['kyuubi.session.engine.initialize.timeout', 'PT1S']]);
    const failure = await launcher
      .submit(newLaunchRequest({ conf }), never)
      .catch((e: unknown) => e);
    expect(failure).toMatchObject({ code: 'ENGINE_LAUNCH_BUSY' });
    expect((failure as Error).message).toContain('limits.maxEngines is 1');
  });

  it('unknown is never dead: a cluster that does not answer ends no launch', async () => {
    const launcher = launcherOf();
    const request = newLaunchRequest();
    await launcher.submit(request, never);
    let isOver = false;
    const gone = new AbortController();
    void launcher.ended(request.tag, gone.signal).then(
      () => (isOver = true),
      () => {},
    );
    platform.tellUnreachable(new Error('timed out'));
    await clock.sleep(1000);
    expect(isOver).toBe(false);
    const state = await launcher.inspect(new Set([request.tag, 'never seen']), never);
    expect(state.get(request.tag)).toEqual({
      kind: 'pending',
      detail: `[fake east] job-${request.tag} is QUEUED`,
    });
    platform.listFailures.push(new Error('timed out'));
    const later = launcherOf();
    expect((await later.inspect(new Set(['never seen']), never)).get('never seen')).toEqual({
      kind: 'unknown',
    });
    gone.abort();
  });

  it('a job that only a partial list lacks is unknown, and one that it has is told', async () => {
    const hidden = new PartialList([newJobView('seen')], 'application 00f2: access denied');
    platform.listFailures.push(hidden);
    const states = await launcherOf().inspect(new Set(['seen', 'not seen']), never);
    expect(states.get('seen')).toMatchObject({ kind: 'pending' });
    expect(states.get('not seen')).toEqual({ kind: 'unknown' });
  });

  it('tells once of a part of the cluster that can not be looked at, in the log and to launches', async () => {
    const warned: string[] = [];
    const log = {
      debug: () => {},
      info: () => {},
      warn: (_: object, event: string) => warned.push(event),
    };
    const launcher = launcherOf({ log });
    const request = newLaunchRequest();
    await launcher.submit(request, never);
    const lines: string[] = [];
    const reading = (async () => {
      for await (const line of launcher.log(request.tag, 0, never)) lines.push(line);
    })();
    const hidden = new Error('application 00f2: access denied');
    for (let at = 0; at < 3; at++) platform.tellAll(hidden);
    expect(launcher.isHeard).toBe(true);
    platform.tellAll();
    platform.tellAll(hidden);
    await launcher.settled(request.tag);
    await reading;
    const word =
      "[fake east] a part of the cluster can't be looked at (application 00f2: access denied); its engines are taken for alive";
    expect(lines.filter((line) => line.includes('looked at'))).toEqual([
      word,
      '[fake east] all of the cluster can be looked at again',
      word,
    ]);
    expect(warned).toEqual(
      Array.from({ length: 2 }, () => "part of the cluster can't be looked at"),
    );
  });

  it('a cluster that throttles is not said to give no answer', async () => {
    const warned: string[] = [];
    const log = {
      debug: () => {},
      info: () => {},
      warn: (_: object, event: string) => warned.push(event),
    };
    const launcher = launcherOf({ log });
    const request = newLaunchRequest();
    await launcher.submit(request, never);
    const lines: string[] = [];
    const reading = (async () => {
      for await (const line of launcher.log(request.tag, 0, never)) lines.push(line);
    })();
    platform.tellUnreachable(
      new ThrottledError('AWS throttles the calls to EMR', new Error('slow')),
    );
    await launcher.settled(request.tag);
    await reading;
    expect(lines).toContain('[fake east] AWS throttles the calls to EMR; the launch goes on');
    expect(warned).toEqual(['cluster throttles the gateway']);
  });

  it('the end of a job that another gateway has launched is told when it has gone, not at the next look', async () => {
    const request = newLaunchRequest();
    await launcherOf().submit(request, never);
    const waiting: Clock = { ...clock, sleep: () => new Promise(() => {}) };
    const later = launcherOf({ clock: waiting });
    const end = later.ended(request.tag, never);
    platform.remove(request.tag);
    expect(await end).toMatchObject({ kind: 'ended', outcome: 'killed' });
  });

  it('who was told of an end and then leaves fails nothing that nobody hears', async () => {
    const unheard: unknown[] = [];
    const onUnheard = (reason: unknown): unknown => unheard.push(reason);
    process.on('unhandledRejection', onUnheard);
    const launcher = launcherOf();
    const request = newLaunchRequest();
    await launcher.submit(request, never);
    platform.tell(request.tag, { state: { kind: 'ended', outcome: 'failed' } });
    const gone = new AbortController();
    expect(await launcher.ended(request.tag, gone.signal)).toMatchObject({ kind: 'ended' });
    gone.abort(new Error('the session has closed'));
    await clock.sleep(1);
    process.off('unhandledRejection', onUnheard);
    expect(unheard).toEqual([]);
  });

  it('a job that the cluster has forgotten has ended', async () => {
    const launcher = launcherOf();
    const request = newLaunchRequest();
    await launcher.submit(request, never);
    const end = launcher.ended(request.tag, never);
    platform.remove(request.tag);
    expect(await end).toMatchObject({ outcome: 'killed' });
    expect((await end).reason).toContain('no longer knows the job');
  });

  it('a job that was taken and never seen is asked for by a list', async () => {
    const launcher = launcherOf();
    const request = newLaunchRequest();
    await launcher.submit(request, never);
    platform.known.delete(request.tag);
    platform.tellAll();
    expect(await launcher.ended(request.tag, never)).toMatchObject({ kind: 'ended' });
  });

  it('one list answers all who ask at once', async () => {
    const launcher = launcherOf();
    await Promise.all(
      Array.from({ length: 50 }, (_, at) => launcher.inspect(new Set([`unseen-${at}`]), never)),
    );
    expect(platform.lists).toBe(1);
  });

  it("a session that leaves takes nobody else's list away", async () => {
    const launcher = launcherOf();
    const listing = Promise.withResolvers<void>();
    platform.listsHeldUntil = listing.promise;
    const leaving = new AbortController();
    const left = launcher.inspect(new Set(['unseen']), leaving.signal);
    const stays = launcher.inspect(new Set(['unseen']), never);
    leaving.abort(new Error('left'));
    await expect(left).rejects.toThrow('left');
    listing.resolve();
    expect((await stays).get('unseen')).toMatchObject({ kind: 'ended' });
    expect(platform.lists).toBe(1);
  });

  it('kills until the cluster has heard it', async () => {
    platform.killFailures.push(new Error('503'), new Error('503'));
    await launcherOf().kill('tag', never);
    expect(platform.killed).toEqual(['tag']);
  });

  it('hurries the platform only while somebody waits', async () => {
    const launcher = launcherOf();
    const request = newLaunchRequest();
    await launcher.submit(request, never);
    expect(platform.isHurried).toBe(true);
    await launcher.settled(request.tag);
    expect(platform.isHurried).toBe(false);
  });
});
