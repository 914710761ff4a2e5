import { expect, test } from 'vitest';
import type { KubeObject } from '../../../support/kubernetes/objects.ts';
import { fieldSelector, labelSelector } from '../../../support/kubernetes/selectors.ts';

const objectWith = (labels: Record<string, string>, more: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'one', uid: '', resourceVersion: '', creationTimestamp: '', labels },
  ...more,
});

test.each([
  ['', true],
  ['app=engine', true],
  ['app==engine,tier', true],
  ['app!=engine', false],
  ['other!=x', true],
  ['app in (a, engine)', true],
  ['app notin (a,b),tier=back', true],
  ['app notin (engine)', false],
  ['other in (a)', false],
  ['!app', false],
  ['! other', true],
  ['example.com/key', true],
])('the label selector "%s" matches: %s', (selector, matches) => {
  const labels = { app: 'engine', tier: 'back', 'example.com/key': '' };
  expect(labelSelector(selector)(objectWith(labels))).toBe(matches);
});

test('a label selector that nobody can read is refused', () => {
  expect(() => labelSelector('a b')).toThrow('unable to parse requirement');
});

test.each([
  ['metadata.name=one,status.phase=Running', true],
  ['status.phase!=Running', false],
  ['spec.nodeName=', true],
])('the field selector "%s" matches: %s', (selector, matches) => {
  const pod = objectWith({}, { spec: {}, status: { phase: 'Running' } });
  expect(fieldSelector(selector, 'Pod')(pod)).toBe(matches);
});

test('a field that the kind is not selected by is refused', () => {
  expect(() => fieldSelector('spec.priority=1', 'Pod')).toThrow('field label not supported');
});
