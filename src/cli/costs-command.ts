import type { Writable } from 'node:stream';
import { GatewayError } from '../core/errors.ts';
import { closeAll, eachLine, openAuditFiles, type AuditFile } from './audit-files.ts';
import { CliError, errorText, exitCodes } from './cli-error.ts';
import { reportNotes, reportText, type CostReport } from './cost-report.ts';
import { CostSums } from './cost-sums.ts';
import { costsUsage, parseCostsOptions, type CostsOptions } from './costs-options.ts';
import { readEngineEnd } from './engine-end-line.ts';
import { Output, OutputClosed } from './output.ts';

/** What the command sees of the world. */
export interface CostsIo {
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** The audit file of a gateway with these arguments; undefined where its audit trail has none of its own. Throws CONFIG_INVALID. */
  readonly configuredFile: (
    options: Pick<CostsOptions, 'propertiesFile' | 'confArguments'>,
  ) => string | undefined;
}

/** `torii costs`: resolves to the exit code. `argv` begins behind the command. */
export async function runCosts(argv: readonly string[], io: CostsIo): Promise<number> {
  const output = new Output(io.stdout);
  try {
    const options = parseCostsOptions(argv);
    if (options.wantsHelp) {
      await output.write(costsUsage);
      return exitCodes.ok;
    }
    const report = await readReport(filesOf(options, io), options);
    await output.write(reportText(report, options));
    if (options.format !== 'json') io.stderr.write(reportNotes(report, options));
    return exitCodes.ok;
  } catch (error) {
    if (error instanceof OutputClosed) return exitCodes.ok;
    if (!(error instanceof CliError)) throw error;
    io.stderr.write(errorText(error));
    return exitCodes[error.fault];
  } finally {
    await output.end();
  }
}

function filesOf(options: CostsOptions, io: CostsIo): readonly string[] {
  if (options.files.length > 0) return options.files;
  const file = configuredFile(options, io);
  if (file !== undefined) return [file];
  throw new CliError('usage', 'the gateway writes its audit trail into no file of its own', {
    hint: 'Set torii.audit.destination to file, or name the files: torii costs FILE...',
  });
}

/** A configuration that can't be used is what the caller named, like a file that can't be read. */
function configuredFile(options: CostsOptions, io: CostsIo): string | undefined {
  try {
    return io.configuredFile(options);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    const hint = error.hint ?? 'Correct it, or name the files: torii costs FILE...';
    throw new CliError('usage', error.message, { hint, cause: error });
  }
}

async function readReport(paths: readonly string[], options: CostsOptions): Promise<CostReport> {
  const files = await openAuditFiles(paths);
  try {
    return await reportOf(files, options);
  } finally {
    await closeAll(files);
  }
}

async function reportOf(files: readonly AuditFile[], options: CostsOptions): Promise<CostReport> {
  const sums = new CostSums(options);
  let broken = 0;
  let firstBroken: string | undefined;
  for (const file of files) {
    let number = 0;
    await eachLine(file, (line) => {
      number++;
      const end = line === undefined ? 'broken' : readEngineEnd(line);
      if (end === 'other') return;
      if (end !== 'broken') {
        sums.add(end);
        return;
      }
      broken++;
      firstBroken ??= `${file.path}:${number}`;
    });
  }
  const { rows, totals, repeated } = sums;
  return { rows, totals, repeated, broken, firstBroken, files: files.length };
}
