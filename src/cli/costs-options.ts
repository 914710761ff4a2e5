import { parseArgs } from 'node:util';
import { CliError } from './cli-error.ts';

/** What costs can be summed by, in the order in which it is offered. */
export const costKeys = ['user', 'group', 'preset', 'cluster', 'engine', 'day'] as const;
export type CostKey = (typeof costKeys)[number];

const reportFormats = ['table', 'csv', 'json'] as const;
export type ReportFormat = (typeof reportFormats)[number];

export interface CostsOptions {
  readonly by: readonly CostKey[];
  /** First and last day, `2026-03-01`, in UTC. */
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly format: ReportFormat;
  /** None: the file that the configuration names. */
  readonly files: readonly string[];
  readonly propertiesFile: string | undefined;
  readonly confArguments: readonly string[];
  readonly wantsHelp: boolean;
}

export const costsUsage = `usage: torii costs [options] [--audit] [FILE...]

Sums what engines on clusters used and cost, from the audit trails of all gateways of a fleet
(docs/costs.md). With each FILE those are read that were put aside from it: FILE.1, FILE.2 and so on.

      --by KEY,...          what to sum by: ${costKeys.join(', ')}
                            (default: user)
      --from DATE           engines that ended on this day (UTC) or later, e.g. 2026-03-01
      --to DATE             engines that ended on this day (UTC) or before it
      --format FORMAT       table (default), csv or json
      --audit FILE          an audit file; may be given again
      --properties-file FILE, --conf KEY=VALUE
                            as for torii serve: without a FILE they say where the audit file is
      --help                this text

exit code: 0 done, 2 wrong usage, or a configuration or a file that can't be read
`;

/** Throws a CliError of fault `usage`. */
export function parseCostsOptions(argv: readonly string[]): CostsOptions {
  const { values, positionals } = parse(argv);
  const from = day('--from', values.from);
  const to = day('--to', values.to);
  if (from !== undefined && to !== undefined && from > to) {
    throw usageError(`--from ${from} is after --to ${to}`);
  }
  const by = (values.by ?? []).flatMap((names) => names.split(',')).map(costKey);
  return {
    by: by.length === 0 ? ['user'] : [...new Set(by)],
    from,
    to,
    format: reportFormat(values.format ?? 'table'),
    files: [...(values.audit ?? []), ...positionals],
    propertiesFile: values['properties-file'],
    confArguments: values.conf ?? [],
    wantsHelp: values.help ?? false,
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        by: { type: 'string', multiple: true },
        from: { type: 'string' },
        to: { type: 'string' },
        format: { type: 'string' },
        audit: { type: 'string', multiple: true },
        'properties-file': { type: 'string' },
        conf: { type: 'string', multiple: true },
        help: { type: 'boolean', short: 'h' },
      },
      strict: true,
      allowPositionals: true,
    });
  } catch (cause) {
    const [message = ''] = String(cause instanceof Error ? cause.message : cause).split('. ');
    throw usageError(
      message.replace(/^./, (first) => first.toLowerCase()),
      cause,
    );
  }
}

function costKey(text: string): CostKey {
  const key = costKeys.find((known) => known === text.trim());
  if (key === undefined) {
    throw usageError(`costs can't be summed by "${text}": it is one of ${costKeys.join(', ')}`);
  }
  return key;
}

function reportFormat(text: string): ReportFormat {
  const format = reportFormats.find((known) => known === text);
  if (format === undefined) {
    throw usageError(`there is no format "${text}": it is one of ${reportFormats.join(', ')}`);
  }
  return format;
}

/** A day that there is: 2026-02-30 is none. */
function day(option: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const at = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : NaN;
  if (Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== text) {
    throw usageError(`${option} takes a day such as 2026-03-01, not "${text}"`);
  }
  return text;
}

function usageError(message: string, cause?: unknown): CliError {
  return new CliError('usage', message, { cause, hint: '"torii costs --help" lists the options' });
}
