import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { Readable } from 'node:stream';
import { formatPasswordHash, hashPassword } from '../core/password-hash.ts';
import { CliError, errorText, exitCodes } from './cli-error.ts';

/** What the command sees of the world. */
export interface HashPasswordIo {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** A person types: the password is asked for twice, and not shown. */
  readonly isTTY: boolean;
}

const usage = `usage: torii hash-password USER

Prints the line of a password file (torii.authentication.password.file) that lets USER in.
The password is asked for on a terminal, or else it is the first line of standard input;
it is never an argument, which others could see in the list of processes.
`;

const leastChars = 8;

/** `torii hash-password`: resolves to the exit code. `argv` begins behind the command. */
export async function runHashPassword(
  argv: readonly string[],
  io: HashPasswordIo,
): Promise<number> {
  try {
    if (argv.includes('--help') || argv.includes('-h')) {
      io.stdout.write(usage);
      return exitCodes.ok;
    }
    const user = userOf(argv);
    const password = await readPassword(user, io);
    io.stdout.write(`${user}:${formatPasswordHash(await hashPassword(password))}\n`);
    return exitCodes.ok;
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    io.stderr.write(errorText(error));
    return exitCodes[error.fault];
  }
}

function userOf(argv: readonly string[]): string {
  const [user, ...others] = argv;
  const isName = user !== undefined && user === user.trim() && !/^[#-]|^$|\p{Cc}/u.test(user);
  // what stands behind the name may be a password, so it is not shown
  if (!isName || others.length > 0) {
    throw new CliError('usage', 'give the name of one user and nothing else', {
      hint: 'The password is read from standard input: torii hash-password --help',
    });
  }
  return user;
}

async function readPassword(user: string, io: HashPasswordIo): Promise<string> {
  const lines = createInterface({
    input: io.stdin,
    output: new Writable({ write: (_chunk, _encoding, done) => done() }), // what is typed is not echoed
    terminal: io.isTTY,
  });
  const ended = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
  const ask = async (question: string): Promise<string> => {
    if (!io.isTTY) return Promise.race([lines.question(''), ended]);
    io.stderr.write(question);
    const answer = await Promise.race([lines.question(''), ended]);
    io.stderr.write('\n');
    return answer;
  };
  try {
    const password = await ask(`Password of ${user}: `);
    if ([...password].length < leastChars) {
      throw new CliError('usage', `a password has at least ${leastChars} characters`);
    }
    if (io.isTTY && (await ask('The same again: ')) !== password) {
      throw new CliError('usage', 'the two passwords are not the same');
    }
    return password;
  } finally {
    lines.close();
  }
}
