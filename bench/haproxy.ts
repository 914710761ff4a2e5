import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type StartedProcess, startProcess } from '../test/support/processes.ts';
import { makeTempDir, removeTempDir } from '../test/support/temp-dir.ts';
import { freePort, whenListening } from './local-port.ts';

/** haproxy in TCP mode before one server: what any proxy adds at least. */
export interface Haproxy {
  readonly port: number;
  readonly process: StartedProcess;
  stop(): Promise<void>;
}

export async function startHaproxy(targetPort: number): Promise<Haproxy> {
  const dir = makeTempDir('bench-haproxy');
  const port = await freePort();
  const file = join(dir, 'haproxy.cfg');
  writeFileSync(file, configuration(port, targetPort));
  const child = startProcess('haproxy', ['-db', '-f', file], {
    env: { PATH: process.env['PATH'] },
  });
  const stop = async (): Promise<void> => {
    await child.stop();
    removeTempDir(dir);
  };
  try {
    const ended = child.exited.then(() => Promise.reject(new Error(child.stderr)));
    await Promise.race([whenListening(port, 5_000), ended]);
    ended.catch(() => {}); // it will be stopped
    return { port, process: child, stop };
  } catch (cause) {
    await stop();
    throw new Error('haproxy did not start; on Debian: apt-get install haproxy', { cause });
  }
}

/** One thread, as the gateway has. */
function configuration(port: number, targetPort: number): string {
  return `global
  nbthread 1
  maxconn 100
defaults
  mode tcp
  timeout connect 5s
  timeout client 1h
  timeout server 1h
listen bench
  bind 127.0.0.1:${port}
  server engine 127.0.0.1:${targetPort}
`;
}
