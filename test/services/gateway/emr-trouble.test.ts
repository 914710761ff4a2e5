// oxlint-disable vitest/no-standalone-expect -- it does not see that `it` is a test here.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  type CredentialsEndpoint,
  startCredentialsEndpoint,
} from '../../support/aws/credentials-endpoint.ts';
import { fleetKinds } from '../../support/aws/fleet-kinds.ts';
import type { RunningGateway } from '../../support/gateway.ts';
import { launchOperation } from '../../support/launch-operation.ts';
import { pretendedStatement } from '../../support/pretended-engines.ts';
import { AwsFleetLab, wait } from './aws-fleet-lab.ts';

const gatewayRole = 'arn:aws:sts::123456789012:assumed-role/gateway/pod';

/** One after another, while those of the other kinds go on. */
const it = test.sequential;

/** A gateway that asks for its keys over HTTP, and what AWS says to it while engines start. */
describe.concurrent.each(fleetKinds)('a gateway with engines on $kind', (kind) => {
  const calls = [kind.starts, kind.lists].map((call) => call.slice(call.indexOf(':') + 1));
  let lab: AwsFleetLab;
  let endpoint: CredentialsEndpoint;
  let gateway: RunningGateway;
  let lastMs = 3_600_000;

  beforeAll(async () => {
    const rates = Object.fromEntries(calls.map((call) => [call, 20]));
    lab = await AwsFleetLab.start({ kind, startMs: 1_500, cluster: { rates } });
    endpoint = await startCredentialsEndpoint(() =>
      lab.fleet.aws.credentials.issue(gatewayRole, lastMs),
    );
    const patient = { 'kyuubi.session.engine.initialize.timeout': 'PT1M' };
    gateway = await lab.gateway(patient, endpoint.environment);
  });

  afterEach(() => {
    lab.fleet.aws.faults.clear();
    lab.fleet.aws.faults.forgetCalls();
  });

  afterAll(async () => {
    await lab?.stop();
    await endpoint?.stop();
  });

  it('brings one up although its keys are taken back while the engine starts', async () => {
    const { aws } = lab.fleet;
    const session = await lab.open(gateway, 'ann');
    await expect.poll(() => lab.tagsOf('ann'), wait).toHaveLength(1);
    const before = new Set(endpoint.given);
    aws.credentials.expire();
    expect((await session.run(pretendedStatement)).rows).toEqual([[1]]);
    const renewed = endpoint.given.filter((key) => !before.has(key));
    expect(renewed.length).toBeGreaterThanOrEqual(1);
    expect(aws.faults.calls.some(({ code }) => code === 'ExpiredTokenException')).toBe(true);
    const isRenewed = ({ caller, status }: (typeof aws.faults.calls)[number]) =>
      status === 200 && renewed.includes(caller);
    expect(aws.faults.calls.some(isRenewed)).toBe(true);
    expect((await launchOperation(session).fetchLog()).join('\n')).not.toMatch(/expired/i);
  });

  it('brings one up with keys that last shorter than the start takes', async () => {
    lastMs = 1_000;
    lab.fleet.aws.credentials.expire();
    await lab.answers(gateway, 'bob');
    const callers = lab.fleet.aws.faults.calls.map(({ caller }) => caller);
    expect(new Set(callers).size).toBeGreaterThan(2);
    expect(lab.tagsOf('bob')).toHaveLength(1);
    lastMs = 3_600_000;
  });

  it('gets users through a throttling storm without an error', async () => {
    const { faults } = lab.fleet.aws;
    faults.add(kind.starts, { kind: 'throttle' }, 6);
    faults.add(kind.lists, { kind: 'throttle' }, 2);
    const users = Array.from({ length: 8 }, (_, at) => `stormy${at}`);
    await Promise.all(users.map((user) => lab.answers(gateway, user)));
    expect(faults.count(kind.starts, 'ThrottlingException')).toBe(6);
    await lab.untilTidy(Object.fromEntries(users.map((user) => [user, 1])));
  });
});
