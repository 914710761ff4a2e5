import { afterEach, describe, expect, it, vi } from 'vitest';
import { GatewayError } from '../../../src/core/errors.ts';
import { publishedRates } from '../../support/aws/rate-limits.ts';
import { EksLab, type LabOptions, never } from './eks-lab.ts';

let lab: EksLab;
afterEach(() => lab.stop());

const start = async (options?: LabOptions): Promise<void> => {
  lab = await EksLab.start(options);
};

async function failureOf(run: Promise<unknown>): Promise<GatewayError> {
  const thrown: unknown = await run.then(
    () => new Error('it went well'),
    (error: unknown) => error,
  );
  if (thrown instanceof GatewayError) return thrown;
  throw thrown;
}

describe('a launch on EMR on EKS', () => {
  it('tells its states and the driver log, and is settled without its secret', async () => {
    await start({ plan: { times: { SUBMITTED: 300 } } });
    const { launcher } = lab.desk();
    const request = lab.request({ 'spark.my.password': lab.engineKey });
    const ref = await launcher.submit(request, never);
    const run = lab.run(request.tag);
    expect(ref).toBe(`${lab.cluster.id}/${run.id}`);
    expect(run.input['tags']).toMatchObject({ 'torii:user': 'alice', 'torii:preset': 'bi' });
    expect([...lab.aws.secrets.secrets.keys()]).toEqual([`torii/${lab.fleet}/${request.tag}`]);
    expect(JSON.stringify(run.input)).not.toContain(lab.engineKey);
    expect(run.input).not.toHaveProperty('retryPolicyConfiguration');

    const lines = lab.listen(launcher, request.tag);
    await vi.waitFor(() => expect(run.life.state).toBe('RUNNING'));
    run.process.log.add('stderr', 'INFO the driver is up');
    const wanted = [/is (?:PENDING|SUBMITTED): /, /RUNNING$/, /the driver is up$/];
    for (const words of wanted) {
      await vi.waitFor(() => expect(lines.join('\n')).toMatch(new RegExp(words, 'm')), 5000);
    }
    await launcher.settled(request.tag);
    await vi.waitFor(() => expect(lab.aws.secrets.secrets.size).toBe(0), 5000);
    expect(lines.join('\n')).not.toContain(lab.engineKey);
  });

  it('has the driver log from S3 where there is no other, from its beginning and to its end', async () => {
    await start({ hasEarlyS3Logs: true });
    const logs = { s3: 's3://logs/engines', cloudWatch: undefined, kmsKey: undefined };
    const { launcher, platform } = lab.desk({ logs });
    const request = lab.request();
    await launcher.submit(request, never);
    const { id, life, process: driver } = lab.run(request.tag);
    driver.log.add('stderr', 'WARN the first line');
    const lines: string[] = [];
    const [job] = launcher.jobs();
    if (job === undefined) throw new Error('the job is not known');
    expect(job.link).toBe(
      `s3://logs/engines/${lab.cluster.id}/jobs/${id}/containers/spark-${id}/spark-${id}-driver`,
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

  it('waits in the queue of its virtual cluster and says why', async () => {
    await start({ cluster: { maxConcurrentRuns: 1, maxQueuedRuns: 1 } });
    const { launcher } = lab.desk();
    const [one, two, three] = [lab.request(), lab.request(), lab.request()];
    await launcher.submit(one, never);
    await launcher.submit(two, never);
    const lines = lab.listen(launcher, two.tag);
    const words = /PENDING: .*at its maximum concurrent job runs/;
    await vi.waitFor(() => expect(lines.join('\n')).toMatch(words), 5000);
    const third = launcher.submit(three, never);
    await vi.waitFor(() =>
      expect(three.said.join('\n')).toMatch(/limit of queued job runs.*; next try in \d+ s/),
    );
    lab.run(one.tag).life.succeed();
    await expect(third).resolves.toContain(lab.cluster.id);
  });

  it('has from its job template what the cluster leaves out', async () => {
    await start();
    const id = lab.aws.containers.addJobTemplate('engines', {
      ...{ executionRoleArn: lab.aws.role, releaseLabel: 'emr-${Release}-latest' },
      jobDriver: { sparkSubmitJobDriver: { entryPoint: 's3://jars/other.jar' } },
    });
    const { launcher } = lab.desk({
      releaseLabel: undefined,
      jobTemplate: { id, parameters: new Map([['Release', '7.10.0']]) },
    });
    const request = lab.request();
    await launcher.submit(request, never);
    expect(lab.run(request.tag).content).toMatchObject({
      releaseLabel: 'emr-7.10.0-latest',
      jobDriver: { sparkSubmitJobDriver: { entryPoint: 's3://jars/torii-spark-engine.jar' } },
    });
  });

  it('is one job when the answer is lost, and when the list cannot tell of it either', async () => {
    await start();
    lab.aws.faults.add('emr-containers:StartJobRun', { kind: 'lost-reply' }, 1);
    const { launcher } = lab.desk();
    const found = lab.request();
    await launcher.submit(found, never);
    expect(lab.runsOf(found.tag)).toHaveLength(1);
    expect(found.said.join('\n')).toMatch(/no answer to the launch .*; looking for it in \d+ s/);
    expect(lab.aws.faults.count('emr-containers:StartJobRun')).toBe(1);

    // Ended before anybody could look: no list of alive runs has it, and the token finds it.
    lab.aws.plans.add(() => true, { fails: { state: 'PENDING', details: 'no namespace' } });
    lab.aws.faults.add('emr-containers:StartJobRun', { kind: 'lost-reply' }, 1);
    const ended = lab.request();
    await launcher.submit(ended, never);
    expect(lab.runsOf(ended.tag)).toHaveLength(1);
    expect(ended.said.join('\n')).toMatch(/the launch did not arrive; it is sent again/);
    await expect(launcher.ended(ended.tag, never)).resolves.toMatchObject({ outcome: 'failed' });
  });

  it('is one job when the answer is lost and the second try is put off', async () => {
    await start();
    // It has ended before anybody could look, so that no list of alive runs has it.
    lab.aws.plans.add(() => true, { fails: { state: 'PENDING', details: 'no namespace' } });
    lab.aws.faults.add('emr-containers:StartJobRun', { kind: 'lost-reply' }, 1);
    lab.aws.faults.add('emr-containers:StartJobRun', { kind: 'throttle' }, 1);
    const request = lab.request();
    const ref = await lab.desk().launcher.submit(request, never);
    expect(ref).toBe(`${lab.cluster.id}/${lab.run(request.tag).id}`);
    expect(lab.aws.faults.count('emr-containers:StartJobRun')).toBe(3);
  });

  it('gets through a throttling storm without an error', async () => {
    await start({ haste: 100 });
    lab.aws.faults.add('emr-containers:StartJobRun', { kind: 'throttle' }, 6);
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
    expect(said).toMatch(/waiting for its turn to call EMR on EKS, \d+ before this one/);
    expect(lab.aws.containers.runs.size).toBe(30);
    expect(lab.aws.faults.count('emr-containers:DescribeJobRun')).toBe(0);
  }, 60_000);

  it('is never throttled at the rates that AWS grants, with more launches at once than its burst', async () => {
    await start({ haste: 1, rates: publishedRates });
    const { launcher } = lab.desk();
    const requests = Array.from({ length: 22 }, () => lab.request());
    await Promise.all(requests.map((request) => launcher.submit(request, never)));
    await Promise.all(requests.slice(0, 11).map(({ tag }) => launcher.kill(tag, never)));
    expect(lab.aws.containers.runs.size).toBe(22);
    expect(lab.aws.faults.count('emr-containers:*', 'ThrottlingException')).toBe(0);
  }, 60_000);

  it('goes on with new credentials when the old ones expire under it', async () => {
    await start();
    const first = lab.aws.credentials.issue('arn:aws:sts::123456789012:assumed-role/gw/a', 60_000);
    lab.useKeys(first);
    const { launcher } = lab.desk();
    const [one, second] = [lab.request(), lab.request()];
    await launcher.submit(one, never);
    lab.useKeys(lab.aws.credentials.issue('arn:aws:sts::123456789012:assumed-role/gw/b', 60_000));
    lab.aws.credentials.expire(first.accessKeyId);
    await launcher.submit(second, never);
    expect(lab.runsOf(second.tag)).toHaveLength(1);
    expect(second.said.join('\n')).not.toMatch(/Expired/);
    // The engine that was starting meanwhile is still followed.
    lab.run(one.tag).life.fail('it is over', 'USER_ERROR');
    await expect(launcher.ended(one.tag, never)).resolves.toMatchObject({ outcome: 'failed' });
  });

  it('is over when its time is, and its run is cancelled by a kill', async () => {
    await start({ plan: { times: { PENDING: Infinity } } });
    const { launcher } = lab.desk();
    lab.aws.faults.add('emr-containers:StartJobRun', { kind: 'throttle' });
    const late = lab.request({ 'kyuubi.session.engine.initialize.timeout': 'PT5S' });
    const failure = await failureOf(launcher.submit(late, never));
    expect(failure.code).toBe('ENGINE_LAUNCH_BUSY');
    await launcher.settled(late.tag);
    lab.aws.faults.clear();
    const waiting = lab.request();
    await launcher.submit(waiting, never);
    await launcher.kill(waiting.tag, never);
    await vi.waitFor(() => expect(lab.run(waiting.tag).life.state).toBe('CANCELLED'));
    await vi.waitFor(() => expect(lab.aws.secrets.secrets.size).toBe(0), 5000);
  });

  it.each([
    ['ValidationException', 400, /ValidationException/, /the setting that the message names/],
    ['AccessDeniedException', 403, /AccessDeniedException/, /emr-containers:StartJobRun/],
    ['ResourceNotFoundException', 400, /ResourceNotFound/, /virtualCluster, releaseLabel/],
  ])('is refused at once for %s', async (code, status, message, hint) => {
    await start();
    lab.aws.faults.add('emr-containers:StartJobRun', { kind: 'error', code, status }, 1);
    const { launcher } = lab.desk();
    const request = lab.request();
    const failure = await failureOf(launcher.submit(request, never));
    expect(failure.code).toBe('ENGINE_LAUNCH_FAILED');
    expect(failure.message).toMatch(message);
    expect(failure.hint).toMatch(hint);
    await launcher.settled(request.tag);
    await vi.waitFor(() => expect(lab.aws.secrets.secrets.size).toBe(0), 5000);
  });

  it.each([
    ['TERMINATING', /being deleted|deleting it/],
    ['TERMINATED', /has been deleted/],
    ['ARRESTED', /can not reach its EKS cluster/],
  ] as const)('is not sent to a virtual cluster that is %s', async (state, hint) => {
    await start({ cluster: { state } });
    const failure = await failureOf(lab.desk().launcher.submit(lab.request(), never));
    expect(failure.message).toContain(`virtual cluster ${lab.cluster.id} is ${state}`);
    expect(failure.hint).toMatch(hint);
    expect(lab.aws.faults.count('emr-containers:StartJobRun')).toBe(0);
    expect(lab.aws.secrets.secrets.size).toBe(0);
  });

  it('is refused for a role of another account, and before the call where there is none', async () => {
    await start();
    const { launcher } = lab.desk();
    const foreign = lab.request({ 'spark.emr.execution.role': 'arn:aws:iam::1:role/x' });
    expect((await failureOf(launcher.submit(foreign, never))).message).toMatch(/not the ARN/);
    const none = lab.request({ 'spark.emr.execution.role': '' });
    expect((await failureOf(launcher.submit(none, never))).message).toMatch(/no execution role/);
    expect(lab.aws.faults.count('emr-containers:StartJobRun')).toBe(0);
    const other = lab.request({ 'spark.emr.execution.role': 'arn:aws:iam::999999999999:role/x' });
    expect((await failureOf(launcher.submit(other, never))).message).toMatch(/Cross-account/);
  });
});

describe('a virtual cluster that is deleted', () => {
  it('ends its runs with that as their reason, and refuses the next launch at once', async () => {
    await start();
    const { launcher, ended } = lab.desk();
    const request = lab.request();
    await launcher.submit(request, never);
    await vi.waitFor(() => expect(launcher.jobs()[0]?.platformState).toBe('RUNNING'), 5000);
    lab.aws.containers.clusters.delete(lab.cluster.id);
    const end = await launcher.ended(request.tag, never);
    expect(end).toMatchObject({ outcome: 'killed', hint: expect.stringMatching(/virtualCluster/) });
    expect(end.reason).toMatch(/virtual cluster \w+ is gone \(ResourceNotFoundException: /);
    expect(ended.map(({ tag }) => tag)).toEqual([request.tag]);
    expect(launcher.isHeard).toBe(true);
    const failure = await failureOf(launcher.submit(lab.request(), never));
    expect(failure).toMatchObject({
      code: 'ENGINE_LAUNCH_FAILED',
      hint: expect.stringMatching(/virtualCluster/),
    });
  });
});

describe('a job run that ends', () => {
  it.each([
    ['PENDING', 'INTERNAL_ERROR', 'Internal error', /try again/],
    ['PENDING', 'CLUSTER_UNAVAILABLE', 'The EKS cluster is gone', /can not reach the EKS/],
    ['SUBMITTED', 'VALIDATION_ERROR', 'The pod template is invalid', /podTemplates/],
    ['SUBMITTED', 'USER_ERROR', 'ImagePullBackOff', /image of the cluster/],
    ['RUNNING', 'USER_ERROR', 'Driver failed. ExitCode: 137', /spark\.driver\.memory/],
  ])('by failing in %s with %s is told with its reason', async (state, reason, details, hint) => {
    await start({ plan: { fails: { state, details, reason } } });
    const { launcher, ended } = lab.desk();
    const request = lab.request();
    await launcher.submit(request, never);
    const end = await launcher.ended(request.tag, never);
    expect(end).toMatchObject({ outcome: 'failed' });
    expect(end.reason).toContain(`FAILED: ${reason}: ${details}`);
    expect(end.hint).toMatch(hint);
    await launcher.settled(request.tag);
    await vi.waitFor(() => expect(lab.aws.secrets.secrets.size).toBe(0), 5000);
    expect(ended).toMatchObject([{ tag: request.tag, state: { outcome: 'failed' } }]);
  });

  it('before EMR knows of it everywhere is not taken for gone', async () => {
    await start({ plan: { fails: { state: 'PENDING', details: 'no namespace' } } });
    const error = { kind: 'error', code: 'ResourceNotFoundException', status: 400 } as const;
    lab.aws.faults.add('emr-containers:DescribeJobRun', error, 1);
    const { launcher } = lab.desk();
    const request = lab.request();
    await launcher.submit(request, never);
    const end = await launcher.ended(request.tag, never);
    expect(end).toMatchObject({ outcome: 'failed' });
    expect(end.reason).toContain('no namespace');
  });

  it('while no gateway looks is recalled with its outcome and the time of its end', async () => {
    await start();
    const gone = lab.desk();
    const request = lab.request();
    const ref = await gone.launcher.submit(request, never);
    const run = lab.runsOf(request.tag)[0];
    await vi.waitFor(() => expect(run?.life.state).toBe('RUNNING'));
    await gone.stop();
    run?.life.succeed();
    const recalled = await lab.desk().platform.recall(request.tag, ref, never);
    expect(recalled).toMatchObject({
      state: { kind: 'ended', outcome: 'succeeded' },
      owner: { user: 'alice' },
      endedMs: run?.life.endedAtMs,
    });
  });

  it('because its role trusts nobody is told so', async () => {
    await start();
    const { launcher } = lab.desk();
    const role = `arn:aws:iam::${lab.aws.accountId}:role/strange`;
    const request = lab.request({ 'spark.emr.execution.role': role });
    await launcher.submit(request, never);
    const end = await launcher.ended(request.tag, never);
    expect(end.reason).toMatch(/VALIDATION_ERROR: The role .* cannot be assumed/);
    expect(end.hint).toMatch(/update-role-trust-policy/);
  });

  it('by a kill is told once with its owner, and a second kill is no error', async () => {
    await start();
    const { launcher, ended } = lab.desk();
    const request = lab.request();
    await launcher.submit(request, never);
    await vi.waitFor(() => expect(launcher.jobs()[0]?.platformState).toBe('RUNNING'), 5000);
    await launcher.kill(request.tag, never);
    await expect(launcher.ended(request.tag, never)).resolves.toMatchObject({ outcome: 'killed' });
    expect(ended).toMatchObject([{ tag: request.tag, owner: { user: 'alice', preset: 'bi' } }]);
    await launcher.kill(request.tag, never);
  });
});

describe('several gateways', () => {
  it('see each other’s engines with their owners, and none of another fleet', async () => {
    await start();
    const request = lab.request();
    await lab.desk().launcher.submit(request, never);
    const other = lab.desk();
    const [seen] = await other.launcher.listed(never);
    const owner = { user: 'alice', group: 'analysts', session: 's-1', preset: 'bi' };
    expect(seen).toMatchObject({ tag: request.tag, owner });
    expect(lab.aws.faults.count('emr-containers:DescribeJobRun')).toBe(0); // lists carry tags
    expect(await lab.platform(lab.spec(), 'ffffffffffff').list(never)).toEqual([]);
  });

  it('a gateway that comes back finds its engine by its name and ends it', async () => {
    await start();
    const gone = lab.desk();
    const request = lab.request();
    await gone.launcher.submit(request, never);
    await gone.stop();
    const back = lab.desk();
    await back.platform.kill(request.tag, undefined, never);
    await vi.waitFor(() => expect(lab.run(request.tag).life.state).toBe('CANCELLED'));
  });
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
    secrets.set(name.replace(lab.fleet, 'ffffffffffff'), secret);
    lab.clock.hasten(2000);
    lab.desk();
    await vi.waitFor(() => expect([...secrets.keys()]).toHaveLength(1), 10_000);
    expect([...secrets.keys()].join()).toContain('ffffffffffff');
  });
});

describe('500 engines', () => {
  it('cost one list call a second at most, and no look at a single one', async () => {
    await start({ haste: 100 });
    const { faults } = lab.aws;
    for (let at = 0; at < 500; at += 50) await lab.startRuns(50);
    expect(lab.aws.containers.runs.size).toBe(500);
    const platform = lab.platform();
    const sinceMs = lab.clock.monotonicMs();
    for (let round = 0; round < 2; round++) {
      const jobs = await platform.list(never);
      expect(jobs.filter(({ owner }) => owner.user !== undefined)).toHaveLength(500);
    }
    const seconds = (lab.clock.monotonicMs() - sinceMs) / 1000;
    const lists = faults.count('emr-containers:ListJobRuns');
    expect(lists).toBeGreaterThanOrEqual(20);
    expect(lists).toBeLessThanOrEqual(seconds + 1);
    expect(faults.count('emr-containers:DescribeJobRun')).toBe(0);
  }, 60_000);
});
