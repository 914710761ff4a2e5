import { readFileSync } from 'node:fs';
import { startBenchGateway } from '../bench-gateway.ts';
import { startEngineStandIn } from '../engine-stand-in.ts';
import { startExternalZooKeeper } from '../external-zookeeper.ts';
import { IdleCrowd } from '../idle-crowd.ts';
import type { BenchContext, Part, PartReport } from '../part.ts';
import { settledPssBytes } from '../process-memory.ts';
import { UntilStopped } from '../until-stopped.ts';

const mostKilobytes = 20;
/** The lower end of the slope: what one session costs is told by the sessions above it. */
const baseSessions = 1_000;
const wantedSessions = 10_000;
/** Files that a gateway has open beside two sockets a session. */
const otherFiles = 200;

/** What an idle session costs the gateway, against an engine that costs nothing. */
export const idleSessions: Part = {
  name: 'idle',
  isLong: true,
  async run(context): Promise<PartReport> {
    const top = topSessions(context);
    const base = context.isQuick ? baseSessions / 2 : baseSessions;
    const { pss, openSeconds } = await measure(context, base, top);
    const slopeKb = (pss.top - pss.base) / (top - base) / 1000;
    const mb = (bytes: number): string => (bytes / 1e6).toFixed(1);
    return {
      title: 'Idle sessions',
      how: `Sessions through the gateway on a stand-in engine, each over a connection of its own on both sides. PSS of the gateway once it is idle and does not change any more, without a forced collection. Then every session has to answer.`,
      table: {
        columns: ['sessions', 'PSS of the gateway, MB'],
        rows: [
          ['0', mb(pss.none)],
          [String(base), mb(pss.base)],
          [String(top), mb(pss.top)],
        ],
      },
      marks: [
        {
          what: `PSS of one more idle session, between ${base} and ${top}`,
          figure: `${slopeKb.toFixed(1)} kB`,
          limit: `under ${mostKilobytes} kB`,
          isMet: slopeKb < mostKilobytes,
        },
      ],
      notes: [
        `Opening the last ${top - base} sessions, with a first GetInfo each, took ${openSeconds.toFixed(1)} s.`,
        ...(top < wantedSessions && !context.isQuick
          ? [
              `The system allows a process ${fileLimit()} open files, so ${top} sessions stand in for ${wantedSessions}.`,
            ]
          : []),
      ],
    };
  },
};

async function measure(
  context: BenchContext,
  base: number,
  top: number,
): Promise<{
  readonly pss: Readonly<Record<'none' | 'base' | 'top', number>>;
  readonly openSeconds: number;
}> {
  await using started = new UntilStopped();
  const user = 'bench';
  const zooKeeper = started.stopped(await startExternalZooKeeper(context));
  started.stopped(await startEngineStandIn(zooKeeper.addresses, [user]));
  const gateway = started.stopped(
    await startBenchGateway(context, {
      'kyuubi.ha.addresses': zooKeeper.addresses,
      'torii.session.max': String(wantedSessions + 1),
      'torii.frontend.max.connections': String(wantedSessions + 1),
    }),
  );
  const { pid } = gateway.process;
  const settle = context.isQuick
    ? { leastMs: 2_000, mostMs: 4_000 }
    : { leastMs: 30_000, mostMs: 120_000 };
  const none = await settledPssBytes(pid, settle);
  const crowd = started.stopped(new IdleCrowd(gateway.port, user));
  await crowd.growTo(base);
  context.say(`idle: ${crowd.size} sessions are open`);
  const atBase = await settledPssBytes(pid, settle);
  const startMs = performance.now();
  await crowd.growTo(top);
  const openSeconds = (performance.now() - startMs) / 1000;
  context.say(`idle: ${crowd.size} sessions are open`);
  const atTop = await settledPssBytes(pid, settle);
  await crowd.askAll();
  return { pss: { none, base: atBase, top: atTop }, openSeconds };
}

function topSessions(context: BenchContext): number {
  if (context.isQuick) return 2_500;
  return Math.min(wantedSessions, Math.floor((fileLimit() - otherFiles) / 200) * 100);
}

/** How many files a process may have open; a gateway needs two a session. */
function fileLimit(): number {
  const line = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
  return Number(line?.[1] ?? 1024);
}
