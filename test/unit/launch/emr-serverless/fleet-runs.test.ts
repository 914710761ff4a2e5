import type { JobRun } from '@aws-sdk/client-emr-serverless';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  FleetRuns,
  type FleetRunsOptions,
} from '../../../../src/launch/emr-serverless/fleet-runs.ts';
import { jobName } from '../../../../src/launch/aws/job-tags.ts';
import { manualClock, type ManualClock } from '../../../support/manual-clock.ts';

const never = new AbortController().signal;
const fleet = 'f1ee7f1ee7f1';
const owner = { user: 'alice', group: undefined, session: 's-1', preset: undefined };

/** What EMR says when it is asked for an application; by its id. */
let troubles: Map<string, string>;
/** The states of the runs, by the applications' ids. */
let states: Map<string, string>;
let clock: ManualClock;

beforeEach(() => {
  [troubles, clock] = [new Map(), manualClock()];
  states = new Map([
    ['00f1', 'RUNNING'],
    ['00f2', 'RUNNING'],
  ]);
});

const run = (applicationId: string): JobRun =>
  ({
    ...{ applicationId, jobRunId: `run-${applicationId}`, id: `run-${applicationId}` },
    name: jobName(fleet, `tag-${applicationId}`),
    state: states.get(applicationId),
    createdAt: new Date(0),
  }) as unknown as JobRun; // what of it is read

function answer(applicationId: string): void {
  const name = troubles.get(applicationId);
  if (name !== undefined) throw Object.assign(new Error('no'), { name });
}

const api = {
  async *alive(applicationId: string) {
    answer(applicationId);
    yield await Promise.resolve(
      states.get(applicationId) === 'RUNNING' ? [run(applicationId)] : [],
    );
  },
  run(applicationId: string) {
    if (troubles.get(applicationId) === 'ResourceNotFoundException') return Promise.resolve();
    answer(applicationId);
    return Promise.resolve(run(applicationId));
  },
};

function fleetRuns(applications = ['00f1', '00f2']): FleetRuns {
  const runs = new FleetRuns({
    applications,
    fleet,
    api: api as unknown as FleetRunsOptions['api'], // the calls that are made
    clock,
    linkOf: () => undefined,
  });
  for (const id of applications) runs.add(`tag-${id}`, id, `run-${id}`, owner);
  return runs;
}

async function look(runs: FleetRuns) {
  const { jobs, hidden } = await runs.refresh(never);
  return {
    states: jobs.map(({ tag, platformState }) => `${tag} ${platformState}`),
    hidden: [...hidden.keys()],
  };
}

describe('an application that can not be listed', () => {
  it('blinds nobody for the others, and its runs stay as they were', async () => {
    const runs = fleetRuns();
    await look(runs);
    troubles.set('00f1', 'AccessDeniedException');
    states = new Map([
      ['00f1', 'SUCCESS'],
      ['00f2', 'SUCCESS'],
    ]);
    expect(await look(runs)).toEqual({
      states: ['tag-00f1 RUNNING', 'tag-00f2 SUCCESS'],
      hidden: ['00f1'],
    });
    troubles.clear();
    expect(await look(runs)).toEqual({
      states: ['tag-00f1 SUCCESS', 'tag-00f2 SUCCESS'],
      hidden: [],
    });
  });

  it('since it was deleted blinds nobody either, and its runs have gone when EMR has not known them for a while', async () => {
    const runs = fleetRuns();
    troubles.set('00f1', 'ResourceNotFoundException');
    states.set('00f2', 'SUCCESS');
    const others = ['tag-00f2 SUCCESS'];
    expect(await look(runs)).toEqual({ states: ['tag-00f1 SUBMITTED', ...others], hidden: [] });
    clock.advance(30_000);
    expect(await look(runs)).toEqual({ states: others, hidden: [] });
  });

  it('rejects where there is no other', async () => {
    troubles.set('00f1', 'AccessDeniedException');
    await expect(fleetRuns(['00f1']).refresh(never)).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
  });

  it.each(['InternalServerException', 'ThrottlingException', 'TimeoutError'])(
    'rejects for %s, which says nothing of one application',
    async (name) => {
      troubles.set('00f1', name);
      await expect(fleetRuns().refresh(never)).rejects.toMatchObject({ name });
    },
  );
});
