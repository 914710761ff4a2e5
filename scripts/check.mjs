// @ts-check
// `npm run check`: everything that must hold beside the tests. Each step runs, whatever came before it.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { nodeForTypeScript } from './node-process.mjs';
import { ensureDependencies } from './provision.mjs';
import { root } from './root.mjs';
import { SetupError, interruptible, main, run } from './run-command.mjs';

await main(() => interruptible(check));

async function check() {
  await ensureDependencies();
  const failed = [];
  for (const { name, args } of steps()) {
    const start = performance.now();
    const problem = await run(nodeForTypeScript(), args, { cwd: root, quiet: true }).then(
      () => undefined,
      (error) => error.message,
    );
    const time = `${((performance.now() - start) / 1000).toFixed(1)} s`;
    process.stdout.write(`${problem ? 'FAILED' : 'ok    '} ${name.padEnd(16)} ${time}\n`);
    if (problem) {
      failed.push(name);
      process.stdout.write(`${problem}\n`);
    }
  }
  if (failed.length > 0) throw new SetupError(`check failed: ${failed.join(', ')}`);
}

function steps() {
  const tool = (/** @type {string} */ name) => join('node_modules', '.bin', name);
  return [
    { name: 'types', args: [tool('tsc'), '-p', 'tsconfig.json'] },
    { name: 'lint', args: [tool('oxlint')] },
    { name: 'format', args: [tool('prettier'), '--check', '--log-level', 'warn', '.'] },
    { name: 'imports', args: [tool('depcruise'), '--output-type', 'err-long', ...cruised()] },
    { name: 'dead code', args: [tool('knip')] },
    { name: 'thrift current', args: [join('scripts', 'generate-thrift.mjs'), '--check'] },
    ...configGenerator().map((script) => ({ name: 'config current', args: [script, '--check'] })),
  ];
}

function cruised() {
  return ['bin', 'bench', 'scripts', 'src', 'test'].filter((name) => existsSync(join(root, name)));
}

/** The generator of the configuration's template and references. */
function configGenerator() {
  const scripts = readdirSync(join(root, 'scripts'));
  return scripts
    .filter((name) => /^generate-config\.(mjs|ts|mts)$/.test(name))
    .map((name) => join('scripts', name));
}
