import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseProperties } from '../../../src/config/properties.ts';
import { renderReference, renderTemplate } from '../../../src/config/reference.ts';
import { allEntries } from '../../../src/config/topics.ts';

const root = join(import.meta.dirname, '../../..');

test.each([
  ['conf/kyuubi-defaults.conf.template', renderTemplate],
  ['docs/configuration.md', renderReference],
])('%s is what the entries make of it (node scripts/generate-config.mjs)', (file, render) => {
  expect(readFileSync(join(root, file), 'utf8')).toBe(render());
});

test('the template read without its # says the defaults', () => {
  const written = parseProperties(renderTemplate().replaceAll(/^# (?=\S+=)/gm, ''));
  for (const { key, value } of allEntries) {
    expect(written.get(key)).toBe(value.defaultText ?? '');
  }
});
