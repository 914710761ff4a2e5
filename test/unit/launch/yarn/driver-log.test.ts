import { describe, expect, it } from 'vitest';
import { driverLog, logFileUrl, logLines } from '../../../../src/launch/yarn/driver-log.ts';
import type { Application } from '../../../../src/launch/yarn/rest-schemas.ts';
import { application } from './application.ts';

/** What a node manager answers for a file of this content. */
function answerOf(content: string, foot = ''): string {
  const length = Buffer.byteLength(content);
  const head = `Container: container_1 on node:45454\nLogAggregationType: LOCAL\n=====\nLogType:stderr\nLogLastModifiedTime:Sat Nov 21 17:04:16 +0000 2026\nLogLength:${length}\nLogContents:\n`;
  return `${head}${content}\nEnd of LogType:stderr${foot}\n*****\n`;
}

describe("a container's log", () => {
  it.each([
    [
      'http://node:8042/node/containerlogs/container_1_01/alice',
      'http://node:8042/ws/v1/node/containerlogs/container_1_01/stderr?user.name=torii&size=4194304',
    ],
    [
      '//node:8042/node/containerlogs/container_1_01/alice',
      'http://node:8042/ws/v1/node/containerlogs/container_1_01/stderr?user.name=torii&size=4194304',
    ],
    ['http://history/elsewhere', undefined],
  ])('of page %s is at %s', (page, url) => {
    expect(logFileUrl(page, 'stderr', 'torii')).toBe(url);
  });

  it('is what stands between head and foot, up to its last whole line', () => {
    const answer = Buffer.from(answerOf('LogContents:\ncafé\nhalf'));
    expect(logLines(answer, false)).toEqual(['LogContents:', 'café']);
    expect(logLines(answer, true)).toEqual(['LogContents:', 'café', 'half']);
    expect(logLines(Buffer.from('Cannot find this log'), true)).toEqual([]);
  });
});

describe("a driver's log", () => {
  const stderr = (text: string) => ({ stderr: text });
  interface Step {
    readonly known: Partial<Application> | 'away' | 'gone';
    readonly files?: Readonly<Record<string, string>>;
  }

  async function linesOf(steps: readonly Step[]): Promise<readonly string[]> {
    let at = -1;
    const step = (): Step | undefined => steps[Math.min(at, steps.length - 1)];
    const log = driverLog(
      {
        application: async () => {
          at++;
          const known = step()?.known ?? 'gone';
          if (known === 'away') throw new Error('away');
          return known === 'gone' ? undefined : application(known);
        },
        user: 'torii',
        clock: { now: () => 0, monotonicMs: () => 0, sleep: () => Promise.resolve() },
        fetch: async (url) => {
          const file = /\/(\w+)\?/.exec(url)?.[1] ?? '';
          const content = step()?.files?.[file];
          return content === undefined
            ? new Response('', { status: 500 })
            : new Response(answerOf(content));
        },
      },
      new AbortController().signal,
    );
    const lines: string[] = [];
    for await (const line of log) lines.push(line);
    return lines;
  }

  it('comes line by line, each once, as soon as there is a container, and ends with the job', async () => {
    const steps: readonly Step[] = [
      { known: { state: 'ACCEPTED', amContainerLogs: undefined } },
      { known: { state: 'ACCEPTED' }, files: stderr('one\ntw') },
      { known: 'away', files: stderr('one\ntwo\n') },
      { known: { state: 'RUNNING' }, files: { stderr: 'one\ntwo\nthree\n', stdout: 'out\n' } },
      { known: { state: 'FAILED' }, files: { stderr: 'one\ntwo\nthree\nfour', stdout: 'out\n' } },
    ];
    expect(await linesOf(steps)).toEqual(['one', 'two', 'three', 'out', 'four']);
  });

  it('that is too long is left to its page', async () => {
    const line = `${'x'.repeat(4095)}\n`;
    const lines = await linesOf([{ known: { state: 'FAILED' }, files: stderr(line.repeat(1100)) }]);
    expect(lines).toHaveLength(1025);
    expect(lines.at(-1)).toBe(
      "The rest of the driver's stderr is at http://node:8042/node/containerlogs/container_1_0001_01_000001/alice",
    );
  });

  it('that can not be had is at least named', async () => {
    expect(await linesOf([{ known: { state: 'KILLED' } }])).toEqual([
      "The driver's log can't be had from its node; YARN's page: http://rm:8088/proxy/application_1_0001/",
    ]);
  });

  it('of an application that nobody knows is empty', async () => {
    expect(await linesOf([{ known: 'gone' }])).toEqual([]);
  });
});
