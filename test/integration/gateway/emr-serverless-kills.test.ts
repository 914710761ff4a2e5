import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { serverlessFleet } from '../../support/aws/pretended-fleet.ts';
import type { RunningGateway } from '../../support/gateway.ts';
import { AwsFleetLab, reconcileEveryMs, reconcileGraceMs, wait } from './aws-fleet-lab.ts';

/** A list, a second one after the grace and the order to end: what a round does beside waiting. */
const callsOfRoundMs = 2_000;

describe.each([serverlessFleet])('a gateway that is killed while it launches on $kind', (kind) => {
  let lab: AwsFleetLab;
  let survivor: RunningGateway;

  beforeAll(async () => {
    const rates = { [kind.starts]: 20, [kind.lists]: 20 };
    const cluster = {
      rates: Object.fromEntries(
        Object.entries(rates).map(([call, rate]) => [call.split(':').at(-1), rate]),
      ),
    };
    lab = await AwsFleetLab.start({ kind, startMs: 300, cluster });
    survivor = await lab.gateway();
  });

  afterEach(() => {
    lab.fleet.aws.faults.clear();
    lab.fleet.aws.faults.forgetCalls();
  });

  afterAll(() => lab?.stop());

  it('and lives: a start that was never answered is one engine', async () => {
    lab.fleet.aws.faults.add(kind.starts, { kind: 'lost-reply' }, 1);
    await lab.answers(survivor, 'abe');
    await lab.untilTidy({ abe: 1 });
  });

  it('before the call arrives: the next session of the user gets the one engine', async () => {
    const victim = await lab.gateway();
    lab.fleet.aws.faults.add(kind.starts, { kind: 'cut' });
    await lab.open(victim, 'ann');
    await lab.untilAsked(kind.starts);
    expect(await lab.intentsOf('ann')).toHaveLength(1);
    await lab.kill(victim);
    lab.fleet.aws.faults.clear();

    await lab.answers(survivor, 'ann');
    await lab.untilTidy({ ann: 1 });
  });

  it('with its call on the way: the job that comes too late is ended, and was no engine', async () => {
    const victim = await lab.gateway();
    const late = Promise.withResolvers<void>();
    lab.fleet.aws.faults.add(kind.starts, { kind: 'hold', until: late.promise }, 1);
    await lab.open(victim, 'bob');
    await lab.untilAsked(kind.starts);
    const [lost] = await lab.intentsOf('bob');
    await lab.kill(victim);

    await lab.answers(survivor, 'bob');
    late.resolve();
    await expect.poll(() => lab.tagsOf('bob'), wait).toContain(lost?.tag);
    const sinceMs = performance.now();
    await lab.untilTidy({ bob: 1 });
    const tookMs = performance.now() - sinceMs;
    expect(tookMs).toBeLessThan(reconcileEveryMs + reconcileGraceMs + callsOfRoundMs);
    expect(lab.tagsOf('bob')).not.toContain(lost?.tag);
    expect(lab.fleet.engines.registrations.get(lost?.tag ?? '')).not.toBe('registered');
  });

  it('with its job made and told to nobody: the engine comes up and serves the next session', async () => {
    const victim = await lab.gateway();
    const never = Promise.withResolvers<void>();
    lab.fleet.aws.faults.add(kind.starts, { kind: 'hold-reply', until: never.promise }, 1);
    await lab.open(victim, 'cid');
    await expect.poll(() => lab.tagsOf('cid').length, wait).toBe(1);
    const [lost] = await lab.intentsOf('cid');
    await lab.kill(victim);
    never.resolve();

    await lab.answers(survivor, 'cid');
    await lab.untilTidy({ cid: 1 });
    expect(lab.tagsOf('cid')).toEqual([lost?.tag]);
  });

  it('with a job that never comes to run: it is ended though nobody comes back', async () => {
    const victim = await lab.gateway();
    const stuck = { times: { [kind.before]: Infinity } };
    lab.fleet.aws.plans.add(() => true, stuck, 1);
    await lab.open(victim, 'dan');
    await expect.poll(() => lab.tagsOf('dan').length, wait).toBe(1);
    await lab.kill(victim);

    await lab.untilTidy({ dan: 0 });
    await expect.poll(() => lab.intentsOf('dan'), wait).toEqual([]);
  });

  it('with many launches under way: each user has one engine, by either gateway', async () => {
    const victim = await lab.gateway();
    const users = Array.from({ length: 40 }, (_, at) => `many${at}`);
    const before = lab.fleet.engines.registrations.size;
    await Promise.all(users.map((user) => lab.open(victim, user)));
    await expect.poll(() => lab.fleet.engines.registrations.size, wait).toBeGreaterThan(before + 5);
    await lab.kill(victim);

    await Promise.all(users.map((user) => lab.answers(survivor, user)));
    await lab.untilTidy(Object.fromEntries(users.map((user) => [user, 1])));
  });

  it('while another one waits for the same engine: that one launches it, and there is no second', async () => {
    const victim = await lab.gateway();
    const late = Promise.withResolvers<void>();
    lab.fleet.aws.faults.add(kind.starts, { kind: 'hold', until: late.promise }, 1);
    await lab.open(victim, 'eve');
    await lab.untilAsked(kind.starts);
    const waiting = lab.answers(survivor, 'eve');
    await lab.kill(victim);

    await waiting;
    late.resolve();
    await lab.untilTidy({ eve: 1 });
  });

  it('or is not: two of them that open for one user at once have one engine', async () => {
    const other = await lab.gateway();
    await Promise.all([
      lab.answers(survivor, 'fay'),
      lab.answers(other, 'fay'),
      lab.answers(survivor, 'fay'),
      lab.answers(other, 'fay'),
    ]);
    expect(lab.fleet.aws.faults.count(kind.starts)).toBe(1);
    await lab.untilTidy({ fay: 1 });
  });
});
