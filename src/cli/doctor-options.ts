import { parseArgs } from 'node:util';
import { CliError } from './cli-error.ts';

export interface DoctorOptions {
  readonly cluster: string;
  readonly launches: boolean;
  /** For whom an engine is started; undefined: whoever runs the command. */
  readonly user: string | undefined;
  readonly preset: string | undefined;
  readonly format: 'text' | 'json';
  readonly conf: readonly string[];
  readonly propertiesFile: string | undefined;
}

export const doctorUsage = `usage: torii doctor --cluster NAME [options]

Looks at a cluster with the gateway's configuration and credentials, and says of each thing that an engine
needs whether it is there. Starts nothing and changes nothing, unless --launch is given.

  --cluster NAME            a cluster of the file that torii.clusters.path names
  --launch                  then starts an engine that nobody else gets, runs "select 1" on it, ends it, and tells
                            the time of each step
  --user USER               for whom the engine is started (default: your own name)
  --preset NAME             with which preset the engine is started
  --format FORMAT           text (default) or json
  --conf KEY=VALUE          a setting of the gateway, as for torii serve; may be given again
  --properties-file FILE    the gateway's settings, as for torii serve
  --help                    this text

exit code: 0 nothing has failed, 1 something has, 2 wrong usage
`;

/** Undefined where the usage is asked for; throws a CliError for what makes no sense. */
export function parseDoctorOptions(argv: readonly string[]): DoctorOptions | undefined {
  const values = parse(argv);
  if (values.help === true) return undefined;
  const { cluster, format = 'text', launch: launches = false, user, preset } = values;
  if (cluster === undefined || cluster === '') throw usageError('--cluster NAME is missing');
  if (format !== 'text' && format !== 'json') {
    throw usageError(`there is no format "${format}": it is text or json`);
  }
  if (!launches && (user !== undefined || preset !== undefined)) {
    const option = user === undefined ? '--preset' : '--user';
    throw usageError(`${option} says how an engine is started: give --launch as well`);
  }
  const propertiesFile = values['properties-file'];
  return { cluster, launches, user, preset, format, conf: values.conf ?? [], propertiesFile };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        cluster: { type: 'string' },
        launch: { type: 'boolean' },
        user: { type: 'string' },
        preset: { type: 'string' },
        format: { type: 'string' },
        conf: { type: 'string', multiple: true },
        'properties-file': { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
      strict: true,
      allowPositionals: false,
    }).values;
  } catch (cause) {
    const [message = ''] = String(cause instanceof Error ? cause.message : cause).split('. ');
    throw usageError(
      message.replace(/^./, (first) => first.toLowerCase()),
      cause,
    );
  }
}

function usageError(message: string, cause?: unknown): CliError {
  return new CliError('usage', message, { cause, hint: '"torii doctor --help" lists the options' });
}
