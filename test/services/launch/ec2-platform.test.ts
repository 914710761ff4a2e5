import { afterEach, describe, expect, it, vi } from 'vitest';
import { GatewayError } from '../../../src/core/errors.ts';
import { Ec2Lab, type Desk, type LabOptions, never } from './ec2-lab.ts';

let lab: Ec2Lab;
afterEach(() => lab.stop());

const start = async (options?: LabOptions): Promise<void> => {
  lab = await Ec2Lab.start(options);
};
const waitFor = (look: () => void) => vi.waitFor(look, 10_000);

async function failureOf(run: Promise<unknown>): Promise<GatewayError> {
  const thrown: unknown = await run.then(
    () => new Error('it went well'),
    (error: unknown) => error,
  );
  if (thrown instanceof GatewayError) return thrown;
  throw thrown;
}

/** A launch whose application YARN lists. */
async function launched({ launcher }: Desk, request = lab.request()) {
  await launcher.submit(request, never);
  await waitFor(() => expect(launcher.jobs()[0]?.ref).toMatch(/^application_/));
  return request;
}

describe('a launch on EMR on EC2', () => {
  it('tells of its step and then of its application, with nothing secret in either', async () => {
    await start({ plan: { times: { PENDING: 200, RUNNING: 200 } } });
    const { launcher } = lab.desk();
    const request = lab.request({ 'spark.my.password': lab.engineKey });
    const ref = await launcher.submit(request, never);
    const [step] = lab.stepsOf(request.tag);
    expect(ref).toBe(step?.id);
    expect(step).toMatchObject({ executionRoleArn: lab.aws.role });
    expect(step?.input['ActionOnFailure']).toBe('CONTINUE');
    expect(JSON.stringify(step?.input)).not.toContain(lab.engineKey);
    const [secret] = lab.aws.secrets.secrets.values();
    expect(secret?.value).toContain(`spark.torii.engine.key=${lab.engineKey}\n`);
    expect(secret?.policy).toContain(lab.aws.role);

    const lines: string[] = [];
    const reading = (async () => {
      for await (const line of launcher.log(request.tag, 0, never)) lines.push(line);
    })();
    await waitFor(() => expect(lab.applicationOf(request.tag)).toBeDefined());
    lab.change('application_1_0001', { state: 'RUNNING' });
    const wanted = [
      /s-\w+ is PENDING: .*waits for its turn/,
      /ACCEPTED in queue default/,
      /RUNNING$/,
    ];
    for (const words of wanted) {
      await waitFor(() => expect(lines.join('\n')).toMatch(new RegExp(words, 'm')));
    }
    expect(launcher.jobs()).toMatchObject([
      {
        ref: 'application_1_0001',
        owner: { user: 'alice', group: 'analysts', session: 's-1', preset: 'bi' },
        usage: { vcpuSeconds: 12, memoryMibSeconds: 12_766 },
      },
    ]);
    await launcher.settled(request.tag);
    await reading;
    await waitFor(() => expect(lab.aws.secrets.secrets.size).toBe(0));
    expect(lines.join('\n')).not.toContain(lab.engineKey);
  });

  it('asks for steps no more once the application is there', async () => {
    await start();
    const desk = lab.desk();
    await launched(desk);
    await new Promise((resolve) => setTimeout(resolve, 300));
    lab.aws.faults.forgetCalls();
    lab.yarn.asked.length = 0;
    await waitFor(() => expect(lab.yarn.asked.length).toBeGreaterThanOrEqual(4));
    expect(lab.aws.faults.count('emr:ListSteps')).toBeLessThanOrEqual(1);
    expect(lab.aws.faults.count('emr:DescribeStep')).toBe(0);
  });

  it('waits for a cluster that starts, and says so', async () => {
    await start({ cluster: { state: 'STARTING' } });
    const request = lab.request();
    const submitted = lab.desk().launcher.submit(request, never);
    await waitFor(() =>
      expect(request.said.join('\n')).toMatch(/is STARTING, .*; next try in 5 s/),
    );
    lab.cluster.state = 'BOOTSTRAPPING';
    await waitFor(() => expect(request.said.join('\n')).toMatch(/is BOOTSTRAPPING/));
    lab.cluster.state = 'WAITING';
    await submitted;
    expect(lab.aws.faults.count('emr:AddJobFlowSteps')).toBe(1);
  });

  it('waits while the cluster has 256 steps, and says so', async () => {
    await start({ cluster: { stepConcurrency: 1 } });
    lab.aws.plans.add(() => true, { times: { RUNNING: Infinity, PENDING: Infinity } });
    await lab.addSteps(256);
    const request = lab.request();
    const submitted = lab.desk().launcher.submit(request, never);
    await waitFor(() =>
      expect(request.said.join('\n')).toMatch(
        /256 steps that wait or run, which is as many as EMR takes.*; next try in 10 s/,
      ),
    );
    const [step] = lab.aws.ec2.runs.values();
    step?.life.succeed();
    await submitted;
    expect(lab.stepsOf(request.tag)).toHaveLength(1);
  });

  it('is one step when the answer is lost, also when the step has ended before anybody could look', async () => {
    await start();
    const { launcher } = lab.desk();
    lab.aws.faults.add('emr:AddJobFlowSteps', { kind: 'lost-reply' }, 1);
    const found = lab.request();
    await launcher.submit(found, never);
    expect(found.said.join('\n')).toMatch(/no answer to the launch .*; looking for it in \d+ s/);
    expect(lab.stepsOf(found.tag)).toHaveLength(1);

    lab.aws.plans.add(() => true, { fails: { state: 'PENDING', details: 'no such jar' } }, 1);
    lab.aws.faults.add('emr:AddJobFlowSteps', { kind: 'lost-reply' }, 1);
    const ended = lab.request();
    await launcher.submit(ended, never);
    await expect(launcher.ended(ended.tag, never)).resolves.toMatchObject({ outcome: 'failed' });
    expect(lab.stepsOf(ended.tag)).toHaveLength(1);
    expect(lab.aws.faults.count('emr:AddJobFlowSteps')).toBe(2);
  });

  it('is one step when the answer is lost, the second try is put off and lists show the step late', async () => {
    await start({ haste: 5 }); // so that the test is done before the next try
    lab.aws.faults.add('emr:AddJobFlowSteps', { kind: 'lost-reply' }, 1);
    lab.aws.faults.add('emr:AddJobFlowSteps', { kind: 'throttle' }, 1);
    const request = lab.request();
    const submitted = lab.desk().launcher.submit(request, never);
    const said = (words: RegExp) =>
      vi.waitFor(() => expect(request.said.join('\n')).toMatch(words), {
        timeout: 10_000,
        interval: 5,
      });
    await said(/no answer to the launch .*; looking for it in 10 s/);
    const [step] = lab.stepsOf(request.tag);
    if (step === undefined) throw new Error('the step has not arrived');
    lab.aws.ec2.runs.delete(step.id);
    await said(/ThrottlingException.*; next try in \d+ s/);
    lab.aws.ec2.runs.set(step.id, step);
    expect(await submitted).toBe(step.id);
    expect(lab.stepsOf(request.tag)).toEqual([step]);
    expect(lab.aws.faults.count('emr:AddJobFlowSteps')).toBe(2);
  });

  it('is sent again when it never arrived, after steps were asked for by its name', async () => {
    await start();
    lab.aws.faults.add('emr:AddJobFlowSteps', { kind: 'cut' }, 1);
    const request = lab.request();
    await lab.desk().launcher.submit(request, never);
    expect(request.said.join('\n')).toMatch(/the launch did not arrive; it is sent again/);
    expect(lab.stepsOf(request.tag)).toHaveLength(1);
    const calls = lab.aws.faults.calls.filter(({ service }) => service === 'emr');
    const adds = calls.flatMap(({ operation }, at) =>
      operation === 'AddJobFlowSteps' ? [at] : [],
    );
    const between = calls.slice(adds[0], adds[1]).map(({ operation }) => operation);
    expect(between.filter((operation) => operation === 'ListSteps').length).toBeGreaterThan(1);
  });

  it('gets through a throttling storm without an error', async () => {
    await start({ haste: 100 });
    lab.aws.faults.add('emr:AddJobFlowSteps', { kind: 'throttle' }, 6);
    const { launcher } = lab.desk();
    const requests = Array.from({ length: 5 }, () => lab.request());
    const refs = await Promise.all(requests.map((request) => launcher.submit(request, never)));
    expect(new Set(refs).size).toBe(5);
    expect(requests.flatMap(({ said }) => said).join('\n')).toMatch(/ThrottlingException/);
  });

  it('waits for its turn when there are more at once than EMR takes, and says how many come first', async () => {
    await start({ haste: 100 });
    const { launcher } = lab.desk();
    const requests = Array.from({ length: 20 }, () => lab.request());
    await Promise.all(requests.map((request) => launcher.submit(request, never)));
    const said = requests.flatMap((request) => request.said).join('\n');
    expect(said).toMatch(/waiting for its turn to call EMR, \d+ before this one/);
    expect(lab.aws.ec2.runs.size).toBe(20);
  }, 60_000);

  it('is given up when its time is over, and says what it waited for', async () => {
    await start({ cluster: { state: 'STARTING' } });
    const request = lab.request({ 'kyuubi.session.engine.initialize.timeout': 'PT20S' });
    const error = await failureOf(lab.desk().launcher.submit(request, never));
    expect(error).toMatchObject({ code: 'ENGINE_LAUNCH_BUSY' });
    expect(error.message).toMatch(/has not taken the launch in time: cluster j-\w+ is STARTING/);
    expect(lab.aws.ec2.runs.size).toBe(0);
  });

  it('goes on with new credentials when the old ones expire under it', async () => {
    await start();
    const caller = 'arn:aws:sts::123456789012:assumed-role/gw/';
    const first = lab.aws.credentials.issue(`${caller}a`, 60_000);
    lab.useKeys(first);
    const { launcher } = lab.desk();
    await launcher.submit(lab.request(), never);
    lab.useKeys(lab.aws.credentials.issue(`${caller}b`, 60_000));
    lab.aws.credentials.expire(first.accessKeyId);
    const second = lab.request();
    await launcher.submit(second, never);
    expect(lab.stepsOf(second.tag)).toHaveLength(1);
    expect(second.said.join('\n')).not.toMatch(/Expired/);
  });

  it.each([
    ['ValidationException', 'x must be y', /x must be y/, /the setting that the message names/],
    [
      'ValidationException',
      'Runtime roles are required for this cluster. Please specify the role using the ExecutionRoleArn parameter.',
      /required/,
      /need a runtime role/,
    ],
    ['AccessDeniedException', 'not authorized', /AccessDenied/, /elasticmapreduce:AddJobFlowSteps/],
    [
      'InvalidRequestException',
      "Cluster id 'j-1' is not valid.",
      /not valid/,
      /cluster and region/,
    ],
  ])('is refused at once for %s (%s)', async (code, words, message, hint) => {
    await start();
    const fault = { kind: 'error', code, message: words, status: 400 } as const;
    lab.aws.faults.add('emr:AddJobFlowSteps', fault);
    const error = await failureOf(lab.desk().launcher.submit(lab.request(), never));
    expect(error).toMatchObject({ code: 'ENGINE_LAUNCH_FAILED' });
    expect(error.message).toMatch(message);
    expect(error.hint).toMatch(hint);
    expect(lab.aws.faults.count('emr:AddJobFlowSteps')).toBe(1);
  });

  it('is refused where nothing can come of it, before a step is added', async () => {
    await start({ cluster: { releaseLabel: 'emr-6.15.0' } });
    const refused = async (more: object, conf = {}) => {
      const error = await failureOf(lab.desk(more).launcher.submit(lab.request(conf), never));
      return `${error.message} ${error.hint}`;
    };
    const withoutRole = { 'spark.emr.execution.role': '' };
    expect(await refused({}, withoutRole)).toMatch(/alice has no execution role on this cluster/);
    expect(await refused({})).toMatch(/Spark 3\.4\.1, and the engine needs/);
    expect(await refused({ cluster: 'j-NOTHERE' })).toMatch(/Check cluster and region/);
    lab.cluster.state = 'TERMINATED_WITH_ERRORS';
    lab.cluster.reason = { Code: 'BOOTSTRAP_FAILURE', Message: 'on the primary instance' };
    expect(await refused({})).toMatch(/is TERMINATED_WITH_ERRORS: on the primary instance/);
    await lab.stop();

    await start({ cluster: { hasRuntimeRoles: false } });
    const older = { ...lab.request(), release: 'emr-7.9.0' };
    expect((await failureOf(lab.desk().launcher.submit(older, never))).message).toMatch(
      /is of release emr-7\.10\.0, and the clusters' file says emr-7\.9\.0/,
    );
    expect(await refused({ queues: ['etl'] }, { 'spark.yarn.queue': 'bi' })).toMatch(
      /queue bi may not be used.*one of: etl/,
    );
    expect(await refused({}, { 'spark.yarn.queue': 'nope' })).toMatch(/YARN has no queue nope/);
    expect(lab.aws.faults.count('emr:AddJobFlowSteps')).toBe(0);
    expect(await refused({})).toMatch(/has no runtime roles.*instanceProfile: true/);
    const request = lab.request(withoutRole);
    await lab.desk({ instanceProfile: true }).launcher.submit(request, never);
    expect(lab.stepsOf(request.tag)[0]?.executionRoleArn).toBeUndefined();
    const [name, secret] = [...lab.aws.secrets.secrets].at(-1) ?? [];
    expect(name).toContain(request.tag);
    expect(secret?.policy).toBeUndefined();
  });
});

