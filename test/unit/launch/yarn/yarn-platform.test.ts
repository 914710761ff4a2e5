import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../../src/core/clock.ts';
import { YarnPlatform } from '../../../../src/launch/yarn/yarn-platform.ts';
import type { JobSink, JobView } from '../../../../src/launch/job-platform.ts';
import type { Application } from '../../../../src/launch/yarn/rest-schemas.ts';
import type { YarnSpec } from '../../../../src/preset/cluster-spec.ts';
import { processesNaming } from '../../../support/processes.ts';
import { filesBelow } from '../../../support/secret-search.ts';
import { makeTempDir, removeTempDir } from '../../../support/temp-dir.ts';
import { application, fleet, tag } from './application.ts';
import { FakeManager } from './fake-manager.ts';
import { job, spec } from './yarn-job.ts';

const never = new AbortController().signal;
let dir: string;
let fake: FakeManager;
const said: string[] = [];
const say = (line: string): number => said.push(line);

beforeEach(() => {
  dir = makeTempDir('yarn-platform');
  fake = new FakeManager();
  said.length = 0;
});
afterEach(() => removeTempDir(dir));

/** A platform whose spark-submit is this script, with its folder in $DIR. */
function platform(script: string, changes: Partial<YarnSpec> = {}): YarnPlatform {
  const bin = join(dir, 'spark', 'bin');
  mkdirSync(bin, { recursive: true });
  const path = join(bin, 'spark-submit');
  writeFileSync(path, `#!/bin/bash\nDIR=${dir}\n${script}\n`);
  chmodSync(path, 0o755);
  return new YarnPlatform({
    spec: { ...spec, ...changes },
    fleet,
    sparkHome: join(dir, 'spark'),
    javaHome: undefined,
    cacheDir: join(dir, 'cache'),
    baseEnvironment: { PATH: process.env['PATH'], AWS_SECRET_ACCESS_KEY: 'x' },
    osUser: 'torii',
    clock: systemClock,
    fetch: fake.fetch,
    random: () => 0,
  });
}

const submittedLine = 'echo INFO YarnClientImpl: Submitted application application_1_0007 >&2';

/** What YARN knows once spark-submit has run. */
function takes(changes: Partial<Application>): Promise<void> {
  return until(() => existsSync(join(dir, 'ran'))).then(() => {
    fake.applications = [application(changes)];
    writeFileSync(join(dir, 'go'), '');
  });
}
const afterTaking = 'touch $DIR/ran; while [ ! -e $DIR/go ]; do sleep 0.02; done';

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await systemClock.sleep(10);
}

