import { startBenchGateway } from '../bench-gateway.ts';
import { IdleCrowd } from '../idle-crowd.ts';
import type { Part, PartReport } from '../part.ts';
import { settledPssBytes } from '../process-memory.ts';
import { checkInfo, getInfoFrame, openRawSession } from '../raw-session.ts';
import { runningSparkEngine } from '../spark-engine.ts';
import { UntilStopped } from '../until-stopped.ts';

const mostKilobytes = 20;

/** Idle sessions on a real Spark engine: that they all hold, and what they cost on both sides. */
export const idleOnSpark: Part = {
  name: 'idle-spark',
  isLong: true,
  async run(context): Promise<PartReport> {
    const [base, top] = context.isQuick ? [50, 300] : [100, 1_000];
    await using started = new UntilStopped();
    const gateway = started.stopped(await startBenchGateway(context));
    const user = 'bench';
    const first = await openRawSession({ port: gateway.port, user });
    started.add(() => first.connection.end());
    checkInfo(await first.connection.exchange(getInfoFrame(first)));
    const engine = await runningSparkEngine(gateway, user);
    const crowd = started.stopped(new IdleCrowd(gateway.port, user));
    const settle = context.isQuick
      ? { leastMs: 2_000, mostMs: 4_000 }
      : { leastMs: 30_000, mostMs: 90_000 };
    const pss = { gateway: [] as number[], engine: [] as number[] };
    for (const sessions of [base, top]) {
      await crowd.growTo(sessions);
      context.say(`idle-spark: ${crowd.size} sessions are open`);
      pss.gateway.push(await settledPssBytes(gateway.process.pid, settle));
      pss.engine.push(await settledPssBytes(engine.pid, { leastMs: 0, mostMs: 0 }));
    }
    await crowd.askAll();
    const slopeKb = (side: readonly number[]): number =>
      ((side[1] ?? NaN) - (side[0] ?? NaN)) / (top - base) / 1000;
    const row = (name: string, side: readonly number[]): string[] => [
      name,
      ...side.map((bytes) => (bytes / 1e6).toFixed(1)),
      slopeKb(side).toFixed(1),
    ];
    return {
      title: 'Idle sessions on a Spark engine',
      how: 'As before, on one real engine that the gateway has started. Every session has to answer at the end.',
      table: {
        columns: ['PSS', `${base} sessions, MB`, `${top} sessions, MB`, 'one more session, kB'],
        rows: [row('gateway', pss.gateway), row('engine', pss.engine)],
      },
      marks: [
        {
          what: `${top} idle sessions on a Spark engine: PSS of one more in the gateway`,
          figure: `${slopeKb(pss.gateway).toFixed(1)} kB`,
          limit: `under ${mostKilobytes} kB`,
          isMet: slopeKb(pss.gateway) < mostKilobytes,
        },
      ],
      notes: ['The engine’s figure is its Java heap’s growth too, and no mark.'],
    };
  },
};