describe('an engine of a step that ends', () => {
  it.each([
    ['PENDING', 'Unknown Error.', 'Could not assume runtime role', /sts:AssumeRole/],
    ['RUNNING', 'Main Class not found.', 'Failed to load class x', /engineJar/],
    ['RUNNING', 'Unknown Error.', "Command exiting with ret '1'", /stderr/],
  ])(
    'by failing in %s is told with its reason and what to do: %s',
    async (state, reason, details, hint) => {
      await start({ plan: { fails: { state, reason, details } } });
      const { launcher, ended } = lab.desk();
      const request = lab.request();
      await launcher.submit(request, never);
      const end = await launcher.ended(request.tag, never);
      expect(end).toMatchObject({ outcome: 'failed' });
      expect(end.reason).toContain(`FAILED: ${reason} ${details}`);
      expect(end.reason).toMatch(/\(s3n?:\/\/logs\/emr\/j-\w+\/steps\/s-\w+\/stderr\.gz\)/);
      expect(end.hint).toMatch(hint);
      await launcher.settled(request.tag);
      await waitFor(() => expect(lab.aws.secrets.secrets.size).toBe(0));
      expect(ended).toMatchObject([{ tag: request.tag, state: { outcome: 'failed' } }]);
    },
  );

  it('by its application is told in the words of YARN, once, with what it has used', async () => {
    await start();
    const desk = lab.desk();
    const request = await launched(desk);
    lab.change('application_1_0001', {
      ...{ state: 'FAILED', finalStatus: 'FAILED' },
      diagnostics:
        'Application application_1_0001 failed 1 times due to AM Container exit code: 137',
    });
    const end = await desk.launcher.ended(request.tag, never);
    expect(end).toMatchObject({ outcome: 'failed' });
    expect(end.reason).toMatch(/application_1_0001 is FAILED: .*137/);
    expect(desk.ended).toMatchObject([{ tag: request.tag, usage: { vcpuSeconds: 12 } }]);
  });

  it('without an application is told of after a while, and then given up', async () => {
    await start({ haste: 100 });
    const { launcher } = lab.desk();
    const request = lab.request();
    const ref = await launcher.submit(request, never);
    lab.hidden.add(ref);
    const lines: string[] = [];
    const reading = (async () => {
      for await (const line of launcher.log(request.tag, 0, never)) lines.push(line);
    })();
    const end = await launcher.ended(request.tag, never);
    expect(end.reason).toMatch(/the step is done, but YARN knows no application/);
    expect(end.hint).toMatch(/resourceManagers/);
    await launcher.settled(request.tag);
    await reading;
    expect(lines.join('\n')).toMatch(/still lists no application with the tag of the launch/);
  }, 20_000);

  it('with its cluster is told so', async () => {
    await start();
    const desk = lab.desk();
    const request = await launched(desk);
    lab.loseManager();
    lab.cluster.state = 'TERMINATED';
    lab.cluster.reason = { Code: 'USER_REQUEST', Message: 'Terminated by user request' };
    const end = await desk.launcher.ended(request.tag, never);
    expect(end).toMatchObject({ outcome: 'killed' });
    expect(end.reason).toMatch(/is TERMINATED: Terminated by user request/);
    await desk.launcher.kill(request.tag, never);
  });

  it('is known by its step while no resource manager has ever answered, and by its application once one does', async () => {
    await start();
    lab.loseManager();
    const { launcher } = lab.desk();
    const request = lab.request();
    const ref = await launcher.submit(request, never);
    await waitFor(() =>
      expect(launcher.jobs()).toMatchObject([
        { ref, platformState: 'COMPLETED', state: { kind: 'running' } },
      ]),
    );
    expect(launcher.jobs()[0]?.link).toBe(`s3://logs/emr/${lab.cluster.id}/steps/${ref}/`);
    lab.findManager();
    await waitFor(() => expect(launcher.jobs()[0]?.ref).toBe('application_1_0001'));
    expect(launcher.jobs()).toHaveLength(1);
  });

  it('is seen although others use up the account’s lists of steps', async () => {
    await start();
    const { launcher } = lab.desk();
    await launcher.submit(lab.request(), never);
    lab.aws.faults.add('emr:ListSteps', { kind: 'throttle' });
    await waitFor(() => expect(launcher.jobs()[0]?.ref).toBe('application_1_0001'));
    await expect(launcher.listed(never)).rejects.toThrow(/Rate exceeded/);
  });

  it('stays known while the resource manager does not answer', async () => {
    await start();
    const desk = lab.desk();
    const request = await launched(desk);
    lab.loseManager();
    await expect(desk.platform.list(never)).rejects.toThrow(/no active resource manager answers/);
    const states = await desk.launcher.inspect(new Set([request.tag, 'another']), never);
    expect(states.get(request.tag)).toMatchObject({ kind: 'pending' });
    expect(states.get('another')).toEqual({ kind: 'unknown' });
  });
});

