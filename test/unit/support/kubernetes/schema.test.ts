import { expect, test } from 'vitest';
import { type Schema, SchemaChecker } from '../../../support/kubernetes/schema.ts';

const thing: Schema = {
  type: 'object',
  required: ['name'],
  properties: {
    name: { type: 'string', pattern: '^[a-z]+$' },
    count: { type: ['integer', 'null'], format: 'int32', minimum: 1 },
    port: { oneOf: [{ type: 'string' }, { type: 'integer' }] },
    kind: { type: 'string', enum: ['A', 'B'] },
    labels: { type: 'object', additionalProperties: { type: 'string' } },
    when: { type: 'string', format: 'date-time' },
    data: { type: 'string', format: 'byte' },
    inner: { $ref: '#/$defs/thing' },
    list: { type: 'array', items: { $ref: '#/$defs/thing' } },
    free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, properties: {} },
    size: { type: 'integer', default: 3 },
  },
};
const checker = new SchemaChecker({ thing });

test('a value that is right in all its parts has no faults', () => {
  const value = {
    ...{ name: 'a', count: null, port: 80, kind: 'A', labels: { a: 'b' }, data: 'aGk=' },
    ...{ when: '2026-01-02T03:04:05Z', inner: { name: 'b' }, list: [{ name: 'c', port: 'http' }] },
    free: { any: [1] },
  };
  expect(checker.check('thing', value)).toEqual({ form: [], causes: [] });
});

test.each<[object, string]>([
  [{ name: 'a', other: 1 }, 'unknown field "other"'],
  [{ name: 'a', inner: { name: 'b', more: 1 } }, 'unknown field "inner.more"'],
  [{ name: 1 }, 'cannot unmarshal number into field "name"'],
  [{ name: 'a', count: 2 ** 31 }, 'cannot unmarshal number into field "count"'],
  [{ name: 'a', port: true }, 'cannot unmarshal bool into field "port"'],
  [{ name: 'a', labels: { x: 1 } }, 'cannot unmarshal number into field "labels[x]"'],
  [{ name: 'a', list: {} }, 'cannot unmarshal object into field "list"'],
  [{ name: 'a', when: 'today' }, 'parsing time "today"'],
  [{ name: 'a', data: '=' }, 'illegal base64 data in field "data"'],
])('%j cannot be read', (value, fault) => {
  expect(checker.check('thing', value).form.join()).toContain(fault);
});

test.each<[object, string, string]>([
  [{}, 'name', 'Required value'],
  [{ name: 'a', list: [{}] }, 'list[0].name', 'Required value'],
  [{ name: 'A' }, 'name', "should match '^[a-z]+$'"],
  [{ name: 'a', count: 0 }, 'count', 'should be greater than or equal to 1'],
  [{ name: 'a', kind: 'C' }, 'kind', 'Unsupported value: "C": supported values: "A", "B"'],
])('%j is invalid', (value, field, message) => {
  const { form, causes } = checker.check('thing', value);
  expect(form).toEqual([]);
  expect(causes).toHaveLength(1);
  expect(causes[0]).toMatchObject({ field, message: expect.stringContaining(message) });
});

test('defaults are filled in', () => {
  expect(checker.withDefaults(thing, { name: 'a' })).toEqual({ name: 'a', size: 3 });
});

test('a schema that says what nothing here checks is not passed over', () => {
  const schema = { type: 'string', multipleOf: 2 };
  expect(() => new SchemaChecker({ odd: schema }).check('odd', 'x')).toThrow('multipleOf');
});
