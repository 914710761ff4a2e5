#!/usr/bin/env node
// The command `torii`. A published package holds dist/; a checkout runs src/ as it is, on the Node that it installed when
// this one is too old to.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const source = join(root, 'src', 'main.ts');
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const isRecent = major > 22 || (major === 22 && minor >= 19);

if (isRecent) {
  await import(pathToFileURL(existsSync(source) ? source : join(root, 'dist', 'main.js')).href);
} else if (existsSync(source)) {
  const { endLike, runNode } = await import('../scripts/node-process.mjs');
  endLike(await runNode([source, ...process.argv.slice(2)], { cwd: process.cwd(), tellEnd: true }));
} else {
  process.stderr.write(`torii needs Node 22.19 or newer, and this is ${process.versions.node}\n`);
  process.exitCode = 1;
}
