import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { runHashPassword } from '../../../src/cli/hash-password-command.ts';
import { parsePasswordHash, passwordMatches } from '../../../src/core/password-hash.ts';
import { newSecret } from '../../support/secrets.ts';

const password = newSecret();
const another = newSecret();
const secret = newSecret();

async function run(
  argv: readonly string[],
  stdin: Readable,
  isTTY = false,
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const code = await runHashPassword(argv, { stdin, stdout, stderr, isTTY });
  stdout.end();
  stderr.end();
  return { code, out: await text(stdout), err: await text(stderr) };
}

test('prints the line of a password file for what comes in', async () => {
  const { code, out, err } = await run(['alice'], Readable.from([`${password}\nignored\n`]));
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const [, hash = ''] = /^alice:(\S+)\n$/.exec(out) ?? [];
  const kept = parsePasswordHash(hash);
  if (kept === undefined) throw new Error(`no hash: ${out}`);
  expect(await passwordMatches(password, kept)).toBe(true);
});

test('asks a person twice, and shows nothing of what is typed', async () => {
  const stdin = new PassThrough();
  stdin.write(`${password}\r`);
  setImmediate(() => stdin.write(`${another}\r`));
  const { code, out, err } = await run(['alice'], stdin, true);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toBe(
    'Password of alice: \nThe same again: \nerror: the two passwords are not the same\n',
  );
});

test.each([
  ['no user', [], ''],
  ['a password as an argument', ['alice', `${secret}${secret}`], ''],
  ['an option for a name', [`--password=${secret}`], ''],
  ['no input', ['alice'], ''],
  ['a short password', ['alice'], 'hunter2\n'],
])('%s is wrong usage, and not repeated', async (_, argv, input) => {
  const { code, out, err } = await run(argv, Readable.from(input === '' ? [] : [input]));
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toMatch(/^error: /);
  expect(err).not.toContain(secret);
  expect(err).not.toContain('hunter2');
});

test('explains itself', async () => {
  const { code, out } = await run(['--help'], Readable.from([]));
  expect(code).toBe(0);
  expect(out).toMatch(/^usage: torii hash-password USER/);
});
