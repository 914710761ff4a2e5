// Writes the configuration template and reference from the entries, and the reference of errors from their table. With --check it writes nothing and exits 1 when one is stale.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderErrorReference } from '../src/config/error-reference.ts';
import { renderReference, renderTemplate } from '../src/config/reference.ts';

const root = join(import.meta.dirname, '..');
const files = [
  [join(root, 'conf', 'kyuubi-defaults.conf.template'), renderTemplate()],
  [join(root, 'docs', 'configuration.md'), renderReference()],
  [join(root, 'docs', 'errors.md'), renderErrorReference()],
];
const isCheck = process.argv.includes('--check');

for (const [file, text] of files) {
  if (!isCheck) {
    writeFileSync(file, text);
  } else if (read(file) !== text) {
    process.stderr.write(`${file} is stale: run node scripts/generate-config.mjs\n`);
    process.exitCode = 1;
  }
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
