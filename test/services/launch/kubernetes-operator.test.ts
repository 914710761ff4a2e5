import { afterEach, describe, expect, it, vi } from 'vitest';
import type { JobPlatform, JobView } from '../../../src/launch/job-platform.ts';
import { secrets, sparkApplications } from '../../support/kubernetes/resources.ts';
import { type Follower, KubernetesLab, namespace, never } from './kubernetes-lab.ts';

let lab: KubernetesLab;
afterEach(() => lab.stop());

const silent = (): void => undefined;
const driverOf = (tag: string): string => `torii-${tag}-driver`;
const isEnded = ({ state }: JobView): boolean => state.kind === 'ended';
const isRunning = ({ state }: JobView): boolean => state.kind === 'running';

interface Started {
  readonly platform: JobPlatform;
  readonly follower: Follower;
  readonly tag: string;
  readonly view: JobView;
}

async function started(): Promise<Started> {
  lab = await KubernetesLab.start({ hasSparkOperator: true });
  const platform = lab.platform({ launcher: 'spark-operator' });
  const follower = lab.follow(platform);
  const { tag } = await submitted(platform);
  return { platform, follower, tag, view: await follower.view(tag, isRunning) };
}

async function submitted(platform: JobPlatform): Promise<{ tag: string }> {
  const job = lab.job({ 'spark.hadoop.fs.s3a.secret.key': lab.engineKey });
  await platform.submit(job, silent, never);
  return job;
}

const objects = (): unknown => [
  lab.cluster.api.store.list(sparkApplications, namespace),
  lab.cluster.pods(namespace),
];

describe('an engine by the Spark operator', () => {
  it('runs when its driver does, tells its log and shows no secret', async () => {
    const { platform, follower, tag, view } = await started();
    const running = await follower.view(tag, ({ platformState }) => platformState === 'RUNNING');
    expect(running.state.kind).toBe('running');
    expect(running.owner.user).toBe('alice@example.org');
    lab.cluster.print(driverOf(tag), 'hello', undefined, namespace);
    for await (const line of platform.log(view, never)) {
      expect(line).toBe('hello');
      break;
    }
    expect(JSON.stringify(objects())).not.toContain(lab.engineKey);
    expect((await platform.list(never)).map((job) => job.tag)).toEqual([tag]);
  });

  it('goes with all that belongs to it when it is killed', async () => {
    const { platform, follower, tag } = await started();
    await platform.kill(tag, undefined, never);
    await follower.until(({ goneTags }) => goneTags.includes(tag));
    await vi.waitFor(() => {
      expect(objects()).toEqual([[], []]);
      expect(lab.cluster.api.store.list(secrets, namespace)).toEqual([]);
    });
    await platform.kill(tag, undefined, never);
  });

  it('that fails has the reason of its driver’s pod', async () => {
    const { follower, tag } = await started();
    lab.cluster.killForMemory(driverOf(tag), undefined, namespace);
    expect(await follower.view(tag, isEnded)).toMatchObject({
      state: { kind: 'ended', outcome: 'failed' },
      platformState: expect.stringContaining('OOMKilled') as string,
      hint: expect.stringContaining('spark.driver.memory') as string,
    });
  });

  it('that ends well has succeeded', async () => {
    const { follower, tag } = await started();
    lab.cluster.finish(driverOf(tag), 0, undefined, namespace);
    expect(await follower.view(tag, isEnded)).toMatchObject({ state: { outcome: 'succeeded' } });
  });

  it('is made once, though the answer was lost', async () => {
    lab = await KubernetesLab.start({ hasSparkOperator: true });
    const platform = lab.platform({ launcher: 'spark-operator' });
    const job = lab.job();
    lab.cluster.faults.add(
      ({ verb, resource }) => verb === 'create' && resource.plural === 'sparkapplications',
      { kind: 'lost-reply' },
      1,
    );
    await expect(platform.submit(job, silent, never)).rejects.toMatchObject({ trouble: 'unclear' });
    await platform.submit(job, silent, never);
    expect(lab.cluster.api.store.list(sparkApplications, namespace)).toHaveLength(1);
  });
});
