import { describe, expect, it } from 'vitest';
import { endRequest, stepPlan } from '../../../../src/launch/emr-ec2/step-request.ts';
import { SubmitError, type EngineJob } from '../../../../src/launch/job-platform.ts';
import { fleet, job, roleArn, spec, tag } from './ec2-job.ts';

const withConf = (...more: [string, string][]): EngineJob => ({
  ...job,
  conf: new Map([...job.conf, ...more]),
});

function refusalOf(plan: () => unknown): SubmitError {
  try {
    plan();
  } catch (thrown) {
    if (thrown instanceof SubmitError && thrown.trouble === 'refused') return thrown;
    throw thrown;
  }
  throw new Error('it was planned');
}

const argsOf = (planned: EngineJob): readonly string[] =>
  stepPlan(planned, spec).request.Steps?.[0]?.HadoopJarStep?.Args ?? [];

describe('the step of an engine', () => {
  it('runs spark-submit in cluster mode, says what it waits for, and has nothing secret in it', () => {
    const plan = stepPlan(job, spec);
    const owner = [
      ...['torii-user-alice', 'torii-group-analysts', 'torii-session-s-1', 'torii-preset-bi'],
    ];
    const tags = ['KYUUBI', tag, `torii-launch-${tag}`, `torii-fleet-${fleet}`, ...owner];
    expect(plan.request).toEqual({
      JobFlowId: 'j-1ABCDEFGHIJKL',
      ExecutionRoleArn: roleArn,
      Steps: [
        {
          Name: `torii-${fleet}-${tag}`,
          ActionOnFailure: 'CONTINUE',
          HadoopJarStep: {
            Jar: 'command-runner.jar',
            Args: [
              ...['spark-submit', '--master', 'yarn', '--deploy-mode', 'cluster'],
              ...['--class', 'io.torii.engine.EngineMain'],
              ...['--conf', `spark.yarn.tags=${[...tags, 'team-data'].join(',')}`],
              ...['--conf', 'spark.driver.extraJavaOptions=-Da=b -Dc="d e"'],
              ...['--conf', 'spark.app.name=kyuubi_USER_alice'],
              ...['--conf', 'spark.yarn.queue=default'],
              ...['--conf', 'spark.yarn.submit.waitAppCompletion=false'],
              ...['--conf', 'spark.yarn.maxAppAttempts=1'],
              ...['--conf', 'spark.yarn.appMasterEnv.SPARK_USER_NAME=alice'],
              ...['--conf', `spark.torii.engine.secrets.manager=torii/${fleet}/${tag}`],
              ...['--conf', 'spark.torii.engine.secrets.manager.region=eu-central-1'],
              's3://jars/torii-spark-engine.jar',
            ],
          },
        },
      ],
    });
    expect(plan.secret.value).toContain('hunter2-of-the-metastore');
    expect(plan.notes).toEqual([
      'spark.driver.host is ignored: YARN decides on which host the driver runs',
    ]);
  });

  it('has a role, or the instance profile where the cluster file says so, and none by chance', () => {
    const without = withConf(['spark.emr.execution.role', '']);
    const refusal = refusalOf(() => stepPlan(without, spec));
    expect(refusal.message).toBe('alice has no execution role on this cluster');
    expect(refusal.hint).toContain('instanceProfile: true');
    const plan = stepPlan(without, { ...spec, instanceProfile: true });
    expect(plan.request).not.toHaveProperty('ExecutionRoleArn');
    expect(plan.roleArn).toBe('');
    expect(() => stepPlan(withConf(['spark.emr.execution.role', 'admin']), spec)).toThrow(
      'the execution role admin is not the ARN of a role',
    );
  });

  it('keeps below what a step takes: the engine reads its long settings from its secret', () => {
    const long: [string, string][] = [
      ['spark.sql.a', 'a'.repeat(6_000)],
      ['spark.kyuubi.b', 'b'.repeat(5_000)],
      ['spark.sql.c', 'c'.repeat(200)],
    ];
    const plan = stepPlan(withConf(...long), spec);
    const text = JSON.stringify(plan.request);
    expect(text).not.toContain('spark.sql.a=');
    expect(text).toContain('spark.kyuubi.b=');
    expect(text).toContain('spark.sql.c=');
    expect(plan.secret.value).toContain(`spark.sql.a=${'a'.repeat(6_000)}\n`);
    expect(plan.notes.at(-1)).toMatch(
      /10240 characters: the engine reads 1 settings from its secret/,
    );
  });

  it('takes exactly as many characters as a step does, and refuses one more naming what is too long', () => {
    const key = 'spark.driver.extraClassPath';
    const lengthOf = (planned: EngineJob) =>
      ['command-runner.jar', ...argsOf(planned)].join('').length;
    const rest = 10_240 - lengthOf(withConf([key, '']));
    expect(lengthOf(withConf([key, 'x'.repeat(rest)]))).toBe(10_240);
    const refusal = refusalOf(() => argsOf(withConf([key, 'x'.repeat(rest + 1)])));
    expect(refusal.message).toMatch(
      /all settings of the step together.* has 10241 characters.*10240/,
    );
    const single = refusalOf(() => argsOf(withConf([key, 'x'.repeat(10_281)])));
    expect(single.message).toMatch(/^spark\.driver\.extraClassPath has 10309 characters/);
  });

  it.each(['a\u0001b', 'a\rb'])(
    'has %j read by the engine where it can, else refuses it',
    (value) => {
      const plan = stepPlan(withConf(['spark.sql.odd', value]), spec);
      expect(JSON.stringify(plan.request)).not.toContain('spark.sql.odd');
      expect(plan.secret.value).toContain('spark.sql.odd=');
      if (value.includes('\r')) return;
      const refusal = refusalOf(() => stepPlan(withConf(['spark.driver.odd', value]), spec));
      expect(refusal.message).toMatch(/^spark\.driver\.odd has characters/);
    },
  );

  it('goes to the queue that is asked for, else to the first that may be used', () => {
    expect(stepPlan(withConf(['spark.yarn.queue', 'bi']), spec).queue).toBe('bi');
    expect(stepPlan(job, { ...spec, queues: ['etl', 'bi'] }).queue).toBe('etl');
  });

  it('is refused with containers beside the driver, and for a tag that YARN would change', () => {
    const sidecar = { name: 'metastore' } as EngineJob['sidecars'][number];
    expect(refusalOf(() => stepPlan({ ...job, sidecars: [sidecar] }, spec)).message).toMatch(
      /metastore.*on EMR on EC2/,
    );
    expect(refusalOf(() => stepPlan({ ...job, tag: 'Upper' }, spec)).message).toContain('"Upper"');
  });
});

it('ends an application by a step that harms no other', () => {
  expect(endRequest(spec, fleet, tag, 'application_1_0001')).toEqual({
    JobFlowId: 'j-1ABCDEFGHIJKL',
    Steps: [
      {
        Name: `torii-${fleet}-${tag}/end`,
        ActionOnFailure: 'CONTINUE',
        HadoopJarStep: {
          Jar: 'command-runner.jar',
          Args: ['yarn', 'application', '-kill', 'application_1_0001'],
        },
      },
    ],
  });
});
