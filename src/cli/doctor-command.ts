import type { Writable } from 'node:stream';
import { GatewayError } from '../core/errors.ts';
import { type Finding, type ProbeStep, warning } from '../core/finding.ts';
import { CliError, errorText, exitCodes } from './cli-error.ts';
import { doctorUsage, parseDoctorOptions } from './doctor-options.ts';
import type { DoctorOptions } from './doctor-options.ts';
import { findingText, stepText, summaryOf, summaryText } from './doctor-report.ts';

/** Who looks at one cluster. */
export interface Doctor {
  /** E.g. `emr-serverless`. */
  readonly kind: string;
  /** Starts nothing and changes nothing. */
  check(signal: AbortSignal): AsyncIterable<Finding>;
  /** Starts an engine, tells its steps as they come, ends it whatever happens, and says how it went and what is left. */
  launch(tell: (step: ProbeStep) => void, signal: AbortSignal): Promise<readonly Finding[]>;
}

/** What the command sees of the world. */
export interface DoctorIo {
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly signal: AbortSignal;
}

/** `torii doctor`: resolves to the exit code. `argv` begins behind the command. */
export async function runDoctor(
  argv: readonly string[],
  io: DoctorIo,
  open: (options: DoctorOptions) => Promise<Doctor>,
): Promise<number> {
  try {
    const options = parseDoctorOptions(argv);
    if (options === undefined) {
      io.stdout.write(doctorUsage);
      return exitCodes.ok;
    }
    const doctor = await opened(options, open);
    return await examined(doctor, options, io);
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    io.stderr.write(errorText(error));
    return exitCodes[error.fault];
  }
}

const failure = 1;

/** A cluster that is not there is the caller's mistake. */
async function opened(
  options: DoctorOptions,
  open: (options: DoctorOptions) => Promise<Doctor>,
): Promise<Doctor> {
  try {
    return await open(options);
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== 'INVALID_ARGUMENT') throw error;
    throw new CliError('usage', error.message, { hint: error.hint, cause: error });
  }
}

async function examined(doctor: Doctor, options: DoctorOptions, io: DoctorIo): Promise<number> {
  const { cluster, launches, format } = options;
  const isText = format === 'text';
  const say = (text: string): void => void (isText && io.stdout.write(text));
  const findings: Finding[] = [];
  const steps: ProbeStep[] = [];
  const add = (finding: Finding): void => {
    findings.push(finding);
    say(findingText(finding));
  };
  say(`cluster ${cluster} (${doctor.kind})\n`);
  try {
    for await (const finding of doctor.check(io.signal)) add(finding);
  } catch (thrown) {
    if (!io.signal.aborted) throw thrown;
    add(warning('cluster', 'the look at it was broken off: what stands above is not all'));
  }
  if (launches && !io.signal.aborted) {
    say('starting an engine\n');
    const told = await doctor.launch((step) => {
      steps.push(step);
      say(stepText(step));
    }, io.signal);
    for (const finding of told) add(finding);
  }
  const summary = summaryOf(findings);
  say(summaryText(summary));
  if (!isText) {
    const report = { cluster, kind: doctor.kind, findings, ...(launches && { steps }), summary };
    io.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
  }
  return summary.failed > 0 || io.signal.aborted ? failure : exitCodes.ok;
}
