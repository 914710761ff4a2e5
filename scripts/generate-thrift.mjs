// @ts-check
// Makes thrift-idl/gen from thrift-idl/TCLIService.thrift. With --check it only compares, and passes where the compiler
// is missing or another version, whose output would differ for no reason of ours.
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { root } from './root.mjs';
import { SetupError, main, run, talk } from './run-command.mjs';

const compilerVersion = '0.17.0';
const folder = join(root, 'thrift-idl');
const gen = join(folder, 'gen');

await main(async () => {
  const check = process.argv.includes('--check');
  const version = await run('thrift', ['--version'], { quiet: true }).catch(() => '');
  if (!version.includes(compilerVersion)) {
    const found = version ? `this is ${version.trim()}` : 'none was found';
    const why = `The Thrift compiler ${compilerVersion} is needed (Debian 12: apt-get install thrift-compiler), and ${found}`;
    if (!check) throw new SetupError(why);
    return talk(`thrift-idl/gen was not compared: ${why}`);
  }
  const runtime = join(root, '.runtime');
  mkdirSync(runtime, { recursive: true });
  const work = mkdtempSync(join(runtime, 'thrift-'));
  try {
    await run('thrift', ['--gen', 'js:node,ts', '-out', work, join(folder, 'TCLIService.thrift')], {
      quiet: true,
    });
    // The package is of ES modules; what the compiler makes is not.
    writeFileSync(join(work, 'package.json'), '{ "type": "commonjs" }\n');
    if (!check) {
      rmSync(gen, { recursive: true, force: true });
      renameSync(work, gen);
    } else if (contentsOf(work) !== contentsOf(gen)) {
      throw new SetupError(
        'thrift-idl/gen is not what thrift-idl/TCLIService.thrift makes: npm run generate:thrift',
      );
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
});

function contentsOf(/** @type {string} */ place) {
  const files = readdirSync(place).sort();
  return JSON.stringify(files.map((file) => [file, readFileSync(join(place, file), 'utf8')]));
}
