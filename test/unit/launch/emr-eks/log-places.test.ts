import { expect, it } from 'vitest';
import { runOfPod, logStream, s3LogFolder } from '../../../../src/launch/emr-eks/log-places.ts';

const id = '000000037lsld3h8l1d';

it('knows the pods of a run by their names, and no others', () => {
  expect(runOfPod(`spark-${id}-driver`)).toBe(id);
  expect(runOfPod(`${id}-x7k2p`)).toBe(id);
  for (const name of ['torii-7f3f2c1e-1111-4222-8333-444455556666', 'web-x7k2p', 'pi-a6-exec-1']) {
    expect(runOfPod(name)).toBeUndefined();
  }
});

it('knows where EMR puts the log of a driver', () => {
  const path = `vc1/jobs/${id}/containers/spark-${id}/spark-${id}-driver`;
  expect(s3LogFolder('s3://logs/engines', 'vc1', id)).toBe(`s3://logs/engines/${path}`);
  const stream = (streamPrefix?: string) =>
    logStream({ group: '/torii', streamPrefix }, 'vc1', id, 'stderr');
  expect([stream(), stream('a/b')]).toEqual([`${path}/stderr`, `a/b/${path}/stderr`]);
});
