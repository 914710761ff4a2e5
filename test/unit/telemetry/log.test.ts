import { expect, test } from 'vitest';
import { createLog, type Log, type LogOptions } from '../../../src/telemetry/log.ts';
import { newSecret } from '../../support/secrets.ts';

const secret = newSecret();

function logTo(lines: string[], options: Partial<LogOptions> = {}): Log {
  const destination = { write: (line: string) => void lines.push(line) };
  return createLog({ level: 'info', format: 'json', destination, ...options });
}

test('a line is an event and fields, those of the child included', () => {
  const lines: string[] = [];
  logTo(lines).child({ session: 's1' }).info({ engine: 'e1' }, 'engine ready');
  expect(JSON.parse(lines.join(''))).toEqual({
    level: 'info',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    session: 's1',
    engine: 'e1',
    event: 'engine ready',
  });
});

test('lines below the level are left out', () => {
  const lines: string[] = [];
  const log = logTo(lines, { level: 'warn' });
  log.debug({}, 'a');
  log.info({}, 'b');
  log.warn({}, 'c');
  log.error({}, 'd');
  expect(lines.map((line) => /"event":"(.)"/.exec(line)?.[1])).toEqual(['c', 'd']);
});

test('fields that hold secrets are not shown, on top, below and in a child', () => {
  const lines: string[] = [];
  const log = logTo(lines).child({ engineKey: secret });
  log.info({ password: secret, request: { token: secret, inner: { secret: secret } } }, 'x');
  expect(lines.join('')).not.toContain(secret);
});

test('a failure is shown with its cause', () => {
  const lines: string[] = [];
  logTo(lines).error({ err: new Error('top', { cause: new Error('below') }) }, 'x');
  expect(lines.join('')).toMatch(/top.*below/);
});

test('a line for people has the fields behind the event, and no stranger forges one', () => {
  const lines: string[] = [];
  const log = logTo(lines, { format: 'pretty' });
  log.warn({ user: 'alice', text: 'a\nb' }, 'odd');
  expect(lines.join('')).toMatch(/^\S+Z WARN {2}odd user=alice text="a\\nb"\n$/);
  log.error({ err: new Error('boom') }, 'failed');
  expect(lines[1]).toMatch(/ERROR failed\n {2}Error: boom\n {4,}at /);
});
