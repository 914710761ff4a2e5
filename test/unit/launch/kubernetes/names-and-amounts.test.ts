import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { eventSchema, type PodEvent } from '../../../../src/launch/kubernetes/cluster-objects.ts';
import { labelValue, tagOfName } from '../../../../src/launch/kubernetes/job-labels.ts';
import { newsOf } from '../../../../src/launch/kubernetes/pod-events.ts';
import { readPodTemplate } from '../../../../src/launch/kubernetes/pod-template.ts';
import { amountOf, mibOf, sparkMib } from '../../../../src/launch/kubernetes/quantities.ts';
import { makeTempDir, removeTempDir } from '../../../support/temp-dir.ts';
import { name, tag } from './engine-job.ts';

describe('names', () => {
  it.each([
    ['alice@example.org', 'alice_example.org'],
    ['-ä-', ''],
    [`${'a'.repeat(62)}-b`, 'a'.repeat(62)],
    ['Team.A-1_x', 'Team.A-1_x'],
  ])('%s is the label %s', (value, label) => {
    expect(labelValue(value)).toBe(label);
  });

  it.each([
    [name, tag],
    [`${name}-driver`, tag],
    [`${name}-exec-12`, tag],
    [`${name}0`, undefined],
    ['torii-gateway-0', undefined],
  ])('%s belongs to launch %s', (object, launch) => {
    expect(tagOfName(object)).toBe(launch);
  });
});

describe('amounts', () => {
  it.each([
    ['500m', 0.5],
    ['2', 2],
    ['1e3', 1000],
    ['1Ki', 1024],
    [0.25, 0.25],
    ['much', undefined],
  ])('%s is %s', (quantity, amount) => {
    expect(amountOf(quantity)).toBe(amount);
  });

  it('of memory are told in MiB, in Kubernetes’ notation and in Spark’s', () => {
    expect([mibOf('1Gi'), mibOf('1048576')]).toEqual([1024, 1]);
    expect(['512', '512m', '2g', '1048576b', '4gb', '1.5g'].map(sparkMib)).toEqual([
      ...[512, 512, 2048, 1, 4096],
      undefined,
    ]);
  });
});

describe('an event', () => {
  const event = (object: string, reason: string, message: string, type = 'Warning'): PodEvent =>
    eventSchema.parse({
      ...{ metadata: { name: 'e' }, involvedObject: { kind: 'Pod', name: object } },
      ...{ reason, message, type },
    });

  it('of the driver is a line, and a warning gives the reason', () => {
    expect(newsOf(event(name, 'Pulling', 'Pulling image "x"', 'Normal'))).toEqual({
      ...{ tag, line: 'pod: Pulling: Pulling image "x"', warning: undefined },
    });
    expect(newsOf(event(`${name}-driver`, 'FailedMount', 'no claim'))).toEqual({
      tag,
      line: 'pod: FailedMount: no claim',
      warning: {
        reason: 'FailedMount: no claim',
        hint: expect.stringContaining('Check the volumes') as string,
      },
    });
  });

  it('of an executor is a line where it is a warning', () => {
    const executor = `${name}-exec-1`;
    expect(newsOf(event(executor, 'Pulling', 'x', 'Normal'))).toBeUndefined();
    expect(newsOf(event(executor, 'FailedScheduling', 'no room'))).toEqual({
      ...{ tag, line: 'exec-1: FailedScheduling: no room', warning: undefined },
    });
  });

  it('of somebody else, or of a secret that is about to be made, is nothing', () => {
    expect(newsOf(event('web-1', 'Failed', 'x'))).toBeUndefined();
    const early = `MountVolume.SetUp failed for volume "torii-settings": secret "${name}" not found`;
    expect(newsOf(event(name, 'FailedMount', early))).toBeUndefined();
  });
});

describe('a pod template', () => {
  const read = async (text: string): Promise<unknown> => {
    const dir = makeTempDir('template');
    try {
      const path = join(dir, 'pod.yaml');
      writeFileSync(path, text);
      return await readPodTemplate(path);
    } finally {
      removeTempDir(dir);
    }
  };

  it('is the YAML of a pod, in which a key without a value is left out', async () => {
    expect(await read('kind: Pod\nmetadata:\n  labels:\nspec: {priorityClassName: p}')).toEqual({
      kind: 'Pod',
      metadata: {},
      spec: { priorityClassName: 'p' },
    });
    expect(await readPodTemplate(undefined)).toEqual({});
  });

  it.each([
    ['kind: Deployment', 'is no pod: kind'],
    ['spec: [', "can't be read"],
    ['spec: {containers: x}', 'is no pod: spec.containers'],
  ])('that reads %j is refused', async (text, message) => {
    await expect(read(text)).rejects.toMatchObject({
      trouble: 'refused',
      message: expect.stringContaining(message) as string,
    });
  });

  it('that is missing is refused', async () => {
    await expect(readPodTemplate('/no/such.yaml')).rejects.toThrow('/no/such.yaml');
  });
});
