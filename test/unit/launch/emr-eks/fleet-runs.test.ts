import { beforeEach, describe, expect, it } from 'vitest';
import type { EksApi } from '../../../../src/launch/emr-eks/eks-api.ts';
import { FleetRuns } from '../../../../src/launch/emr-eks/fleet-runs.ts';
import { viewOf } from '../../../../src/launch/emr-eks/run-view.ts';
import { VirtualClusterLook } from '../../../../src/launch/emr-eks/virtual-cluster-look.ts';
import { manualClock } from '../../../support/manual-clock.ts';

const never = new AbortController().signal;
const owner = { user: 'alice', group: undefined, session: 's-1', preset: undefined };
const notThere = "Virtual cluster vc01 doesn't exist.";

/** What EMR says to a list, and to the question about the virtual cluster: an error's name, or a state. */
let listTrouble: string;
let clusterSays: string;
let runs: FleetRuns;
let look: VirtualClusterLook;

const error = (name: string): Error => Object.assign(new Error(notThere), { name });

beforeEach(() => {
  [listTrouble, clusterSays] = ['ResourceNotFoundException', 'ResourceNotFoundException'];
  const api = {
    // oxlint-disable-next-line require-yield -- it never has a run to tell of
    async *alive() {
      await Promise.resolve();
      throw error(listTrouble);
    },
    virtualCluster: () =>
      clusterSays.endsWith('Exception')
        ? Promise.reject(error(clusterSays))
        : Promise.resolve({ state: clusterSays }),
  } as unknown as EksApi; // the calls that are made
  const clock = manualClock();
  look = new VirtualClusterLook(api, 'vc01', clock);
  runs = new FleetRuns(api, look, 'f1ee7f1ee7f1', clock);
  runs.add('tag-1', 'run1', owner);
});

function view() {
  const run = runs.get('tag-1');
  if (run === undefined) throw new Error('the run is not known');
  return viewOf({ tag: 'tag-1', virtualCluster: 'vc01', run, link: undefined, pods: undefined });
}

describe('a virtual cluster that is gone for certain', () => {
  it.each([
    [
      'ResourceNotFoundException',
      'ResourceNotFoundException',
      `gone (ResourceNotFoundException: ${notThere})`,
    ],
    [
      'ValidationException',
      'ResourceNotFoundException',
      `gone (ResourceNotFoundException: ${notThere})`,
    ],
    ['ValidationException', 'TERMINATED', 'TERMINATED'],
  ])('takes its runs with it (%s, %s)', async (trouble, says, reason) => {
    [listTrouble, clusterSays] = [trouble, says];
    await runs.refresh(never);
    expect(view()).toMatchObject({
      state: { kind: 'ended', outcome: 'killed' },
      reason: `virtual cluster vc01 is ${reason}`,
      hint: expect.stringContaining('virtualCluster of the cluster'),
      owner: { user: 'alice' },
    });
  });

  it('takes no launch, and says what to name', async () => {
    await expect(look.check(never)).rejects.toMatchObject({
      trouble: 'refused',
      hint: expect.stringContaining('virtualCluster of the cluster'),
    });
  });
});

describe('a virtual cluster that may be there takes nothing for dead', () => {
  it.each([
    ['ResourceNotFoundException', 'AccessDeniedException'],
    ['ResourceNotFoundException', 'InternalServerException'],
    ['ResourceNotFoundException', 'RUNNING'],
    ['ValidationException', 'TERMINATING'],
    ['ValidationException', 'ARRESTED'],
    ['AccessDeniedException', 'ResourceNotFoundException'],
    ['InternalServerException', 'TERMINATED'],
  ])('(%s, %s)', async (trouble, says) => {
    [listTrouble, clusterSays] = [trouble, says];
    await expect(runs.refresh(never)).rejects.toMatchObject({ name: trouble });
    expect(view().state).toEqual({ kind: 'pending' });
  });
});
