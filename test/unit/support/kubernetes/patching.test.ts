import { describe, expect, test } from 'vitest';
import { jsonPatch, mergePatch, strategicPatch } from '../../../support/kubernetes/patching.ts';
import { type Schema, SchemaChecker } from '../../../support/kubernetes/schema.ts';

describe('a merge patch', () => {
  test('changes fields, removes those that are null, and replaces lists', () => {
    const target = { a: { b: 1, c: 2 }, list: [1, 2] };
    expect(mergePatch(target, { a: { b: null, d: 3 }, list: [9] })).toEqual({
      a: { c: 2, d: 3 },
      list: [9],
    });
    expect(target).toEqual({ a: { b: 1, c: 2 }, list: [1, 2] });
  });
});

describe('a strategic merge patch', () => {
  const schema: Schema = {
    properties: {
      containers: {
        items: { properties: { name: {}, image: {} } },
        'x-kubernetes-patch-strategy': 'merge',
        'x-kubernetes-patch-merge-key': 'name',
      },
      args: { items: {} },
    },
  };
  const patch = (target: unknown, change: unknown) =>
    strategicPatch(target, change, schema, new SchemaChecker({}));

  test('merges lists by their key, and replaces those that have none', () => {
    const target = { containers: [{ name: 'a', image: 'x' }, { name: 'b' }], args: ['1'] };
    const change = {
      containers: [{ name: 'a', image: 'y' }, { name: 'b', $patch: 'delete' }, { name: 'c' }],
      args: ['2'],
    };
    expect(patch(target, change)).toEqual({
      containers: [{ name: 'a', image: 'y' }, { name: 'c' }],
      args: ['2'],
    });
  });
});

describe('a JSON patch', () => {
  test('adds, replaces, removes, moves and copies', () => {
    const operations = [
      { op: 'add', path: '/list/-', value: 3 },
      { op: 'add', path: '/list/0', value: 0 },
      { op: 'replace', path: '/a~1b', value: 'new' },
      { op: 'copy', from: '/list', path: '/copy' },
      { op: 'move', from: '/gone', path: '/moved' },
      { op: 'remove', path: '/list/1' },
      { op: 'test', path: '/moved', value: 1 },
    ];
    expect(jsonPatch({ list: [1, 2], 'a/b': 'old', gone: 1 }, operations)).toEqual({
      ...{ list: [0, 2, 3], 'a/b': 'new', copy: [0, 1, 2, 3], moved: 1 },
    });
  });

  test.each([
    ['a test that fails', [{ op: 'test', path: '/a', value: 2 }], 'testing a value failed'],
    ['a path that is not there', [{ op: 'remove', path: '/b' }], 'the path has no b'],
    ['an unknown operation', [{ op: 'turn', path: '/a' }], 'no operation "turn"'],
  ])('is refused for %s', (_, operations, why) => {
    expect(() => jsonPatch({ a: 1 }, operations)).toThrow(why);
  });
});
