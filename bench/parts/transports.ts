import { CertificateAuthority } from '../../test/support/certificates.ts';
import { makeTempDir, removeTempDir } from '../../test/support/temp-dir.ts';
import { startBenchGateway } from '../bench-gateway.ts';
import { checkRows } from '../checked-rows.ts';
import { connectOnceUp, firstAnswer } from '../first-answer.ts';
import type { BenchContext, Mark, Part, PartReport } from '../part.ts';
import { cpuSeconds } from '../process-cpu.ts';
import type { RowAddress } from '../row-connection.ts';
import { RowReader } from '../row-reader.ts';
import { fetchRows, rowHeap, rowSettings, rowUser } from '../row-servers.ts';
import { mixed, requireWhole, type RowStatement } from '../row-statements.ts';
import { sideNamesOf } from '../side-names.ts';
import { median, seriesRow } from '../statistics.ts';
import { turns } from '../turns.ts';
import { UntilStopped } from '../until-stopped.ts';

const leastShareOfBinary = 0.8;
const leastShareOfPlain = 0.4;
const startLimitMs = 180_000;
/** Read one after the other in a turn: enough that the CPU time, counted in steps of 10 ms, shows. */
const readingsInTurn = 3;

const sides = {
  binary: 'binary',
  http: 'HTTP',
  tls: 'binary in TLS',
  https: 'HTTP in TLS',
} as const;
type Side = keyof typeof sides;
const sideNames = sideNamesOf(sides);

interface Setting {
  readonly reader: RowReader;
  readonly statement: RowStatement;
  readonly gatewayPid: number;
  readonly checkedBytes: Readonly<Record<Side, number>>;
}

/** What is compared, and the least that is promised. */
const ratios = [
  { side: 'http', beside: 'binary', least: leastShareOfBinary },
  { side: 'tls', beside: 'binary', least: leastShareOfPlain },
  { side: 'https', beside: 'http', least: leastShareOfPlain },
] as const;

/** One figure a round. */
interface Rounds {
  /** MB/s. */
  readonly rate: Readonly<Record<Side, number[]>>;
  /** Of the gateway, s/GB. */
  readonly cpu: Readonly<Record<Side, number[]>>;
}

/** The same ready result through every transport. */
export const transports: Part = {
  name: 'transports',
  async run(context): Promise<PartReport> {
    await using started = new UntilStopped();
    const statement = mixed(context.isQuick ? 400_000 : 2_000_000);
    const dir = makeTempDir('transports');
    started.add(() => removeTempDir(dir));
    const authority = new CertificateAuthority(dir, 'authority');
    const { certificate, key } = authority.issue();
    const gateway = started.stopped(
      await startBenchGateway(context, {
        ...rowSettings(context),
        'kyuubi.frontend.thrift.binary.ssl.enabled': 'true',
        'torii.frontend.thrift.binary.ssl.plain.allowed': 'true',
        'torii.frontend.ssl.certificate.file': certificate,
        'torii.frontend.ssl.key.file': key,
      }),
    );
    await startEngine(gateway.port);
    const reader = started.stopped(new RowReader());
    const plain = { port: gateway.port, user: rowUser };
    const http = { httpPath: 'cliservice' };
    const secure = { caFile: authority.file };
    const addresses: Record<Side, RowAddress> = {
      binary: plain,
      http: { ...plain, ...http },
      tls: { ...plain, ...secure },
      https: { ...plain, ...http, ...secure },
    };
    for (const side of sideNames) await reader.open(side, addresses[side]);
    context.say('transports: comparing all values');
    const checkedBytes = await checkRows(reader, statement, sideNames, sides);
    const setting = { reader, statement, gatewayPid: gateway.process.pid, checkedBytes };
    const rounds = await measure(context, setting);
    await reader.close(sideNames);
    return report(context, setting, rounds);
  },
};

async function startEngine(port: number): Promise<void> {
  const client = await connectOnceUp(port, rowUser, startLimitMs);
  const session = await firstAnswer(client);
  await session.close();
  client.end();
}

async function measure(context: BenchContext, setting: Setting): Promise<Rounds> {
  const rounds: Rounds = {
    rate: { binary: [], http: [], tls: [], https: [] },
    cpu: { binary: [], http: [], tls: [], https: [] },
  };
  for (let round = 0; round < context.rounds; round++) {
    for (const side of turns(sideNames, round)) await measureSide(setting, rounds, side);
    const shown = sideNames.map((side) => `${sides[side]} ${rounds.rate[side].at(-1)?.toFixed(0)}`);
    context.say(`transports ${round + 1}/${context.rounds}: MB/s: ${shown.join(', ')}`);
  }
  return rounds;
}

async function measureSide(
  { reader, statement, gatewayPid, checkedBytes }: Setting,
  { rate, cpu }: Rounds,
  side: Side,
): Promise<void> {
  let ms = 0;
  let bytes = 0;
  const before = cpuSeconds(gatewayPid);
  for (let at = 0; at < readingsInTurn; at++) {
    for (const reading of await reader.read([side], fetchRows, { again: true })) {
      requireWhole(statement, reading, checkedBytes[side]);
      ms += reading.ms;
      bytes += reading.wireBytes;
    }
  }
  rate[side].push(bytes / 1e6 / (ms / 1000));
  cpu[side].push((cpuSeconds(gatewayPid) - before) / (bytes / 1e9));
}

function report(context: BenchContext, setting: Setting, rounds: Rounds): PartReport {
  const { statement, checkedBytes } = setting;
  return {
    title: 'Rows: binary, HTTP and TLS',
    how: `The same statement is finished in four sessions of one gateway, all on its one port; then each result is read from its first row, again and again, asked for ${fetchRows} rows at a time. MB are 10^6 bytes before encryption. The client is a raw reader in a process of its own, which before reads each result once with all its values: they have to be the same. TLS is whatever both ends choose, here TLS 1.3 with AES-256-GCM. A ratio is of two rates in the same round. Heaps of ${rowHeap(context)}, \`local[1]\`.`,
    table: {
      columns: ['fetch', 'median', 'min', 'max', 'rounds'],
      rows: [
        ...sideNames.map((side) => seriesRow(`${sides[side]}, MB/s`, rounds.rate[side], 0)),
        ...ratios.map(({ side, beside }) =>
          seriesRow(`${sides[side]} ÷ ${sides[beside]}`, shares(rounds, side, beside), 2),
        ),
        ...sideNames.map((side) =>
          seriesRow(`gateway, ${sides[side]}, CPU s/GB`, rounds.cpu[side], 2),
        ),
      ],
    },
    marks: marks(rounds),
    notes: [
      `${statement.rows} rows, ${(checkedBytes.binary / 1e6).toFixed(0)} MB: \`${statement.sql}\``,
    ],
  };
}

/** Rate ÷ rate of each round. */
function shares({ rate }: Rounds, side: Side, beside: Side): number[] {
  return rate[side].map((megabytes, round) => megabytes / (rate[beside][round] ?? NaN));
}

function marks(rounds: Rounds): Mark[] {
  const cpu = (side: Side): string => `${sides[side]} ${median(rounds.cpu[side]).toFixed(2)}`;
  return ratios.map(({ side, beside, least }) => {
    const share = median(shares(rounds, side, beside));
    return {
      what: `fetch by ${sides[side]} ÷ ${sides[beside]}; the gateway’s CPU s/GB`,
      figure: `${share.toFixed(2)}; ${cpu(side)}, ${cpu(beside)}`,
      limit: `at least ${least}`,
      isMet: share >= least,
    };
  });
}
