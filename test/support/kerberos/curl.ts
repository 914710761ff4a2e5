import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProcess } from '../processes.ts';
import { makeTempDir, removeTempDir } from '../temp-dir.ts';

export interface CurlReply {
  /** Of HTTP, e.g. `200`. */
  readonly status: string;
  readonly head: string;
  readonly body: Buffer;
}

/** Lets curl log in by its tickets, as the user of the cache that the environment names. */
export const negotiate = ['--negotiate', '--user', ':'];

/** Sends one call by curl. Throws where curl has no answer. */
export async function curl(
  call: Buffer,
  env: NodeJS.ProcessEnv,
  ...options: readonly string[]
): Promise<CurlReply> {
  const dir = makeTempDir('curl');
  const [sent, head, body] = ['call', 'head', 'body'].map((name) => join(dir, name)) as [
    string,
    string,
    string,
  ]; // as many as names
  try {
    writeFileSync(sent, call);
    const run = await runProcess(
      'curl',
      [
        ...['--silent', '--show-error', '--max-time', '20', '--dump-header', head],
        ...['--output', body, '--write-out', '%{http_code}', '--data-binary', `@${sent}`],
        ...['--header', 'Content-Type: application/x-thrift', ...options],
      ],
      { env },
    );
    if (run.code !== 0) throw new Error(`curl: ${run.stderr}`);
    return { status: run.stdout, head: readFileSync(head, 'utf8'), body: readFileSync(body) };
  } finally {
    removeTempDir(dir);
  }
}
