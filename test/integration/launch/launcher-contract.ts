import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  EngineLauncher,
  JobRef,
  LaunchRequest,
  LaunchState,
  LaunchTag,
} from '../../../src/launch/launcher.ts';
import { newSecret } from '../../support/secrets.ts';

const never = new AbortController().signal;
/** For what a cluster takes its time for. */
const patience = { timeout: 90_000, interval: 100 };

/** Where a launcher is held against the contract. */
export interface LauncherPlace {
  /** A launcher that works; each is as if another gateway had made it. */
  readonly launcher: () => Promise<EngineLauncher>;
  /** A job that writes lines, one of which says that it lives, and ends when it is killed. */
  readonly living: () => LaunchRequest;
  /** A job that fails by itself, and `failure` is what its end is to say. */
  readonly failing: () => LaunchRequest;
  readonly livingLine: RegExp;
  readonly failure: RegExp;
  /** All that others can see of the jobs: command lines, objects of the cluster. */
  readonly shown: () => string | Promise<string>;
  /** Files that only launches need. */
  readonly launchFiles: () => readonly string[];
}

/** What every launcher guarantees, whatever it launches on. */
export function launcherContract(name: string, placeOf: () => LauncherPlace): void {
  describe(`a launcher of engines ${name}`, () => {
    const secret = newSecret();
    const engineKey = newSecret();
    let place: LauncherPlace;
    let launcher: EngineLauncher;
    /** Of a gateway that has come up after the launch. */
    let later: EngineLauncher;
    let living: LaunchRequest;
    let failing: LaunchRequest;
    let ref: JobRef;
    let failingSubmitted: Promise<JobRef>;
    const said: string[] = [];
    const reading = new AbortController();

    beforeAll(async () => {
      place = placeOf();
      launcher = await place.launcher();
      const request = place.living();
      living = {
        ...request,
        conf: new Map([...request.conf, ['spark.my.password', secret]]),
        engineKey,
        say: (line) => said.push(line),
      };
      failing = { ...place.failing(), engineKey };
      const submitted = launcher.submit(living, never);
      failingSubmitted = launcher.submit(failing, never);
      failingSubmitted.catch(() => {}); // its own test tells
      ref = await submitted;
    });
    afterAll(async () => {
      reading.abort();
      const both = [living, failing].map(({ tag }) => launcher.kill(tag, never));
      await Promise.all(both);
    });

    const stateOf = async (by: EngineLauncher, tag: LaunchTag): Promise<LaunchState> =>
      (await by.inspect(new Set([tag]), never)).get(tag) ?? { kind: 'unknown' };

    it('answers with how to find the job, which is alive and listed', async () => {
      expect(ref).not.toBe('');
      expect((await stateOf(launcher, living.tag)).kind).toMatch(/^(?:pending|running)$/);
      expect(await listed(launcher)).toContain(living.tag);
    });

    it('gives the log by lines, from the first or any later one', async () => {
      const log = await readUntil(launcher.log(living.tag, 0, reading.signal), place.livingLine);
      const at = log.length - 1;
      const rest = await readUntil(launcher.log(living.tag, at, reading.signal), /(?:)/);
      expect(rest).toEqual([log[at]]);
    });

    it('shows secrets neither to others nor in the log', async () => {
      const log = await readUntil(launcher.log(living.tag, 0, reading.signal), place.livingLine);
      const shown = [await place.shown(), ...said, ...log].join('\n');
      expect(shown).toContain(living.tag);
      for (const hidden of [secret, engineKey]) expect(shown).not.toContain(hidden);
    });

    it('knows that a tag of nobody is of no job, and has nothing to kill there', async () => {
      const nobody = randomUUID();
      expect(await stateOf(launcher, nobody)).toMatchObject({ kind: 'ended' });
      expect(await gatherAll(launcher.log(nobody, 0, never))).toEqual([]);
      await launcher.kill(nobody, never);
      await launcher.settled(nobody);
    });

    it('finds by its tag a job that an earlier gateway has launched', async () => {
      later = await place.launcher();
      expect((await stateOf(later, living.tag)).kind).toMatch(/^(?:pending|running)$/);
      expect(await listed(later)).toContain(living.tag);
      await expect.poll(() => logOf(later, living.tag), patience).toMatch(place.livingLine);
    });

    it('tells no end to whoever has stopped waiting for it', async () => {
      for (const each of [launcher, later]) {
        const leaving = new AbortController();
        const end = each.ended(living.tag, leaving.signal);
        leaving.abort(new Error('left'));
        await expect(end).rejects.toThrow('left');
      }
    });

    it('tells the end of a job that fails with its reason, and takes an order to kill it', async () => {
      await failingSubmitted;
      const end = await launcher.ended(failing.tag, never);
      expect(end).toMatchObject({ kind: 'ended', outcome: 'failed' });
      expect(end.reason).toMatch(place.failure);
      expect((await stateOf(launcher, failing.tag)).kind).toBe('ended');
      await launcher.kill(failing.tag, never);
      await launcher.settled(failing.tag);
      expect(await listed(launcher)).not.toContain(failing.tag);
    });

    it('keeps a job when its launch is settled, and nothing that only the launch needed', async () => {
      await launcher.settled(living.tag);
      await launcher.settled(living.tag);
      await expect.poll(() => place.launchFiles(), patience).toEqual([]);
      expect((await stateOf(launcher, living.tag)).kind).toMatch(/^(?:pending|running)$/);
    });

    it('ends a job when it is killed, by whichever gateway and however often', async () => {
      const ends = [launcher, later].map((each) => each.ended(living.tag, never));
      await Promise.all([later.kill(living.tag, never), launcher.kill(living.tag, never)]);
      for (const end of await Promise.all(ends)) {
        expect(end.kind).toBe('ended');
        expect(end.reason).not.toBe('');
        expect(end.outcome).not.toBe('succeeded');
      }
      await expect.poll(() => listed(later), patience).not.toContain(living.tag);
      await launcher.kill(living.tag, never);
      const state = (): Promise<LaunchState> => stateOf(launcher, living.tag);
      await expect.poll(state, patience).toMatchObject({ kind: 'ended' });
    });
  });
}

async function listed(launcher: EngineLauncher): Promise<readonly LaunchTag[]> {
  return gatherAll(launcher.list(never));
}

/** The lines up to the first that is as wanted. */
async function readUntil(lines: AsyncIterable<string>, wanted: RegExp): Promise<readonly string[]> {
  const read: string[] = [];
  for await (const line of lines) {
    read.push(line);
    if (wanted.test(line)) return read;
  }
  throw new Error(`the log has no ${String(wanted)}:\n${read.join('\n')}`);
}

/** What there is within a moment. */
async function logOf(launcher: EngineLauncher, tag: LaunchTag): Promise<string> {
  const read: string[] = [];
  for await (const line of launcher.log(tag, 0, AbortSignal.timeout(1000))) read.push(line);
  return read.join('\n');
}

async function gatherAll<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
