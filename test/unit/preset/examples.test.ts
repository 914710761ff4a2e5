import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { question, snapshotOf } from '../../support/clusters-text.ts';

const root = join(import.meta.dirname, '../../..');
const examples = join(root, 'conf/examples');
const read = (name: string): string => readFileSync(join(examples, name), 'utf8');

function goes(name: string, groups: readonly string[], own: Record<string, string> = {}) {
  const { cluster, preset, role } = snapshotOf(read(name)).place(
    question(own, { groups }),
  ).placement;
  return [cluster?.name, preset, role];
}

test('each example is one that is looked at here', () => {
  expect(readdirSync(examples).toSorted()).toEqual([
    'clinic.yaml',
    'retailer.yaml',
    'two-clusters.yaml',
  ]);
});

describe('the clinic', () => {
  test.each([
    [['clinical'], ['dedicated', 'phi', 'clinician']],
    [['compliance'], ['dedicated', 'phi', 'auditor']],
    [['students'], ['spot', 'research', undefined]],
  ])('sends %j to %j', (groups, expected) => {
    expect(goes('clinic.yaml', groups)).toEqual(expected);
  });

  test("keeps its patients' data where it is", () => {
    const ask = (groups: string[], own: Record<string, string>) => () =>
      goes('clinic.yaml', groups, own);
    expect(ask(['clinical'], { 'kyuubi.session.cluster': 'spot' })).toThrow(
      /route 1 sends it to the cluster dedicated/,
    );
    expect(ask(['students'], { 'torii.session.preset': 'phi' })).toThrow(
      'alice may not use the preset phi',
    );
    expect(ask(['students'], { 'kyuubi.session.cluster': 'dedicated' })).toThrow(
      'alice has no role on the cluster dedicated',
    );
  });
});

test.each([
  ['analytics', 'root.analytics-queue'],
  ['marketing', 'root.marketing-queue'],
  ['datascience', 'root.datascience-queue'],
  ['sales', 'root.default'],
])("the retailer's %s have the queue %s", (group, queue) => {
  const { rules } = snapshotOf(read('retailer.yaml')).place(question({}, { groups: [group] }));
  const key = 'spark.kubernetes.executor.annotation.yunikorn.apache.org/queue';
  expect(rules.fixed.get(key)?.value).toBe(queue);
});

test('two clusters have one preset, and an engine of it each', () => {
  expect(goes('two-clusters.yaml', ['finance'])).toEqual(['analytics', 'shared', undefined]);
  expect(goes('two-clusters.yaml', ['marketing'])).toEqual(['datascience', 'shared', undefined]);
  const suffixes = ['finance', 'marketing'].map(
    (group) =>
      snapshotOf(read('two-clusters.yaml')).place(question({}, { groups: [group] })).placement
        .keySuffix,
  );
  expect(suffixes[0]).not.toBe(suffixes[1]);
});

test('the example of the documentation does what is said beside it', () => {
  const text = readFileSync(join(root, 'docs/clusters.md'), 'utf8');
  const blocks = [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, yaml = '']) => yaml);
  expect(blocks).toHaveLength(1);
  const snapshot = snapshotOf(blocks.join('\n'));
  const placed = (own: Record<string, string>, groups: string[]) => {
    const { cluster, preset } = snapshot.place(question(own, { groups })).placement;
    return [cluster?.name, preset];
  };
  expect(placed({}, ['x'])).toEqual(['analytics', 'bi']);
  expect(placed({ 'spark.app.kind': 'batch' }, ['engineers'])).toEqual(['warehouse', 'etl']);
});
