import { ApiError } from './api-error.ts';
import { type Fields, isFields } from './objects.ts';
import type { Schema, SchemaChecker } from './schema.ts';

/** RFC 7386. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isFields(patch)) return patch;
  const merged: Fields = isFields(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = mergePatch(merged[key], value);
  }
  return merged;
}

/** As a merge patch, but lists whose schema names a merge key are merged by it. */
export function strategicPatch(
  target: unknown,
  patch: unknown,
  schema: Schema | undefined,
  checker: SchemaChecker,
): unknown {
  const own = checker.resolve(schema);
  if (Array.isArray(patch)) return mergeList(target, patch, own, checker);
  if (!isFields(patch)) return patch;
  if (patch['$patch'] === 'replace') return withoutDirectives(patch);
  const merged: Fields = isFields(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith('$')) continue;
    const inner = own?.properties?.[key];
    if (value === null) delete merged[key];
    else merged[key] = strategicPatch(merged[key], value, inner, checker);
  }
  return merged;
}

function mergeList(
  target: unknown,
  patch: readonly unknown[],
  schema: Schema | undefined,
  checker: SchemaChecker,
): unknown {
  const key = schema?.['x-kubernetes-patch-merge-key'];
  const strategy = schema?.['x-kubernetes-patch-strategy'] ?? '';
  if (!strategy.split(',').includes('merge') || !Array.isArray(target)) {
    return patch.filter((each) => !isDeletion(each));
  }
  if (key === undefined) return [...new Set([...target, ...patch])];
  const list: unknown[] = [...target];
  for (const each of patch) {
    const at = list.findIndex((old) => isFields(old) && isFields(each) && old[key] === each[key]);
    if (isDeletion(each)) {
      if (at >= 0) list.splice(at, 1);
    } else if (at < 0) list.push(each);
    else list[at] = strategicPatch(list[at], each, schema?.items, checker);
  }
  return list;
}

const isDeletion = (value: unknown) => isFields(value) && value['$patch'] === 'delete';

function withoutDirectives(patch: Fields): Fields {
  return Object.fromEntries(Object.entries(patch).filter(([key]) => !key.startsWith('$')));
}

/** RFC 6902. */
export function jsonPatch(target: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) throw new ApiError(400, 'a JSON patch is an array of operations');
  let result = structuredClone(target);
  for (const operation of patch) {
    if (!isFields(operation)) throw new ApiError(400, 'an operation of a JSON patch is an object');
    result = applyOperation(result, operation);
  }
  return result;
}

function applyOperation(document: unknown, operation: Fields): unknown {
  const path = stepsOf(operation['path']);
  switch (operation['op']) {
    case 'add':
      return setAt(document, path, operation['value'], 'add');
    case 'replace':
      return setAt(document, path, operation['value'], 'replace');
    case 'remove':
      return setAt(document, path, undefined, 'remove');
    case 'copy':
      return setAt(document, path, structuredClone(valueAt(document, operation['from'])), 'add');
    case 'move': {
      const value = valueAt(document, operation['from']);
      const without = setAt(document, stepsOf(operation['from']), undefined, 'remove');
      return setAt(without, path, value, 'add');
    }
    case 'test':
      if (
        JSON.stringify(valueAt(document, operation['path'])) === JSON.stringify(operation['value'])
      )
        return document;
      throw new ApiError(
        422,
        'the server rejected our request due to an error in our request: testing a value failed',
      );
    default:
      throw new ApiError(400, `a JSON patch has no operation ${JSON.stringify(operation['op'])}`);
  }
}

function stepsOf(path: unknown): string[] {
  if (typeof path !== 'string' || (path !== '' && !path.startsWith('/')))
    throw new ApiError(400, 'a JSON patch wants paths that begin with a slash');
  const [, ...steps] = path.split('/');
  return steps.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function valueAt(document: unknown, path: unknown): unknown {
  let value = document;
  for (const step of stepsOf(path)) {
    if (Array.isArray(value)) value = value[Number(step)];
    else value = isFields(value) ? value[step] : undefined;
  }
  return value;
}

function setAt(
  document: unknown,
  steps: readonly string[],
  value: unknown,
  how: 'add' | 'replace' | 'remove',
): unknown {
  const [step, ...rest] = steps;
  if (step === undefined) return value;
  const missing = () =>
    new ApiError(
      422,
      `the server rejected our request due to an error in our request: the path has no ${step}`,
    );
  if (Array.isArray(document)) {
    const list: unknown[] = [...document];
    const at = step === '-' ? list.length : Number(step);
    if (rest.length > 0) list[at] = setAt(list[at], rest, value, how);
    else if (how === 'add') list.splice(at, 0, value);
    else if (at >= list.length) throw missing();
    else if (how === 'remove') list.splice(at, 1);
    else list[at] = value;
    return list;
  }
  if (!isFields(document)) throw missing();
  const fields: Fields = { ...document };
  if (rest.length > 0) {
    if (fields[step] === undefined) throw missing();
    fields[step] = setAt(fields[step], rest, value, how);
  } else if (how === 'remove') {
    if (!(step in fields)) throw missing();
    delete fields[step];
  } else fields[step] = value;
  return fields;
}