describe('a kill', () => {
  it('cancels a step that waits', async () => {
    await start({ plan: { times: { PENDING: Infinity } } });
    const { launcher } = lab.desk();
    const request = lab.request();
    await launcher.submit(request, never);
    await launcher.kill(request.tag, never);
    await expect(launcher.ended(request.tag, never)).resolves.toMatchObject({ outcome: 'killed' });
    expect(lab.stepsOf(request.tag)[0]?.life.state).toBe('CANCELLED');
  });

  it('of many engines at once lists their steps together', async () => {
    await start({ haste: 100, plan: { times: { PENDING: Infinity } } });
    await lab.addSteps(9);
    const platform = lab.platform();
    const jobs = await platform.list(never);
    expect(jobs).toHaveLength(9);
    lab.aws.faults.forgetCalls();
    await Promise.all(jobs.map(({ tag, ref }) => platform.kill(tag, ref, never)));
    expect(lab.aws.faults.count('emr:CancelSteps')).toBe(9);
    expect(lab.aws.faults.count('emr:ListSteps')).toBeLessThan(3);
  });

  it('ends an application through the resource manager, and a second kill is no error', async () => {
    await start();
    const desk = lab.desk();
    const request = await launched(desk);
    await desk.launcher.kill(request.tag, never);
    await expect(desk.launcher.ended(request.tag, never)).resolves.toMatchObject({
      outcome: 'killed',
    });
    expect(desk.ended).toMatchObject([{ tag: request.tag, owner: { user: 'alice' } }]);
    await desk.launcher.kill(request.tag, never);
    expect(lab.yarn.asked.filter((call) => call.startsWith('PUT'))).toHaveLength(1);
    expect(lab.endStepsOf(request.tag)).toHaveLength(0);
  });

  it('that YARN refuses for an application which shows up late keeps nobody from its news', async () => {
    await start();
    const { launcher, platform } = lab.desk();
    const request = lab.request();
    const ref = await launcher.submit(request, never);
    lab.hidden.add(ref);
    await waitFor(() => expect(lab.stepsOf(request.tag)[0]?.life.state).toBe('COMPLETED'));
    await launcher.kill(request.tag, never);
    lab.yarn.refusesKills = true;
    lab.hidden.delete(ref);
    const [job] = await platform.list(never);
    expect(job).toMatchObject({ tag: request.tag, ref: 'application_1_0001' });
    lab.yarn.refusesKills = false;
    await platform.list(never);
    expect(lab.applicationOf(request.tag)?.state).toBe('KILLED');
  });

  it('ends an application that shows up after its step was told to end', async () => {
    await start({ plan: { times: { RUNNING: Infinity, CANCEL_PENDING: 400 } } });
    const { launcher } = lab.desk();
    const request = lab.request();
    const ref = await launcher.submit(request, never);
    lab.hidden.add(ref);
    await waitFor(() => expect(lab.stepsOf(request.tag)[0]?.life.state).toBe('COMPLETED'));
    await launcher.kill(request.tag, never);
    lab.hidden.delete(ref);
    await waitFor(() => expect(lab.applicationOf(request.tag)?.state).toBe('KILLED'));
  });

  it('is a step where no resource manager can be reached, by what the first step has written', async () => {
    await start();
    const desk = lab.desk({ resourceManagers: [] });
    const request = lab.request();
    const ref = await desk.launcher.submit(request, never);
    await waitFor(() =>
      expect(desk.launcher.jobs()[0]).toMatchObject({ platformState: 'COMPLETED' }),
    );
    expect(desk.launcher.jobs()[0]?.reason).toMatch(/resource manager can't be reached/);
    expect(desk.launcher.jobs()[0]?.state).toEqual({ kind: 'running' });
    const killed = desk.launcher.kill(request.tag, never);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(lab.endStepsOf(request.tag)).toHaveLength(0);
    lab.aws.job(ref).process.log.add('stderr', 'INFO Submitted application application_7_0042');
    await killed;
    const [end] = lab.endStepsOf(request.tag);
    expect(end?.input['HadoopJarStep']).toEqual({
      Jar: 'command-runner.jar',
      Args: ['yarn', 'application', '-kill', 'application_7_0042'],
    });
    await expect(desk.launcher.ended(request.tag, never)).resolves.toMatchObject({
      outcome: 'killed',
    });
    await desk.launcher.kill(request.tag, never);
    expect(lab.endStepsOf(request.tag)).toHaveLength(1);
    expect(lab.yarn.asked).toEqual([]);
  });

  it('is a step where the resource manager has gone, by the application that it has shown', async () => {
    await start();
    const desk = lab.desk();
    const request = await launched(desk);
    lab.loseManager();
    await desk.launcher.kill(request.tag, never);
    const [end] = lab.endStepsOf(request.tag);
    expect(JSON.stringify(end?.input)).toContain('"application_1_0001"');
  });
});

describe('several gateways', () => {
  it('see each other’s engines with their owners, before and after YARN has them', async () => {
    await start({ plan: { times: { PENDING: Infinity } } });
    const request = lab.request();
    await lab.desk().launcher.submit(request, never);
    const owner = { user: 'alice', group: 'analysts', session: 's-1', preset: 'bi' };
    const other = lab.desk();
    expect(await other.launcher.listed(never)).toMatchObject([
      { tag: request.tag, platformState: 'PENDING', owner },
    ]);
    lab.aws.job(lab.stepsOf(request.tag)[0]?.id ?? '').life.moveOn();
    await waitFor(() => expect(other.launcher.jobs()[0]?.ref).toMatch(/^application_/));
    expect(other.launcher.jobs()).toMatchObject([{ tag: request.tag, owner }]);
  });

  it('a gateway that comes back finds its engine by its name and ends it, with YARN and without', async () => {
    await start();
    for (const resourceManagers of [undefined, []]) {
      const gone = lab.desk({ resourceManagers });
      const request = lab.request();
      const ref = await gone.launcher.submit(request, never);
      lab.aws.job(ref).process.log.add('stderr', 'Submitted application application_7_0043');
      await gone.stop();
      const back = lab.platform(lab.spec({ resourceManagers }));
      await waitFor(() => expect(lab.stepsOf(request.tag)[0]?.life.state).toBe('COMPLETED'));
      await back.kill(request.tag, undefined, never);
      if (resourceManagers === undefined) {
        expect(lab.applicationOf(request.tag)?.state).toBe('KILLED');
      } else {
        expect(lab.endStepsOf(request.tag)).toHaveLength(1);
      }
    }
  });
});

describe('the secret of a gateway that died', () => {
  it('is removed by another one of the fleet once its engine runs', async () => {
    await start();
    const dead = lab.desk();
    await dead.launcher.submit(lab.request(), never);
    await dead.stop();
    const { secrets } = lab.aws.secrets;
    expect(secrets.size).toBe(1);
    lab.clock.hasten(2000);
    lab.desk();
    await waitFor(() => expect(lab.yarn.applications).toHaveLength(1));
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(secrets.size).toBe(1);
    lab.change('application_1_0001', { state: 'RUNNING' });
    await waitFor(() => expect(secrets.size).toBe(0));
  });
});

describe('500 engines', () => {
  it('cost one list of applications a period, and a list of steps only now and then', async () => {
    await start({ haste: 100 });
    for (let at = 0; at < 500; at += 250) {
      await lab.addSteps(250);
      await waitFor(() =>
        expect([...lab.aws.ec2.runs.values()].every(({ life }) => life.hasEnded)).toBe(true),
      );
    }
    const { launcher } = lab.desk();
    await waitFor(() => expect(launcher.jobs()).toHaveLength(500));
    lab.aws.faults.forgetCalls();
    lab.yarn.asked.length = 0;
    const sinceMs = lab.clock.monotonicMs();
    void launcher.ended(launcher.jobs()[0]?.tag ?? '', AbortSignal.timeout(3_000)).catch(() => {});
    await waitFor(() => expect(lab.yarn.asked.length).toBeGreaterThanOrEqual(20));
    const seconds = (lab.clock.monotonicMs() - sinceMs) / 1000;
    expect(lab.yarn.asked.length).toBeLessThanOrEqual(seconds / 2 + 1);
    expect(lab.aws.faults.count('emr:ListSteps')).toBeLessThanOrEqual(seconds / 30 + 1);
    expect(lab.aws.faults.count('emr:DescribeStep')).toBe(0);
  }, 60_000);
});
