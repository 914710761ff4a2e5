import type { RunningGateway } from '../test/support/gateway.ts';
import type { StartedProcess } from '../test/support/processes.ts';

/** What every measurement is given. */
export interface BenchContext {
  readonly isQuick: boolean;
  /** How often each side is measured; the sides take turns. */
  readonly rounds: number;
  readonly sparkHome: string;
  readonly javaHome: string;
  readonly engineJar: string;
  /** For the gateways that are started: a profiler's, for instance. */
  readonly gatewayNodeOptions: string | undefined;
  readonly rowServers: SharedServers;
  /** Tells the person who waits how far it is. */
  readonly say: (line: string) => void;
}

/** Servers for the parts that say so: each starts when it is first asked for, and has given a first answer then. */
export interface SharedServers {
  /** A gateway before an engine with this many cores, one unless it says otherwise. */
  gateway(context: BenchContext, cores?: number): Promise<RunningGateway>;
  /** Ends one that no other part uses: all together would take more memory than machines have. */
  stopGateway(cores: number): Promise<void>;
  /** Spark Thrift Server, `local[1]`. */
  thriftServer(
    context: BenchContext,
  ): Promise<{ readonly port: number; readonly process: StartedProcess }>;
  stop(): Promise<void>;
}

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** One figure beside what was promised. */
export interface Mark {
  readonly what: string;
  readonly figure: string;
  readonly limit: string;
  readonly isMet: boolean;
}

export interface PartReport {
  readonly title: string;
  /** What was done, in prose. */
  readonly how: string;
  readonly table: Table;
  readonly marks: readonly Mark[];
  readonly notes: readonly string[];
}

export interface Part {
  /** As it is called on the command line. */
  readonly name: string;
  /** Such parts stand side by side: what they share is stopped after the last of them. */
  readonly usesRowServers?: boolean;
  /** Left out of a quick run unless it is named: it starts many servers or waits. */
  readonly isLong?: true;
  run(context: BenchContext): Promise<PartReport>;
}

/** An answer was wrong: what was measured is worth nothing. */
export class VoidRun extends Error {}

export function requireAnswer(isRight: boolean, what: string, answer: unknown): void {
  if (isRight) return;
  const text = JSON.stringify(answer, (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
  throw new VoidRun(`${what} was answered by ${text}`);
}
