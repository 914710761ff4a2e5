import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../../src/core/clock.ts';
import { runSubmit, type SubmitEnd } from '../../../../src/launch/yarn/submit-process.ts';
import { processesNaming, startProcess } from '../../../support/processes.ts';
import { makeTempDir, removeTempDir } from '../../../support/temp-dir.ts';

const never = new AbortController().signal;
let dir: string;

beforeEach(() => {
  dir = makeTempDir('submit-process');
});
afterEach(() => removeTempDir(dir));

const lines: string[] = [];

async function run(script: string, signal = never): Promise<SubmitEnd> {
  lines.length = 0;
  const command = {
    executable: '/bin/bash',
    args: ['-c', script, 'it', 'two words'],
    environment: { PATH: process.env['PATH'] ?? '', DIR: dir },
    directory: dir,
  };
  return runSubmit(command, (line) => lines.push(line), systemClock, signal);
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await systemClock.sleep(10);
}

describe("a submission's process", () => {
  it('is given its arguments as they are, and its lines and its end are told', async () => {
    expect(await run('echo "$1"; echo of error >&2; exit 7')).toEqual({ code: 7, signal: null });
    expect(lines.toSorted()).toEqual(['of error', 'two words']);
  });

  it('reads nothing', async () => {
    expect(await run('cat; echo end')).toEqual({ code: 0, signal: null });
    expect(lines).toEqual(['end']);
  });

  it('takes along what it has started', async () => {
    await run('sleep 1000 >/dev/null 2>&1 & echo over');
    expect(processesNaming(dir)).toEqual([]);
  });

  it('is ended when the signal fires, though it does not want to', async () => {
    const gone = new AbortController();
    const ended = run('trap "" TERM; touch $DIR/ran; while :; do sleep 0.1; done', gone.signal);
    await until(() => existsSync(join(dir, 'ran')));
    gone.abort();
    await ended;
    expect(processesNaming(dir)).toEqual([]);
  });

  it('does not outlive the gateway, not even one that was killed', async () => {
    const script = join(dir, 'gateway.ts');
    const of = (path: string) => pathToFileURL(join(import.meta.dirname, path)).href;
    writeFileSync(
      script,
      `import { runSubmit } from '${of('../../../../src/launch/yarn/submit-process.ts')}';
       import { systemClock } from '${of('../../../../src/core/clock.ts')}';
       const environment = { PATH: process.env.PATH, DIR: '${dir}' };
       const args = ['-c', 'touch $DIR/ran; sleep 1000'];
       const command = { executable: '/bin/bash', args, environment, directory: '${dir}' };
       await runSubmit(command, () => {}, systemClock, new AbortController().signal);`,
    );
    const gateway = startProcess(process.execPath, [script]);
    await until(() => existsSync(join(dir, 'ran')));
    expect(processesNaming(dir).length).toBeGreaterThan(1);
    gateway.signal('SIGKILL');
    await gateway.exited;
    await until(() => processesNaming(dir).length === 0);
  });
});
