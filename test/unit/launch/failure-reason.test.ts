import { describe, expect, it } from 'vitest';
import { FailureReason, type ReasonLimits } from '../../../src/launch/failure-reason.ts';

function reasonOf(lines: readonly string[], limits?: ReasonLimits): string {
  const reason = new FailureReason(limits);
  for (const line of lines) reason.add(line);
  return reason.text('/log.0');
}

describe('why a launch failed', () => {
  it('is what the engine itself says, whatever else is in the log', () => {
    const lines = [
      'Exception in thread "main" x.Y: z',
      '\tat a.b',
      'Engine start failed: no ZooKeeper',
      'bye',
    ];
    expect(reasonOf(lines)).toBe('no ZooKeeper');
  });

  it('is the last exception with its trace below its root cause, and the last lines around it', () => {
    const lines = [
      'INFO one',
      'java.io.IOException: first',
      '\tat x.y(Z.java:1)',
      'INFO two',
      'Exception in thread "main" a.B: that is second',
      '\tat x.y(Z.java:2)',
      'Caused by: c.D: third',
      '\tat x.y(Z.java:3)',
      '\t... 3 more',
      'INFO three',
    ];
    expect(reasonOf(lines)).toBe(
      [
        'c.D: third',
        ...lines.slice(4, 9),
        'See more: /log.0',
        'The last lines of the log:',
        'INFO one',
        'INFO two',
        'INFO three',
      ].join('\n'),
    );
  });

  it('takes neither a frame nor a cause for a beginning', () => {
    expect(reasonOf(['\tat x.FooException: y', 'Caused by: FooException: y'])).toMatch(/^its log/);
  });

  it('is the line that complains where there is no exception', () => {
    const lines = ['INFO a', 'Error: Failed to load class x.', 'INFO b'];
    expect(reasonOf(lines)).toMatch(/^Error: Failed to load class x\.\nSee more: \/log\.0\n/);
  });

  it("begins with spark-submit's own complaint where it ends in an exception", () => {
    const lines = [
      'Error: Failed to load class x.',
      'Exception in thread "main" a.B: exited',
      '\tat c',
    ];
    expect(reasonOf(lines)).toMatch(/^Error: Failed to load class x\.\nException in thread "main"/);
  });

  it('says so when there is nothing', () => {
    expect(reasonOf([])).toBe('it wrote no log. See more: /log.0');
    expect(reasonOf(['hello'])).toBe(
      'its log names no cause. See more: /log.0\nThe last lines of the log:\nhello',
    );
  });

  it('stays within its limits', () => {
    const frames = Array.from({ length: 1000 }, (_, at) => `\tat frame.number(${at})`);
    const limits = { maxChars: 200, maxLines: 2 };
    const text = reasonOf(['x.Exception: y', ...frames, 'a', 'b', 'c'], limits);
    expect(text.length).toBeLessThan(500);
    expect(text).toMatch(/\nb\nc$/);
    expect(reasonOf([`Engine start failed: ${'x'.repeat(999)}`], limits)).toHaveLength(203);
  });
});
