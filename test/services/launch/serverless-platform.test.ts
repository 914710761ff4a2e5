import { afterEach, describe, expect, it, vi } from 'vitest';
import { GatewayError } from '../../../src/core/errors.ts';
import { PartialList } from '../../../src/launch/partial-list.ts';
import { type LabOptions, never, ServerlessLab } from './serverless-lab.ts';

let lab: ServerlessLab;
afterEach(() => lab.stop());

const start = async (options?: LabOptions): Promise<void> => {
  lab = await ServerlessLab.start(options);
};

async function failureOf(run: Promise<unknown>): Promise<GatewayError> {
  const thrown: unknown = await run.then(
    () => new Error('it went well'),
    (error: unknown) => error,
  );
  if (thrown instanceof GatewayError) return thrown;
  throw thrown;
}

describe('a launch on EMR Serverless', () => {
  it('tells its states, the page of Spark and the driver log, and is settled without its secrets', async () => {
    await start({ plan: { times: { SCHEDULED: 300 } } });
    const { launcher } = lab.desk();
    const request = lab.request({ 'spark.my.password': lab.engineKey });
    const ref = await launcher.submit(request, never);
    const [run] = lab.runsOf(request.tag);
    expect(ref).toBe(`${lab.applications[0]}/${run?.id}`);
    expect(run?.tags).toMatchObject({ 'torii:user': 'alice', 'torii:preset': 'bi' });
    expect(lab.aws.secrets.secrets.size).toBe(2);
    expect(JSON.stringify(run?.input)).not.toContain(lab.engineKey);

    const lines: string[] = [];
    const reading = (async () => {
      for await (const line of launcher.log(request.tag, 0, never)) lines.push(line);
    })();
    await vi.waitFor(() => expect(run?.life.state).toBe('RUNNING'));
    lab.aws.job(run?.id ?? '').process.log.add('stderr', 'INFO the driver is up');
    const wanted = [/is (?:SUBMITTED|SCHEDULED)/, /RUNNING$/, /Spark's page/, /the driver is up$/];
    for (const words of wanted) {
      await vi.waitFor(() => expect(lines.join('\n')).toMatch(new RegExp(words, 'm')), 5000);
    }
    await launcher.settled(request.tag);
    await reading;
    await vi.waitFor(() => expect(lab.aws.secrets.secrets.size).toBe(0), 5000);
    expect(lines.join('\n')).not.toContain(lab.engineKey);
  });

  it('has the driver log from S3 where there is no other, from its beginning and to its end', async () => {
    await start({ hasEarlyS3Logs: true });
    const logs = { s3: 's3://logs/engines', cloudWatch: undefined, kmsKey: undefined };
    const { launcher, platform } = lab.desk({ logs });
    const request = lab.request();
    await launcher.submit(request, never);
    const [run] = lab.runsOf(request.tag);
    const { life, process: driver } = lab.aws.job(run?.id ?? '');
    driver.log.add('stderr', 'WARN the first line');
    const lines: string[] = [];
    const [job] = launcher.jobs();
    if (job === undefined) throw new Error('the job is not known');
    expect(job.link).toBe(
      `s3://logs/engines/applications/${lab.applications[0]}/jobs/${run?.id}/SPARK_DRIVER`,
    );
    const reading = (async () => {
      for await (const line of platform.log(job, never)) lines.push(line);
    })();
    await vi.waitFor(() => expect(lines).toEqual(['WARN the first line']), 5000);
    driver.log.add('stderr', 'WARN the second line');
    driver.log.add('stdout', 'a word of the program');
    await vi.waitFor(() => expect(lines).toHaveLength(3), 5000);
    life.succeed();
    await reading;
    expect(lines.toSorted()).toEqual([
      'WARN the first line',
      'WARN the second line',
      'a word of the program',
    ]);
  });

  it('starts a stopped application and says so, whether the service would do it or not', async () => {
    await start({ applications: [{ state: 'STOPPED', startsItself: false, startMs: 200 }] });
    const request = lab.request();
    await lab.desk().launcher.submit(request, never);
    expect(request.said.join('\n')).toMatch(/is STOPPED; starting it, which takes a minute or two/);
    expect(request.said.join('\n')).toMatch(/is STARTING; next try in \d+ s/);
    expect(lab.aws.faults.count('emr-serverless:StartApplication')).toBe(1);
    await lab.stop();

    await start({ applications: [{ state: 'CREATED' }] });
    const other = lab.request();
    await lab.desk().launcher.submit(other, never);
    expect(other.said.join('\n')).toMatch(/is CREATED; the job starts it/);
    expect(lab.aws.faults.count('emr-serverless:StartApplication')).toBe(0);
  });

  it('goes to the next application when one is at its limit, and says which', async () => {
    await start({ applications: [{ maxConcurrentRuns: 1 }, {}] });
    const { launcher } = lab.desk();
    const [one, two] = [lab.request(), lab.request()];
    expect(await launcher.submit(one, never)).toContain(`${lab.applications[0]}/`);
    expect(await launcher.submit(two, never)).toContain(`${lab.applications[1]}/`);
    expect(two.said.join('\n')).toMatch(
      /runs 1 jobs, which is as many as it may; trying application/,
    );
  });

  it('asks for its application once with all others, also after an answer that did not come', async () => {
    await start();
    lab.aws.faults.add('emr-serverless:GetApplication', { kind: 'cut' }, 1);
    const { launcher } = lab.desk();
    const requests = Array.from({ length: 10 }, () => lab.request());
    await Promise.all(requests.map((request) => launcher.submit(request, never)));
    expect(lab.aws.serverless.runs.size).toBe(10);
    expect(lab.aws.faults.count('emr-serverless:GetApplication')).toBe(2);
  });

  it('is put off by a quota and taken by another application', async () => {
    await start({ applications: [{}, {}] });
    const error = { kind: 'error', code: 'ServiceQuotaExceededException', status: 402 } as const;
    lab.aws.faults.add('emr-serverless:StartJobRun', error, 1);
    const ref = await lab.desk().launcher.submit(lab.request(), never);
    expect(ref).toContain(`${lab.applications[1]}/`);
  });

  it('is one job when the answer is lost, and when the list cannot tell of it either', async () => {
    await start();
    lab.aws.faults.add('emr-serverless:StartJobRun', { kind: 'lost-reply' }, 1);
    const { launcher } = lab.desk();
    const found = lab.request();
    await launcher.submit(found, never);
    expect(lab.runsOf(found.tag)).toHaveLength(1);
    expect(found.said.join('\n')).toMatch(/no answer to the launch .*; looking for it in \d+ s/);
    expect(lab.aws.faults.count('emr-serverless:StartJobRun')).toBe(1);

    // Ended before anybody could look: no list of alive runs has it, and the token finds it.
    lab.aws.plans.add(() => true, { fails: { state: 'SUBMITTED', details: 'worker too large' } });
    lab.aws.faults.add('emr-serverless:StartJobRun', { kind: 'lost-reply' }, 1);
    const ended = lab.request();
    await launcher.submit(ended, never);
    expect(lab.runsOf(ended.tag)).toHaveLength(1);
    expect(ended.said.join('\n')).toMatch(/the launch did not arrive; it is sent again/);
    await expect(launcher.ended(ended.tag, never)).resolves.toMatchObject({ outcome: 'failed' });
  });

  it.each(['ServiceQuotaExceededException', 'ThrottlingException'])(
    'is one job when the answer is lost and the second try is put off (%s)',
    async (code) => {
      await start({ applications: [{}, {}] });
      // It has ended before anybody could look, so that no list of alive runs has it.
      lab.aws.plans.add(() => true, { fails: { state: 'SUBMITTED', details: 'too large' } });
      lab.aws.faults.add('emr-serverless:StartJobRun', { kind: 'lost-reply' }, 1);
      const error = { kind: 'error', code, status: 402 } as const;
      lab.aws.faults.add('emr-serverless:StartJobRun', error, 1);
      const { launcher } = lab.desk();
      const request = lab.request();
      const ref = await launcher.submit(request, never);
      const [run, ...others] = lab.runsOf(request.tag);
      expect(others).toEqual([]);
      expect(ref).toBe(`${lab.applications[0]}/${run?.id}`);
      expect(lab.aws.faults.count('emr-serverless:StartJobRun')).toBe(3);
    },
  );

  it('is sent to an application that had no room again when a minute is over', async () => {
    await start({ applications: [{}, {}], haste: 100 });
    const details = 'Job failed: the request exceeded maximumCapacity';
    lab.aws.plans.add(() => true, { fails: { state: 'SCHEDULED', details } }, 1);
    const { launcher } = lab.desk();
    const [full, next, later] = [lab.request(), lab.request(), lab.request()];
    expect(await launcher.submit(full, never)).toContain(`${lab.applications[0]}/`);
    await launcher.ended(full.tag, never);
    expect(await launcher.submit(next, never)).toContain(`${lab.applications[1]}/`);
    await lab.clock.sleep(70_000);
    expect(await launcher.submit(later, never)).toContain(`${lab.applications[0]}/`);
  });

  it('gets through a throttling storm without an error', async () => {
    await start({ haste: 100 });
    lab.aws.faults.add('emr-serverless:StartJobRun', { kind: 'throttle' }, 6);
    const { launcher } = lab.desk();
    const requests = Array.from({ length: 5 }, () => lab.request());
    const refs = await Promise.all(requests.map((request) => launcher.submit(request, never)));
    expect(new Set(refs).size).toBe(5);
    expect(requests.flatMap(({ said }) => said).join('\n')).toMatch(/ThrottlingException/);
  });

  it('waits for its turn when there are more at once than EMR takes, and says how many come first', async () => {
    await start({ haste: 100 });
    const { launcher } = lab.desk();
    const requests = Array.from({ length: 30 }, () => lab.request());
    await Promise.all(requests.map((request) => launcher.submit(request, never)));
    const said = requests.flatMap((request) => request.said).join('\n');
    expect(said).toMatch(/waiting for its turn to call EMR Serverless, \d+ before this one/);
    expect(lab.aws.serverless.runs.size).toBe(30);
    expect(lab.aws.faults.count('emr-serverless:GetJobRun')).toBe(0);
  }, 60_000);

  it('gives its turn up when its time is over before it comes', async () => {
    await start({ haste: 10 });
    const { launcher } = lab.desk();
    const soon = { 'kyuubi.session.engine.initialize.timeout': 'PT10S' };
    const requests = Array.from({ length: 40 }, () => lab.request(soon));
    const ends = await Promise.allSettled(
      requests.map((request) => launcher.submit(request, never)),
    );
    const late = ends.filter((end) => end.status === 'rejected');
    expect(late.length).toBeGreaterThan(0);
    for (const { reason } of late) {
      expect(reason).toMatchObject({
        code: 'ENGINE_LAUNCH_BUSY',
        message: expect.stringMatching(/in time: waiting for its turn to call EMR Serverless, \d+/),
      });
    }
    expect(lab.aws.faults.count('emr-serverless:StartJobRun')).toBeLessThan(40);
  });

  it('goes on with new credentials when the old ones expire under it', async () => {
    await start();
    const first = lab.aws.credentials.issue('arn:aws:sts::123456789012:assumed-role/gw/a', 60_000);
    lab.useKeys(first);
    const { launcher } = lab.desk();
    await launcher.submit(lab.request(), never);
    lab.useKeys(lab.aws.credentials.issue('arn:aws:sts::123456789012:assumed-role/gw/b', 60_000));
    lab.aws.credentials.expire(first.accessKeyId);
    const second = lab.request();
    await launcher.submit(second, never);
    expect(lab.runsOf(second.tag)).toHaveLength(1);
    expect(second.said.join('\n')).not.toMatch(/Expired/);
  });

  it.each([
    ['ValidationException', 400, /ValidationException/, /the setting that the message names/],
    ['AccessDeniedException', 403, /AccessDeniedException/, /iam:PassRole/],
    ['ConflictException', 409, /ConflictException/, /launch tag/],
  ])('is refused at once for %s', async (code, status, message, hint) => {
    await start();
    lab.aws.faults.add('emr-serverless:StartJobRun', { kind: 'error', code, status });
    const error = await failureOf(lab.desk().launcher.submit(lab.request(), never));
    expect(error).toMatchObject({ code: 'ENGINE_LAUNCH_FAILED' });
    expect(error.message).toMatch(message);
    expect(error.hint).toMatch(hint);
    expect(lab.aws.faults.count('emr-serverless:StartJobRun')).toBe(1);
  });

  it('is refused without a role, for an application that there is not, and for an old release', async () => {
    await start({ applications: [{ releaseLabel: 'emr-6.15.0' }] });
    const submit = (role: string, applications = lab.applications) =>
      failureOf(
        lab
          .desk({ applications })
          .launcher.submit(lab.request({ 'spark.emr.execution.role': role }), never),
      );
    expect((await submit('')).message).toMatch(/alice has no execution role on this cluster$/);
    expect((await submit(lab.aws.role)).message).toMatch(/Spark 3\.4\.1, and the engine needs/);
    expect((await submit(lab.aws.role, ['00fnosuch'])).hint).toMatch(/applications and region/);
    expect(lab.aws.faults.count('emr-serverless:StartJobRun')).toBe(0);
  });

  it('goes past an application of another release than its settings are for', async () => {
    await start({
      applications: [{ releaseLabel: 'emr-spark-8.0.0' }, { releaseLabel: 'emr-7.9.0' }],
    });
    const { launcher } = lab.desk();
    const request = lab.request({}, { release: 'emr-7.9.0' });
    expect(await launcher.submit(request, never)).toContain(lab.applications[1]);
    expect(request.said.join('\n')).toMatch(
      /is of release emr-spark-8\.0\.0, and the clusters' file says emr-7\.9\.0; trying application/,
    );
    const nowhere = lab.request({}, { release: 'emr-7.10.0' });
    const error = await failureOf(launcher.submit(nowhere, never));
    expect(error.message).toMatch(/is of release emr-7\.9\.0, .* says emr-7\.10\.0$/);
    expect(error.hint).toMatch(/Correct release of the cluster or of the preset/);
    expect(lab.aws.faults.count('emr-serverless:StartJobRun')).toBe(1);
  });
});

describe('a job run that ends', () => {
  it.each([
    ['SUBMITTED', 'Internal service error', /try again/],
    ['PENDING', 'Insufficient free IP addresses in subnet subnet-1', /no free addresses/],
    [
      'SCHEDULED',
      'Worker could not be allocated as the application has exceeded maximumCapacity settings: [cpu: 16 vCPU]',
      /maximumCapacity is used up/,
    ],
    ['RUNNING', 'Job failed. ExitCode: 137', /spark\.driver\.memory/],
  ])('by failing in %s is told with its reason and what to do', async (state, details, hint) => {
    await start({ plan: { fails: { state, details } } });
    const { launcher, ended } = lab.desk();
    const request = lab.request();
    await launcher.submit(request, never);
    const end = await launcher.ended(request.tag, never);
    expect(end).toMatchObject({ outcome: 'failed' });
    expect(end.reason).toContain(`FAILED: ${details}`);
    expect(end.hint).toMatch(hint);
    await launcher.settled(request.tag);
    await vi.waitFor(() => expect(lab.aws.secrets.secrets.size).toBe(0), 5000);
    expect(ended).toMatchObject([{ tag: request.tag, state: { outcome: 'failed' } }]);
  });

  it('before EMR knows of it everywhere is not taken for gone', async () => {
    await start({ plan: { fails: { state: 'SUBMITTED', details: 'worker too large' } } });
    const error = { kind: 'error', code: 'ResourceNotFoundException', status: 404 } as const;
    lab.aws.faults.add('emr-serverless:GetJobRun', error, 1);
    const { launcher } = lab.desk();
    const request = lab.request();
    await launcher.submit(request, never);
    const end = await launcher.ended(request.tag, never);
    expect(end).toMatchObject({ outcome: 'failed' });
    expect(end.reason).toContain('worker too large');
  });

  it('because its role trusts nobody is told so', async () => {
    await start();
    const { launcher } = lab.desk();
    const role = `arn:aws:iam::${lab.aws.accountId}:role/strange`;
    const request = lab.request({ 'spark.emr.execution.role': role });
    await launcher.submit(request, never);
    const end = await launcher.ended(request.tag, never);
    expect(end.reason).toMatch(/Could not assume runtime role/);
    expect(end.hint).toMatch(/trust in emr-serverless\.amazonaws\.com/);
  });

  it('by a kill is told once with its owner and what it has used, and a second kill is no error', async () => {
    await start();
    const { launcher, ended } = lab.desk();
    const request = lab.request();
    await launcher.submit(request, never);
    await vi.waitFor(() => expect(lab.runsOf(request.tag)[0]?.life.state).toBe('RUNNING'));
    await vi.waitFor(() => expect(launcher.jobs()[0]?.platformState).toBe('RUNNING'), 5000);
    await launcher.kill(request.tag, never);
    await expect(launcher.ended(request.tag, never)).resolves.toMatchObject({ outcome: 'killed' });
    expect(ended).toMatchObject([{ tag: request.tag, owner: { user: 'alice', preset: 'bi' } }]);
    expect(ended[0]?.usage?.vcpuSeconds).toBeGreaterThan(0);
    await launcher.kill(request.tag, never);
  });
});

it('a job run that is being cancelled already is not cancelled again and again', async () => {
  await start({ plan: { times: { CANCELLING: 600_000 } } });
  const { launcher } = lab.desk();
  const request = lab.request();
  await launcher.submit(request, never);
  await vi.waitFor(() => expect(lab.runsOf(request.tag)[0]?.life.state).toBe('RUNNING'));
  await launcher.kill(request.tag, never);
  await launcher.kill(request.tag, never);
  expect(lab.runsOf(request.tag)[0]?.life.state).toBe('CANCELLING');
  expect(lab.aws.faults.count('emr-serverless:CancelJobRun')).toBe(2);
  expect(lab.aws.faults.count('emr-serverless:CancelJobRun', 'ConflictException')).toBe(1);
});

describe('several gateways', () => {
  it('see each other’s engines with their owners, and none of another fleet', async () => {
    await start();
    const request = lab.request();
    await lab.desk().launcher.submit(request, never);
    const other = lab.desk();
    const [seen] = await other.launcher.listed(never);
    expect(seen).toMatchObject({
      tag: request.tag,
      owner: { user: 'alice', group: 'analysts', session: 's-1', preset: 'bi' },
    });
    const ref = seen?.ref ?? '';
    await other.platform.kill(request.tag, ref, never);
    const stranger = await other.platform.list(never);
    expect(stranger.map(({ tag }) => tag)).toEqual([request.tag]);
  });

  it('a gateway that comes back finds its engine by its name and ends it', async () => {
    await start();
    const gone = lab.desk();
    const request = lab.request();
    await gone.launcher.submit(request, never);
    await gone.stop();
    const back = lab.desk();
    await back.platform.kill(request.tag, undefined, never);
    await vi.waitFor(() => expect(lab.runsOf(request.tag)[0]?.life.state).toBe('CANCELLED'));
  });
});

describe('an application that the gateway may not look at', () => {
  const deny = (application: string | undefined): void => {
    const error = { kind: 'error', code: 'AccessDeniedException', status: 403 } as const;
    const wanted = /^(?:ListJobRuns|GetJobRun)$/;
    lab.aws.faults.add(
      ({ operation, input }) => wanted.test(operation) && input['applicationId'] === application,
      error,
    );
  };

  it('blinds nobody for the others, and its own engines stay as they were', async () => {
    await start({ applications: [{ maxConcurrentRuns: 1 }, {}] });
    const { launcher, platform, ended } = lab.desk();
    const [hidden, seen] = [lab.request(), lab.request()];
    expect(await launcher.submit(hidden, never)).toContain(lab.applications[0]);
    expect(await launcher.submit(seen, never)).toContain(lab.applications[1]);
    await vi.waitFor(() => {
      expect(launcher.jobs().map(({ platformState }) => platformState)).toEqual([
        'RUNNING',
        'RUNNING',
      ]);
    }, 5000);
    deny(lab.applications[0]);
    const lines: string[] = [];
    const reading = (async () => {
      for await (const line of launcher.log(seen.tag, 0, never)) lines.push(line);
    })();
    lab.runsOf(hidden.tag)[0]?.life.succeed();
    lab.runsOf(seen.tag)[0]?.life.succeed();
    await expect(launcher.ended(seen.tag, never)).resolves.toMatchObject({ outcome: 'succeeded' });
    expect(ended.map(({ tag }) => tag)).toEqual([seen.tag]);
    const own = launcher.jobs().find(({ tag }) => tag === hidden.tag);
    expect(own?.platformState).toBe('RUNNING');
    await launcher.settled(seen.tag);
    await reading;
    const trouble = lines.filter((line) => line.includes("can't be looked at"));
    expect(trouble).toEqual([
      expect.stringMatching(
        new RegExp(`application ${lab.applications[0]}: AccessDeniedException: .*taken for alive$`),
      ),
    ]);
    await expect(platform.list(never)).rejects.toBeInstanceOf(PartialList);

    // A gateway that never knew of it takes it neither for dead nor for killed.
    const other = lab.desk();
    const state = (await other.launcher.inspect(new Set([hidden.tag]), never)).get(hidden.tag);
    expect(state).toEqual({ kind: 'unknown' });
    await expect(other.platform.kill(hidden.tag, undefined, never)).rejects.toThrow(/application/);
    lab.aws.faults.clear();
    await expect(launcher.ended(hidden.tag, never)).resolves.toMatchObject({
      outcome: 'succeeded',
    });
  });

  it('is a cluster that does not answer where there is no other', async () => {
    await start();
    const { launcher, platform } = lab.desk();
    const request = lab.request();
    await launcher.submit(request, never);
    deny(lab.applications[0]);
    await expect(platform.list(never)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await vi.waitFor(() => expect(launcher.isHeard).toBe(false), 5000);
  });
});

it('a list that AWS throttles is told as that, and not as a cluster that does not answer', async () => {
  await start();
  const { launcher } = lab.desk();
  const request = lab.request();
  await launcher.submit(request, never);
  const lines: string[] = [];
  const reading = (async () => {
    for await (const line of launcher.log(request.tag, 0, never)) lines.push(line);
  })();
  lab.aws.faults.add('emr-serverless:ListJobRuns', { kind: 'throttle' });
  const words =
    /AWS throttles the calls to EMR Serverless \(ThrottlingException: .*; the launch goes on$/m;
  await vi.waitFor(() => expect(lines.join('\n')).toMatch(words), 10_000);
  expect(lines.join('\n')).not.toContain('does not answer');
  await launcher.settled(request.tag);
  await reading;
});

describe('the secrets of a gateway that died', () => {
  it('are removed by another one of the fleet once nobody needs them, and those of others are left', async () => {
    await start();
    const dead = lab.desk();
    await dead.launcher.submit(lab.request(), never);
    await dead.stop();
    const { secrets } = lab.aws.secrets;
    expect(secrets.size).toBe(1);
    const [[name, secret] = []] = secrets;
    if (name === undefined || secret === undefined) throw new Error('there is no secret');
    const [ofOtherFleet, ofOtherCluster] = [name.replace(lab.fleet, 'ffffffffffff'), `${name}7`];
    secrets.set(ofOtherFleet, secret);
    const tags = [{ Key: 'torii:cluster', Value: 'another' }];
    secrets.set(ofOtherCluster, { ...secret, tags });
    secrets.delete(name);
    secrets.set(name, secret); // the last in the list
    lab.clock.hasten(2000);
    lab.desk();
    await vi.waitFor(() => expect(secrets.has(name)).toBe(false), 10_000);
    expect([...secrets.keys()]).toEqual([ofOtherFleet, ofOtherCluster]);
  });
});

describe('a look at single runs that is throttled', () => {
  it('keeps nobody from the news of the others', async () => {
    await start();
    const { launcher, platform } = lab.desk();
    const [gone, alive] = [lab.request(), lab.request()];
    await launcher.submit(gone, never);
    await launcher.submit(alive, never);
    lab.aws.faults.add('emr-serverless:GetJobRun', { kind: 'throttle' });
    const [run] = lab.runsOf(gone.tag);
    run?.life.succeed();
    const [other] = lab.runsOf(alive.tag);
    await vi.waitFor(() => expect(other?.life.state).toBe('RUNNING'), 5000);
    const jobs = await platform.list(never);
    expect(jobs.find(({ tag }) => tag === alive.tag)?.platformState).toBe('RUNNING');
    expect(jobs.find(({ tag }) => tag === gone.tag)?.state.kind).not.toBe('ended');
    lab.aws.faults.clear();
    await expect(launcher.ended(gone.tag, never)).resolves.toMatchObject({ outcome: 'succeeded' });
  });
});

describe('500 engines', () => {
  it('cost one list call a second at most, and a gateway that did not start them looks at 60 a round once', async () => {
    await start({ haste: 100 });
    const { faults } = lab.aws;
    for (let at = 0; at < 500; at += 50) await lab.startRuns(50);
    expect(lab.aws.serverless.runs.size).toBe(500);
    const platform = lab.platform();
    const owned = async () => (await platform.list(never)).filter(({ owner }) => owner.user);
    const sinceMs = lab.clock.monotonicMs();
    expect(await owned()).toHaveLength(60);
    expect(await owned()).toHaveLength(120);
    const seconds = (lab.clock.monotonicMs() - sinceMs) / 1000;
    const lists = faults.count('emr-serverless:ListJobRuns');
    expect(lists).toBeGreaterThanOrEqual(20);
    expect(lists).toBeLessThanOrEqual(seconds + 1);
    expect(faults.count('emr-serverless:GetJobRun')).toBe(120);
  }, 60_000);

  it('keep nobody waiting who launches another one: its states are told while the list goes on', async () => {
    await start({ haste: 10 });
    for (let at = 0; at < 500; at += 50) await lab.startRuns(50);
    const { launcher, platform } = lab.desk();
    await platform.list(never);
    lab.aws.plans.add(() => true, { times: { SCHEDULED: Infinity } }, 1);
    const request = lab.request();
    await launcher.submit(request, never);
    const [run] = lab.runsOf(request.tag);
    const stateNow = () => launcher.jobs().find(({ tag }) => tag === request.tag)?.platformState;
    const told = async (state: string) => {
      lab.aws.faults.forgetCalls();
      await vi.waitFor(() => expect(stateNow()).toBe(state), { timeout: 20_000, interval: 5 });
      return lab.aws.faults.count('emr-serverless:ListJobRuns');
    };
    await told('SCHEDULED');
    run?.life.moveOn();
    const pagesUntilRunning = await told('RUNNING');
    run?.life.fail('no more of it');
    const pagesUntilFailed = await told('FAILED');
    // A list has eleven pages, one a second.
    expect(pagesUntilRunning).toBeLessThan(6);
    expect(pagesUntilFailed).toBeLessThan(6);
    await launcher.settled(request.tag);
    lab.aws.faults.forgetCalls();
    await platform.list(never);
    expect(lab.aws.faults.count('emr-serverless:ListJobRuns')).toBeGreaterThanOrEqual(10);
  }, 60_000);
});
