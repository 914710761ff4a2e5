// Completes package-lock.json after `npm install`: a registry mirror that does not serve every platform's binary package
// makes npm leave those out of the lock file, and `npm ci` then refuses it everywhere. Each missing optional package gets
// the entry that its parent asks for, with the platform read from its name, so that only that platform fetches it.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.mjs';

const systems = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'openharmony', 'sunos', 'win32'];

const file = join(root, 'package-lock.json');
const lock = JSON.parse(readFileSync(file, 'utf8'));

let added = 0;
for (const parent of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    const platform = /^\d/.test(version) ? platformOf(name) : undefined;
    const place = `node_modules/${name}`;
    if (!platform || lock.packages[place]) continue;
    lock.packages[place] = {
      version,
      cpu: platform.cpu,
      ...(parent.dev && { dev: true }),
      ...(platform.libc && { libc: platform.libc }),
      optional: true,
      ...(platform.os && { os: platform.os }),
    };
    added += 1;
  }
}

const { '': project, ...others } = lock.packages;
const sorted = Object.entries(others).sort(([a], [b]) => a.localeCompare(b, 'en'));
lock.packages = { '': project, ...Object.fromEntries(sorted) };
if (added > 0) writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
process.stderr.write(`package-lock.json: ${added} platform packages added\n`);

/** `@scope/binding-linux-arm-musleabihf` runs on os linux, cpu arm, libc musl; nothing when the name tells no platform. */
function platformOf(name) {
  const words = name.split(/[/-]/);
  const at = words.findIndex((word) => systems.includes(word));
  const cpu = words[at + 1];
  if (at < 0 || cpu === undefined)
    return words.includes('wasm32') ? { cpu: ['wasm32'] } : undefined;
  const libc = words.some((word) => word.startsWith('musl')) ? 'musl' : 'glibc';
  return { os: [words[at]], cpu: [cpu], ...(words[at] === 'linux' && { libc: [libc] }) };
}
