import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { z } from 'zod';
import { runProcess } from '../../test/support/processes.ts';
import { makeTempDir, removeTempDir } from '../../test/support/temp-dir.ts';
import { type BenchContext, type Part, type PartReport, requireAnswer, VoidRun } from '../part.ts';

const limitMs = 60 * 60_000;
const root = join(import.meta.dirname, '..', '..');

/** Vitest's report, as far as it is read. */
const runSchema = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      startTime: z.number(),
      endTime: z.number(),
      message: z.string(),
      assertionResults: z.array(
        z.object({
          fullName: z.string(),
          status: z.string(),
          failureMessages: z.array(z.string()).nullish(),
        }),
      ),
    }),
  ),
});
type TestFile = z.infer<typeof runSchema>['testResults'][number];

/** The tests that take too long for every change: those of test/long, all of them, once. */
export const longTests: Part = {
  name: 'long',
  isLong: true,
  async run(context): Promise<PartReport> {
    const dir = makeTempDir('long-tests');
    try {
      const files = await runTests(context, join(dir, 'report.json'));
      const failed = files.flatMap(failuresOf);
      if (failed.length > 0) throw new VoidRun(`tests failed:\n${failed.join('\n')}`);
      requireAnswer(files.length > 0, 'the run of test/long', files);
      return report(files);
    } finally {
      removeTempDir(dir);
    }
  },
};

async function runTests(context: BenchContext, reportFile: string): Promise<readonly TestFile[]> {
  context.say('long: this takes some minutes');
  const run = await runProcess(
    process.execPath,
    [
      join(root, 'node_modules', 'vitest', 'vitest.mjs'),
      ...['run', '--project', 'long', '--reporter=json', `--outputFile.json=${reportFile}`],
    ],
    {
      cwd: root,
      // Tests choose their Spark themselves.
      env: { ...process.env, SPARK_HOME: undefined, NODE_OPTIONS: undefined },
      limitMs,
    },
  );
  const { testResults } = runSchema.parse(readReport(reportFile, run.stderr));
  const isGood = run.code === 0 || testResults.some((file) => failuresOf(file).length > 0);
  if (!isGood) throw new VoidRun(`the run of test/long failed:\n${run.stderr.slice(-4_000)}`);
  return testResults;
}

function readReport(file: string, stderr: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new VoidRun(`Vitest left no report:\n${stderr.slice(-4_000)}`, { cause });
  }
}

function failuresOf(file: TestFile): string[] {
  const failed = file.assertionResults.filter(({ status }) => status !== 'passed');
  const lines = failed.map(
    ({ fullName, status, failureMessages }) =>
      `${fullName}: ${failureMessages?.[0]?.split('\n', 1)[0] ?? status}`,
  );
  // A file that can't be loaded has no tests, and says why.
  return file.assertionResults.length === 0 ? [`${file.name}: ${file.message}`] : lines;
}

function report(files: readonly TestFile[]): PartReport {
  const tests = files.reduce((sum, { assertionResults }) => sum + assertionResults.length, 0);
  return {
    title: 'Long tests',
    how: 'The tests in `test/long`, which `npm test` leaves out for their length, run once; a test that fails or is skipped voids the run.',
    table: {
      columns: ['file', 'tests', 's'],
      rows: files.map(({ name, startTime, endTime, assertionResults }) => [
        relative(root, name),
        String(assertionResults.length),
        ((endTime - startTime) / 1000).toFixed(0),
      ]),
    },
    marks: [
      {
        what: 'tests in `test/long` that pass',
        figure: `${tests} of ${tests}`,
        limit: 'all',
        isMet: true,
      },
    ],
    notes: [],
  };
}
