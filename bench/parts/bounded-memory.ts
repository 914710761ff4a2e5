import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { connectHs2 } from '../../test/support/hs2-client.ts';
import {
  boundedEngineConf,
  engineHeapMib,
  memoryBounds,
} from '../../test/integration/results/slow-reader-bounds.ts';
import { slowStatement } from '../../test/integration/results/slow-reader-result.ts';
import {
  runSlowTrial,
  type SlowTrial,
  type SlowTrialOutcome,
} from '../../test/integration/results/slow-reader-trial.ts';
import { startBenchGateway } from '../bench-gateway.ts';
import { firstAnswer } from '../first-answer.ts';
import { type Mark, type Part, type PartReport, requireAnswer } from '../part.ts';
import { UntilStopped } from '../until-stopped.ts';

const user = 'bench';
const bytesPerSecond = 5e6;

interface Tried {
  readonly trial: SlowTrial;
  readonly outcome: SlowTrialOutcome;
}

/** Results much larger than the engine's heap, read by clients that are slow at first. */
export const boundedMemory: Part = {
  name: 'bounded',
  async run(context): Promise<PartReport> {
    const [bytes, slowSeconds] = context.isQuick ? [64e6, 1] : [2e9, 60];
    const shapes = [
      { readers: 1, partitions: 1 },
      { readers: 1, partitions: 8 },
      { readers: 1, partitions: 400 },
      { readers: 10, partitions: 8 },
    ];
    requireDisk(Math.max(...shapes.map(({ readers }) => readers)) * bytes);
    await using started = new UntilStopped();
    const conf = { 'spark.master': 'local[2]', ...boundedEngineConf };
    const gateway = started.stopped(await startBenchGateway(context, conf));
    const keeper = await connectHs2({ port: gateway.port, user });
    started.add(() => keeper.end());
    await firstAnswer(keeper); // the engine is up, and stays
    const tried: Tried[] = [];
    for (const shape of shapes) {
      const trial: SlowTrial = { user, bytes, bytesPerSecond, slowSeconds, ...shape };
      const outcome = await runSlowTrial(gateway, trial);
      requireAnswer(
        outcome.rows.every((rows) => rows === outcome.wantedRows),
        `a result of ${outcome.wantedRows} rows`,
        outcome.rows,
      );
      context.say(`bounded: ${nameOf(trial)}: ${JSON.stringify(outcome)}`);
      tried.push({ trial, outcome });
    }
    return report(tried, bytes, slowSeconds);
  },
};

/** The engine's local folder is below the system's for temporary files. */
function requireDisk(bytes: number): void {
  const { bavail, bsize } = statfsSync(tmpdir());
  const wanted = 1.1 * bytes;
  if (bavail * bsize >= wanted) return;
  throw new Error(
    `bounded needs ${(wanted / 1e9).toFixed(0)} GB of disk in ${tmpdir()}, where ${((bavail * bsize) / 1e9).toFixed(0)} GB are free; TMPDIR names another folder`,
  );
}

function report(tried: readonly Tried[], bytes: number, slowSeconds: number): PartReport {
  const rows = tried.map(({ trial, outcome }) => {
    const { peaks, executeSeconds, restSeconds, leftOnDisk } = outcome;
    const restBytes = trial.readers * (bytes - bytesPerSecond * slowSeconds);
    return [
      nameOf(trial),
      executeSeconds.toFixed(1),
      (restBytes / 1e6 / restSeconds).toFixed(0),
      ...[peaks.liveHeap, peaks.usedHeap, peaks.engine, peaks.gatewayGrowth].map(inMib),
      inMib(peaks.disk),
      inMib(leftOnDisk),
    ];
  });
  const wantedRows = tried[0]?.outcome.wantedRows ?? 0;
  return {
    title: 'Bounded memory: large results and slow readers',
    how: `Results of ${bytes / 1e6} MB each, from an engine with ${engineHeapMib} MiB of heap, read through the gateway at ${bytesPerSecond / 1e6} MB/s each for ${slowSeconds} s, then as fast as they come. Every value is compared with what the statement says. Memory is a process's own (RssAnon, every 200 ms). The live heap is what a full collection leaves (\`jcmd GC.class_histogram\`), taken when all results are ready, in the midst of the slow reading, with every reader stopped in a reply, and at the end; the used heap is \`jstat -gc\`'s, garbage included.`,
    table: {
      columns: [
        'results',
        'execute, s',
        'then, MB/s in all',
        'live heap, MiB',
        'used heap, MiB',
        'engine, MiB',
        'gateway grew by, MiB',
        'on disk, MiB',
        'on disk when closed, MiB',
      ],
      rows,
    },
    marks: tried.flatMap(toMarks),
    notes: [
      `The statement, for one partition: \`${slowStatement(wantedRows, 1)}\``,
      'The engine’s own memory may exceed its heap by class data, compiled code, threads and buffers: 400 MiB are allowed for them.',
    ],
  };
}

function toMarks({ trial, outcome: { peaks } }: Tried): Mark[] {
  const bounds = memoryBounds(trial);
  const mark = (what: string, bytes: number, limit: number): Mark => ({
    what: `${nameOf(trial)}, complete: ${what}`,
    figure: `${inMib(bytes)} MiB`,
    limit: `under ${inMib(limit)} MiB`,
    isMet: bytes < limit,
  });
  return [
    mark('live heap of the engine', peaks.liveHeap, bounds.liveHeap),
    mark('memory of the engine', peaks.engine, bounds.engine),
    mark('growth of the gateway', peaks.gatewayGrowth, bounds.gatewayGrowth),
  ];
}

function nameOf({ readers, partitions, bytes }: SlowTrial): string {
  const parts = partitions === 1 ? '1 partition' : `${partitions} partitions`;
  return `${readers} × ${bytes / 1e6} MB in ${parts}`;
}

function inMib(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(0);
}
