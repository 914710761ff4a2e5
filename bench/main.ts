import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { stopAllProcesses } from '../test/support/processes.ts';
import { describeMachine, presentLoad } from './machine.ts';
import { keepMeasured, type Measured } from './measured.ts';
import { type BenchContext, type Part, VoidRun } from './part.ts';
import { boundedMemory } from './parts/bounded-memory.ts';
import { coldStart } from './parts/cold-start.ts';
import { emrLaunches } from './parts/emr-launches.ts';
import { idleOnSpark } from './parts/idle-on-spark.ts';
import { idleSessions } from './parts/idle-sessions.ts';
import { launches } from './parts/launches.ts';
import { logins } from './parts/logins.ts';
import { longTests } from './parts/long-tests.ts';
import { newSession } from './parts/new-session.ts';
import { ready } from './parts/ready.ts';
import { rowClients } from './parts/row-clients.ts';
import { rowsFetch } from './parts/rows-fetch.ts';
import { rowsExecute } from './parts/rows-execute.ts';
import { selectOneRow } from './parts/select-one.ts';
import { smallCalls } from './parts/small-calls.ts';
import { transports } from './parts/transports.ts';
import { RowServers } from './row-servers.ts';
import { markdownPart, markdownReport, markdownTable, marksTable } from './report.ts';

const parts: readonly Part[] = [
  coldStart,
  newSession,
  smallCalls,
  rowsExecute,
  rowsFetch,
  selectOneRow,
  rowClients,
  boundedMemory,
  transports,
  logins,
  launches,
  emrLaunches,
  ready,
  idleSessions,
  idleOnSpark,
  longTests,
];

const usage = `npm run bench -- [NAME...] [--quick] [--rounds N] [--write] [--gateway-node-options TEXT]
  NAME   ${parts.map((part) => part.name).join(', ')}; all unless some are named
  --quick   one round, fewer rows, and only rows, fetch, select-one, row-clients, bounded, transports, ready
  --write   docs/benchmarks.md even if not everything was measured: the other parts stay as they were
`;

const reportFile = join(import.meta.dirname, '..', 'docs', 'benchmarks.md');

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      write: { type: 'boolean', default: false },
      'gateway-node-options': { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const unknown = positionals.filter((name) => !parts.some((part) => part.name === name));
  const rounds = Number(values.rounds ?? (values.quick ? 1 : 5));
  if (values.help || unknown.length > 0 || !Number.isInteger(rounds) || rounds < 1) {
    process.stderr.write(unknown.map((name) => `bench: unknown measurement ${name}\n`).join(''));
    process.stderr.write(usage);
    return values.help ? 0 : 2;
  }
  const context: BenchContext = {
    isQuick: values.quick,
    rounds,
    sparkHome: required('SPARK_HOME'),
    javaHome: required('JAVA_HOME'),
    engineJar: required('TORII_ENGINE_JAR'),
    gatewayNodeOptions: values['gateway-node-options'],
    rowServers: new RowServers(),
    say: (line) => process.stderr.write(`${line}\n`),
  };
  const machine = describeMachine(context);
  const facts = {
    when: new Date().toISOString().slice(0, 10),
    rounds,
    isQuick: values.quick,
    load: presentLoad(),
    machine,
  };
  process.stdout.write(`${markdownTable(machine)}\n\nload before the run: ${facts.load}\n\n`);
  const chosen = parts.filter(({ name, isLong }) =>
    positionals.length === 0 ? !(values.quick && isLong) : positionals.includes(name),
  );
  const measured: Measured[] = [];
  for (const [at, part] of chosen.entries()) {
    const startMs = performance.now();
    const report = await part.run(context).catch(async (failure: unknown) => {
      await context.rowServers.stop();
      throw failure;
    });
    if (!chosen[at + 1]?.usesRowServers) await context.rowServers.stop();
    context.say(`${part.name} took ${((performance.now() - startMs) / 1000).toFixed(0)} s`);
    measured.push({ name: part.name, ...facts, report });
    process.stdout.write(`${markdownPart(report)}\n\n`);
  }
  const marks = measured.flatMap(({ report }) => report.marks);
  process.stdout.write(`${markdownTable(marksTable(marks))}\n`);
  context.say(`all of it took ${(performance.now() / 1000).toFixed(0)} s`);
  if (values.write || (chosen.length === parts.length && !values.quick)) {
    const all = keepMeasured(
      measured,
      parts.map(({ name }) => name),
    );
    writeFileSync(reportFile, markdownReport(all));
    process.stdout.write(`\nwritten to ${reportFile}\n`);
  }
  return 0;
}

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: start this by npm run bench`);
  return value;
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    void stopAllProcesses().finally(() => process.exit(1));
  });
}

try {
  process.exitCode = await main();
} catch (failure) {
  const isVoid = failure instanceof VoidRun;
  const text = failure instanceof Error ? (isVoid ? failure.message : failure.stack) : failure;
  process.stderr.write(`bench: ${isVoid ? 'the run is void: ' : ''}${String(text)}\n`);
  process.exitCode = 1;
  await stopAllProcesses();
}
process.exit();
