// @ts-check
// `npm test`: gets what is missing, then the checks and all tests. `npm test -- NAME` runs the tests whose path contains
// NAME, with the set-up that those need and without the checks. The last line says how many passed and failed.
import { mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { constants } from 'node:os';
import { join, relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { runNode } from './node-process.mjs';
import { ensureDependencies, ensureEngineJar, ensureJava, ensureSpark } from './provision.mjs';
import { root } from './root.mjs';
import { SetupError, interruptible, main } from './run-command.mjs';

/** In this order; the integration tests share the machine with nothing. */
const suites = [
  { name: 'unit', projects: ['unit', 'wire'], folders: ['unit', 'wire'], needsSpark: false },
  { name: 'services', projects: ['services'], folders: ['services'], needsSpark: true },
  {
    name: 'clients',
    projects: ['clients'],
    folders: ['integration/clients', 'integration/values', 'integration/results'],
    needsSpark: true,
  },
  { name: 'integration', projects: ['integration'], folders: ['integration'], needsSpark: true },
];

await main(async () => {
  const words = process.argv.slice(2);
  const names = words.filter((word) => !word.startsWith('-'));
  const options = words.filter((word) => word.startsWith('-'));
  const chosen = suites.filter((suite) => names.length === 0 || hasTest(suite.folders, names));
  if (chosen.length === 0) throw new SetupError(`No test's path contains ${names.join(' or ')}`);

  /** @type {string[]} */
  const times = [];
  const timed = async (/** @type {string} */ name, /** @type {() => Promise<boolean>} */ body) => {
    const start = performance.now();
    const isGood = await body();
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    times.push(`${name.padEnd(12)} ${isGood ? 'ok    ' : 'FAILED'} ${seconds} s`);
    if (!isGood) process.exitCode = 1;
  };

  await timed('set-up', async () => {
    await interruptible(() =>
      setUp(
        chosen.some((suite) => suite.needsSpark),
        names.length === 0,
      ),
    );
    return true;
  });
  if (names.length === 0) await timed('check', () => succeeds([join('scripts', 'check.mjs')]));
  const sum = { passed: 0, failed: 0, skipped: 0 };
  /** @type {string[]} Named again at the end: a whole run prints thousands of lines. */
  const failures = [];
  for (const suite of chosen) {
    await timed(suite.name, async () => {
      const counts = await runSuite(suite, [...options, ...names]);
      sum.passed += counts.passed;
      sum.failed += counts.failed;
      sum.skipped += counts.skipped;
      failures.push(...counts.failures);
      return counts.failed === 0;
    });
  }
  const skipped = sum.skipped > 0 ? `, ${sum.skipped} skipped` : '';
  process.stdout.write(
    `\n${[...failures, ...times].join('\n')}\n\n${sum.passed} passed, ${sum.failed} failed${skipped}\n`,
  );
});

function hasTest(/** @type {readonly string[]} */ folders, /** @type {readonly string[]} */ names) {
  const wanted = names.map((name) => name.toLowerCase());
  return folders
    .flatMap((folder) => testsBelow(join('test', folder)))
    .some((path) => wanted.some((name) => path.toLowerCase().includes(name)));
}

/** @returns {string[]} paths below the root */
function testsBelow(/** @type {string} */ folder) {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.test.ts'))
    .map((path) => join(folder, path));
}

async function setUp(/** @type {boolean} */ needsSpark, /** @type {boolean} */ needsClients) {
  await ensureDependencies();
  if (!needsSpark) return;
  const java = await ensureJava();
  process.env.JAVA_HOME = java.home;
  await ensureEngineJar({ sparkHome: await ensureSpark() });
  if (!needsClients) return;
  const { ensureTestClients } = await import('./test-clients.mjs');
  await ensureTestClients();
}

/**
 * @param {{ name: string, projects: readonly string[] }} suite
 * @param {readonly string[]} args for vitest
 */
async function runSuite({ name, projects }, args) {
  const report = join(root, '.runtime', `tests-${name}.json`);
  mkdirSync(join(root, '.runtime'), { recursive: true });
  rmSync(report, { force: true });
  const isGood = await succeeds([
    join('node_modules', 'vitest', 'vitest.mjs'),
    'run',
    ...projects.flatMap((project) => ['--project', project]),
    '--passWithNoTests',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...args,
  ]);
  return counted(report, isGood);
}

/** A run that failed without a failed test (a file that can't be loaded, a late error) counts as one failure. */
function counted(/** @type {string} */ report, /** @type {boolean} */ isGood) {
  const counts = { passed: 0, failed: 0, skipped: 0, /** @type {string[]} */ failures: [] };
  try {
    const results = JSON.parse(readFileSync(report, 'utf8'));
    counts.passed = results.numPassedTests;
    counts.failed = results.numFailedTests;
    counts.skipped = results.numPendingTests + results.numTodoTests;
    counts.failures = results.testResults.flatMap(failuresOf);
  } catch {
    counts.failed = 1; // vitest ended before it wrote its report
  }
  if (!isGood && counts.failed === 0) counts.failed = 1;
  return counts;
}

/**
 * @param {{ name: string, status: string, message: string, assertionResults: { status: string, fullName: string,
 *   failureMessages: string[] }[] }} file as Vitest reports it
 */
function failuresOf({ name, status, message, assertionResults }) {
  const path = relative(root, name);
  const tests = assertionResults.filter((test) => test.status === 'failed');
  // A file that could not be loaded, or whose set-up failed, has no failed test.
  if (tests.length === 0) return status === 'failed' ? [failure(path, message)] : [];
  return tests.map((test) =>
    failure(`${path} > ${test.fullName}`, test.failureMessages.join('\n')),
  );
}

function failure(/** @type {string} */ what, /** @type {string} */ why) {
  return `FAILED ${what}: ${stripVTControlCharacters(why).split('\n', 1)[0]}`;
}

/** Whether a script of ours or a tool succeeds. A signal to us ends it, and then us, whatever was still to come. */
async function succeeds(/** @type {readonly string[]} */ args) {
  const { code, signal, told } = await runNode(args);
  const end = told ?? signal;
  if (end) process.exit(128 + constants.signals[end]);
  return code === 0;
}
