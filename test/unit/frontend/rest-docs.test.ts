import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { restRoutes } from '../../../src/frontend/rest/rest-api.ts';

const text = readFileSync(new URL('../../../docs/rest.md', import.meta.url), 'utf8');

it('docs/rest.md has a row for each call, and for no other', () => {
  const rows = [...text.matchAll(/^\| `((?:GET|POST|DELETE) [^`]+)` \|/gm)].map((row) => row[1]);
  const calls = restRoutes.map(({ method, path }) => `${method} ${path}`);
  expect(rows).toHaveLength(calls.length);
  expect(new Set(rows)).toEqual(new Set(calls));
});