describe('a submission', () => {
  it('runs with the files of its cluster and little else of the gateway’s environment', async () => {
    const script = `env > $DIR/env; stat -c %a "$4" "$(dirname "$4")" > $DIR/modes; ${submittedLine}`;
    expect(await platform(script).submit(job, say, never)).toBe('application_1_0007');
    const environment = readFileSync(join(dir, 'env'), 'utf8');
    expect(environment).toContain('HADOOP_CONF_DIR=/etc/hadoop/prod\n');
    expect(environment).toContain('YARN_CONF_DIR=/etc/hadoop/prod\n');
    expect(environment).not.toContain('AWS_SECRET');
    expect(readFileSync(join(dir, 'modes'), 'utf8')).toBe('600\n700\n');
    expect(filesBelow(join(dir, 'cache'))).toEqual([]);
  });

  it('is refused with sidecars, and nothing is started', async () => {
    const sidecars = [{ name: 'hive-metastore', image: 'm:4', port: 9083, environment: new Map() }];
    const submitted = platform('touch $DIR/ran').submit({ ...job, sidecars }, say, never);
    await expect(submitted).rejects.toMatchObject({
      trouble: 'refused',
      message: expect.stringContaining('beside the driver (hive-metastore)') as string,
      hint: expect.stringContaining('Kubernetes cluster') as string,
    });
    expect(existsSync(join(dir, 'ran'))).toBe(false);
  });

  it('is refused for a tag that YARN would change', async () => {
    const submitted = platform('').submit({ ...job, tag: 'Upper' }, say, never);
    await expect(submitted).rejects.toThrow(`"Upper" can't be a launch's tag`);
  });

  it('is not repeated for a launch that YARN has already', async () => {
    fake.applications = [application({ id: 'application_1_0003', state: 'FAILED' })];
    const ref = await platform('touch $DIR/ran').submit(job, say, never);
    expect(ref).toBe('application_1_0003');
    expect(existsSync(join(dir, 'ran'))).toBe(false);
  });

  it('is found by its tag when its process dies before it can tell', async () => {
    const submitted = platform(`${afterTaking}; kill -9 $$`).submit(job, say, never);
    await takes({ id: 'application_1_0009', state: 'ACCEPTED' });
    expect(await submitted).toBe('application_1_0009');
  });

  it('may be tried again when its process dies before YARN took anything', async () => {
    await expect(platform('kill -9 $$').submit(job, say, never)).rejects.toMatchObject({
      trouble: 'busy',
      message: 'spark-submit ended with exit code 137 before YARN took its application',
    });
  });

  it('is unclear when its process dies and no resource manager answers', async () => {
    const submitted = platform(`${afterTaking}; exit 1`).submit(job, say, never);
    await until(() => existsSync(join(dir, 'ran')));
    fake.away.add('http://rm1:8088').add('http://rm2:8088');
    writeFileSync(join(dir, 'go'), '');
    await expect(submitted).rejects.toMatchObject({ trouble: 'unclear' });
  });

  it('is refused in the words of YARN, by the application that it turned away', async () => {
    const submitted = platform(`${afterTaking}; exit 1`).submit(job, say, never);
    await takes({
      state: 'FAILED',
      amContainerLogs: undefined,
      diagnostics: 'User bob does not have permission to submit application_1_0001 to queue etl',
    });
    await expect(submitted).rejects.toMatchObject({
      trouble: 'refused',
      message: expect.stringContaining('bob does not have permission') as unknown,
      hint: expect.stringContaining('right to submit') as unknown,
    });
  });

  it.each([
    ['User: torii is not allowed to impersonate alice', 'refused', /hadoop\.proxyuser/],
    ['GSS initiate failed', 'refused', /principal and keytab/],
    ['Call From a to b failed on connection exception', 'busy', undefined],
  ])('that ends with "%s" is %s', async (text, trouble, hint) => {
    const script = `echo 'Exception in thread "main" java.io.IOException: ${text}'; exit 1`;
    const submitted = platform(script).submit(job, say, never);
    await expect(submitted).rejects.toMatchObject({ trouble });
    const error = (await submitted.catch((reason: unknown) => reason)) as { hint?: string };
    if (hint === undefined) expect(error.hint).toBeUndefined();
    else expect(error.hint).toMatch(hint);
  });

  it('is put off while no resource manager answers, and refused by one that wants Kerberos', async () => {
    const all = platform('touch $DIR/ran');
    fake.standby.add('http://rm1:8088').add('http://rm2:8088');
    await expect(all.submit(job, say, never)).rejects.toMatchObject({ trouble: 'busy' });
    fake.standby.clear();
    fake.refusal = { status: 401, body: '' };
    await expect(all.submit(job, say, never)).rejects.toMatchObject({ trouble: 'refused' });
    expect(existsSync(join(dir, 'ran'))).toBe(false);
  });

  it('leaves nothing running when nobody waits for it any more', async () => {
    const gone = new AbortController();
    const submitted = platform(`touch $DIR/ran; sleep 1000`).submit(job, say, gone.signal);
    await until(() => existsSync(join(dir, 'ran')));
    gone.abort(new Error('gone'));
    await expect(submitted).rejects.toMatchObject({ trouble: 'unclear' });
    expect(processesNaming(dir)).toEqual([]);
    expect(filesBelow(join(dir, 'cache'))).toEqual([]);
  });

  it('is ended by a kill, as is all that YARN has of the launch', async () => {
    const killing = platform(`touch $DIR/ran; sleep 1000`);
    const submitted = killing.submit(job, say, never).catch((error: unknown) => error);
    await until(() => existsSync(join(dir, 'ran')));
    await expect(killing.submit(job, say, never)).rejects.toMatchObject({ trouble: 'unclear' });
    fake.applications = [
      application({ id: 'application_1_0001' }),
      application({ id: 'application_1_0002', state: 'ACCEPTED' }),
      application({ id: 'application_1_0003', state: 'FINISHED' }),
    ];
    await killing.kill(tag, 'application_1_0004', never);
    expect(await submitted).toMatchObject({ trouble: 'unclear' });
    const kills = fake.asked.filter((line) => line.startsWith('PUT'));
    expect(kills.map((line) => /application_\d+_\d+/.exec(line)?.[0])).toEqual([
      'application_1_0001',
      'application_1_0002',
      'application_1_0004',
    ]);
  });
});

class Heard implements JobSink {
  readonly told: (readonly JobView[] | 'unreachable')[] = [];
  all(jobs: readonly JobView[]): void {
    this.told.push(jobs);
  }
  unreachable(): void {
    this.told.push('unreachable');
  }
  changed(): void {}
  gone(): void {}
  line(): void {}
}

describe('a poll', () => {
  it('tells what there is, that nobody answers, and what there is again', async () => {
    const following = new AbortController();
    const heard = new Heard();
    const yarn = platform('');
    fake.applications = [
      application({}),
      application({ state: 'FAILED', finishedTime: Date.now() - 7_200_000 }),
    ];
    const followed = yarn.follow(heard, following.signal);
    await until(() => heard.told.length === 1);
    expect(heard.told[0]).toMatchObject([{ tag, state: { kind: 'running' } }]);
    fake.away.add('http://rm1:8088').add('http://rm2:8088');
    yarn.hurry(true);
    await until(() => heard.told.length === 2);
    expect(heard.told[1]).toBe('unreachable');
    fake.away.clear();
    yarn.hurry(false);
    yarn.hurry(true);
    await until(() => heard.told.length === 3);
    expect(heard.told[2]).toHaveLength(1);
    following.abort();
    await followed;
  });

  it('begins with what an earlier gateway left behind', async () => {
    const root = join(dir, 'cache', 'yarn', 'prod');
    const others = join(root, String(process.ppid), 'other'); // a gateway that still runs
    const left = [join(root, '999999999', 'earlier'), join(root, String(process.pid), 'earlier')];
    for (const folder of [...left, others]) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'torii-engine.secrets'), 'x');
    }
    const following = new AbortController();
    const heard = new Heard();
    const followed = platform('').follow(heard, following.signal);
    await until(() => heard.told.length === 1);
    expect(filesBelow(root)).toEqual([join(others, 'torii-engine.secrets')]);
    following.abort();
    await followed;
  });
});
