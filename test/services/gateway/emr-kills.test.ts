// oxlint-disable vitest/no-standalone-expect -- it does not see that `it` is a test here.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LaunchIntent } from '../../../src/discovery/discovery.ts';
import { fleetKinds } from '../../support/aws/fleet-kinds.ts';
import type { RunningGateway } from '../../support/gateway.ts';
import { AwsFleetLab, reconcileEveryMs, reconcileGraceMs, until, wait } from './aws-fleet-lab.ts';

/** A list, a second one after the grace and the order to end: what a round does beside waiting. */
const callsOfRoundMs = 2_000;

/** One after another, while those of the other kinds go on. */
const it = test.sequential;

/** One gateway launches for all these users when it is killed, and another one goes on. */
describe.concurrent.each(fleetKinds)('a gateway killed while it launches on $kind', (kind) => {
  const many = Array.from({ length: 30 }, (_, at) => `many${at}`);
  const late = Promise.withResolvers<void>();
  const unheard = Promise.withResolvers<void>();
  const lost = new Map<string, LaunchIntent | undefined>();
  let lab: AwsFleetLab;
  let victim: RunningGateway;
  let survivor: RunningGateway;
  let waiting: Promise<void>;

  beforeAll(async () => {
    const calls = [kind.starts, kind.lists].map((call) => call.slice(call.indexOf(':') + 1));
    const rates = Object.fromEntries(calls.map((call) => [call, 20]));
    lab = await AwsFleetLab.start({ kind, startMs: 300, cluster: { rates } });
    [victim, survivor] = await Promise.all([lab.gateway(), lab.gateway()]);
    let isAlive = true;
    const { faults, plans } = lab.fleet.aws;
    faults.add(
      lab.startsFor('ann', () => isAlive),
      { kind: 'cut' },
    );
    for (const user of ['bob', 'eve', 'ida'])
      faults.add(lab.startsFor(user), { kind: 'hold', until: late.promise }, 1);
    faults.add(lab.startsFor('cid'), { kind: 'hold-reply', until: unheard.promise }, 1);
    plans.add((_, input) => kind.userOf(input) === 'dan', { times: { [kind.before]: Infinity } });
    const users = ['ann', 'bob', 'cid', 'dan', 'eve', 'ida'];
    await Promise.all(users.map((user) => lab.open(victim, user)));
    await Promise.all(users.map((user) => lab.untilAsked(user)));
    for (const user of ['cid', 'dan'])
      await until(() => lab.tagsOf(user).length, 1, `the jobs of ${user}`);
    await Promise.all(many.map((user) => lab.open(victim, user)));
    const { registrations } = lab.fleet.engines;
    await until(() => registrations.size > 5, true, 'too few engines');
    for (const user of users) lost.set(user, (await lab.intentsOf(user))[0]);
    const session = await lab.open(survivor, 'eve');
    waiting = lab.isAnswered(session);
    waiting.catch(() => undefined); // told by its own test
    await lab.kill(victim);
    isAlive = false;
    unheard.resolve();
  });

  afterAll(() => lab?.stop());

  it('before the call arrives: the next session of the user gets the one engine', async () => {
    expect(lost.get('ann')).toMatchObject({ state: 'launching' });
    expect(lab.tagsOf('ann')).toEqual([]);
    await lab.answers(survivor, 'ann');
    await lab.untilTidy({ ann: 1 });
  });

  it('with its call on the way: jobs that come too late are ended, and were no engines', async () => {
    const [runs = '', waits = ''] = ['bob', 'ida'].map((user) => lost.get(user)?.tag);
    await Promise.all(['bob', 'ida'].map((user) => lab.answers(survivor, user)));
    const forever = { times: { [kind.before]: Infinity } };
    lab.fleet.aws.plans.add((_, input) => kind.userOf(input) === 'ida', forever);
    late.resolve();
    for (const tag of [runs, waits])
      await expect.poll(() => lab.strayMs().has(tag), wait).toBe(true);
    await lab.untilTidy({ bob: 1, ida: 1 });
    expect(lab.tagsOf('bob')).not.toContain(runs);
    expect(lab.tagsOf('ida')).not.toContain(waits);
    const { registrations } = lab.fleet.engines;
    expect([runs, waits].map((tag) => registrations.get(tag))).toEqual(['fenced', undefined]);
  });

  it('with its job made and told to nobody: the engine comes up and serves the next session', async () => {
    await lab.answers(survivor, 'cid');
    await lab.untilTidy({ cid: 1 });
    expect(lab.tagsOf('cid')).toEqual([lost.get('cid')?.tag]);
  });

  it('while another one waits for the same engine: that one launches it, and there is no second', async () => {
    await waiting;
    await lab.untilTidy({ eve: 1 });
  });

  it('with many launches on their way: each user has one engine, by either gateway', async () => {
    await Promise.all(many.map((user) => lab.answers(survivor, user)));
    await lab.untilTidy(Object.fromEntries(many.map((user) => [user, 1])));
  });

  it('with a job that never comes to run: it is ended though nobody comes back', async () => {
    await lab.untilTidy({ dan: 0 });
    await expect.poll(() => lab.intentsOf('dan'), wait).toEqual([]);
  });

  it('and another one that lives: a start that was never answered is one engine', async () => {
    lab.fleet.aws.faults.add(lab.startsFor('abe'), { kind: 'lost-reply' }, 1);
    await lab.answers(survivor, 'abe');
    await lab.untilTidy({ abe: 1 });
  });

  it('and two others that open for one user at once: they have one engine', async () => {
    const other = await lab.gateway();
    await Promise.all([survivor, other, survivor, other].map((each) => lab.answers(each, 'fay')));
    expect(lab.fleet.aws.faults.calls.filter(lab.startsFor('fay'))).toHaveLength(1);
    await lab.untilTidy({ fay: 1 });
  });

  it('leaves no job without an owner for longer than a period of the reconciler', () => {
    const took = [...lab.strayMs().values()];
    expect(took.length).toBeGreaterThanOrEqual(2);
    expect(Math.max(...took)).toBeLessThan(reconcileEveryMs + reconcileGraceMs + callsOfRoundMs);
  });
});
