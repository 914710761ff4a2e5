import { describe, expect, test } from 'vitest';
import { entry, readEntry } from '../../../src/config/entry.ts';
import * as kinds from '../../../src/config/kinds.ts';
import { GatewayError } from '../../../src/core/errors.ts';
import { newSecret } from '../../support/secrets.ts';

const password = newSecret();

const facts = { doc: 'For the test.', setBy: 'session' } as const;
const set = (text: string): Map<string, string> => new Map([['kyuubi.x', text]]);

describe('an entry', () => {
  const wait = entry('kyuubi.x', kinds.duration.default('PT3M'), {
    ...facts,
    aliases: ['kyuubi.old'],
  });

  test('has its default where nothing, or nothing but blanks, is set', () => {
    expect(readEntry(wait, new Map())).toBe(180_000);
    expect(readEntry(wait, set('  '))).toBe(180_000);
  });

  test('is read by its older key where the newer is not set', () => {
    const older = new Map([['kyuubi.old', 'PT1S']]);
    expect(readEntry(wait, older)).toBe(1000);
    expect(readEntry(wait, new Map([...older, ['kyuubi.x', 'PT2S']]))).toBe(2000);
  });

  test('says which key is wrong and what it takes', () => {
    expect(() => readEntry(wait, set('abc'))).toThrow(
      new GatewayError(
        'CONFIG_INVALID',
        "kyuubi.x = 'abc' is not a duration such as PT30S, PT1H30M or P1D, or a number of milliseconds, at most P24D",
      ),
    );
    expect(() => readEntry(wait, new Map([['kyuubi.old', 'abc']]))).toThrow(/^kyuubi\.old = 'abc'/);
  });

  test('never shows a secret', () => {
    const secret = entry('kyuubi.x', kinds.bool.default('true'), { ...facts, secret: true });
    expect(() => readEntry(secret, set(password))).toThrow('kyuubi.x is not true or false');
  });
});

describe('a kind', () => {
  const read = <T>(kind: { optional(): Parameters<typeof entry<T>>[1] }, text: string): T =>
    readEntry(entry('kyuubi.x', kind.optional(), facts), set(text));

  test.each([
    ['bool', kinds.bool, 'TRUE', true],
    ['port', kinds.port, '0', 0],
    ['limit', kinds.limit, '-1', undefined],
    ['limit', kinds.limit, '5', 5],
    ['size', kinds.size, '64m', 64 * 1024 * 1024],
    ['size', kinds.size, '104857600', 104_857_600],
    ['list', kinds.list, ' a, b ,,c', ['a', 'b', 'c']],
    ['list', kinds.list, '', []],
    ['set', kinds.set, 'a,b,a', new Set(['a', 'b'])],
    ['regex', kinds.regex, '(?i)secret|token', /secret|token/i],
    ['port range', kinds.portRange, '50000-50999', { first: 50_000, last: 50_999 }],
    ['port range', kinds.portRange, '50000', { first: 50_000, last: 50_000 }],
    ['closed set', kinds.oneOf('USER', 'GROUP'), 'user', 'USER'],
    ['time limit', kinds.timeLimit, '0', undefined],
    ['age', kinds.age, 'P365D', 365 * 86_400_000],
  ])('%s reads %j', (_, kind, text, value) => {
    expect(read<unknown>(kind, text)).toEqual(value);
  });

  test.each([
    ['bool', kinds.bool, 'yes'],
    ['bool', kinds.bool, 'constructor'],
    ['port', kinds.port, '65536'],
    ['positive int', kinds.positiveInt, '0'],
    ['positive int', kinds.positiveInt, '1.5'],
    ['positive int', kinds.positiveInt, '0x10'],
    ['size', kinds.size, '1t'],
    ['regex', kinds.regex, '('],
    ['port range', kinds.portRange, '2-1'],
    ['port range', kinds.portRange, '1-99999'],
    ['closed set', kinds.oneOf('USER', 'GROUP'), 'SERVER'],
    ['interval', kinds.interval, 'PT0S'],
    ['duration for a timer', kinds.duration, 'P25D'],
  ])('%s does not read %j', (_, kind, text) => {
    expect(() => read<unknown>(kind, text)).toThrow(/^kyuubi\.x = .* is not /);
  });
});
