import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable, Writable } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { runSql } from '../../../src/cli/sql-command.ts';
import type { CliIo } from '../../../src/cli/sql-io.ts';
import { FakeHs2Server } from '../../support/fake-hs2-server.ts';
import type { FakeHs2Options, FakeStatement } from '../../support/fake-hs2-server.ts';
import { newSecret } from '../../support/secrets.ts';

const secret = newSecret();
const other = newSecret();

const none = Buffer.alloc(0);
const numbers: FakeStatement = {
  columns: [
    ['n', 3],
    ['text', 7],
  ],
  batches: [
    [
      { i32Val: { values: [1, 2], nulls: none } },
      { stringVal: { values: ['one', 'two'], nulls: none } },
    ],
    [
      { i32Val: { values: [0], nulls: Buffer.from([1]) } },
      { stringVal: { values: ['three'], nulls: none } },
    ],
  ],
};
const progress = {
  headerNames: ['STAGES'],
  rows: [['Stage-0']],
  progressedPercentage: 0.5,
  status: 0,
  footerSummary: 'STAGES: 01/02',
  startTime: 0,
};

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

async function fakeServer(options: FakeHs2Options = {}): Promise<FakeHs2Server> {
  const server = await FakeHs2Server.start(options);
  cleanUps.push(() => server.stop());
  return server;
}

interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function sql(argv: string[], io: Partial<CliIo> = {}): Promise<Run> {
  const stdout = new Collector();
  const stderr = new Collector();
  const code = await runSql(argv, {
    stdin: Readable.from([]),
    stdout,
    stderr,
    env: { user: 'tester' },
    isTTY: { stdin: false, stdout: false, stderr: false },
    ...io,
  });
  return { code, out: stdout.text, err: stderr.text };
}

/** Like a slow reader: every write waits for a drain. */
class Collector extends Writable {
  text = '';
  readonly #waiting: { readonly seen: string; readonly resolve: () => void }[] = [];

  constructor() {
    super({ highWaterMark: 1 });
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    for (const { seen, resolve } of this.#waiting) if (this.text.includes(seen)) resolve();
    setImmediate(done);
  }

  has(seen: string): Promise<void> {
    if (this.text.includes(seen)) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push({ seen, resolve });
    });
  }
}

async function fileWith(content: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'torii-sql-'));
  cleanUps.push(() => rm(folder, { recursive: true }));
  const path = join(folder, 'file');
  await writeFile(path, content);
  return path;
}

describe('torii sql', () => {
  it('writes rows to standard output and the count to standard error', async () => {
    const server = await fakeServer({ statements: { 'select n': numbers } });
    const run = await sql(['-u', server.url, '-e', 'select n;']);
    expect(run.code).toBe(0);
    expect(run.out).toBe(' n | text\n---+------\n 1 | one\n 2 | two\n NULL | three\n');
    expect(run.err).toMatch(/^3 rows \(\d+\.\d\d s\)\n$/);
    expect(server.requests('FetchResults').filter((r) => r.fetchType === 0)[0]?.maxRows).toBe(2);
    expect(server.calls.map((call) => call.method).slice(-2)).toEqual([
      'CloseOperation',
      'CloseSession',
    ]);
  });

  it('logs in as the user asked for and hands over settings as JDBC does', async () => {
    const logins: unknown[] = [];
    const server = await fakeServer({
      refuse: (credentials) => {
        logins.push(credentials);
        return undefined;
      },
    });
    const passwordFile = await fileWith(`${secret}\n`);
    const argv = ['-u', `${server.url}/db;user=zoe?a=1`, '--conf', 'b=2', '-w', passwordFile];
    expect((await sql(argv)).code).toBe(0);
    expect((await sql(['-u', server.url, '-n', 'amy'], { env: { password: other } })).code).toBe(0);
    expect((await sql(['-u', server.url])).code).toBe(0);
    expect(logins).toEqual([
      { authorizationId: '', user: 'zoe', password: secret },
      { authorizationId: '', user: 'amy', password: other },
      { authorizationId: '', user: 'tester', password: 'anonymous' },
    ]);
    expect(server.requests('OpenSession')[0]).toMatchObject({
      client_protocol: 10,
      username: 'zoe',
      configuration: { 'use:database': 'db', 'set:hiveconf:a': '1', 'set:hiveconf:b': '2' },
    });
  });

  it('runs -e and -f in their order, and standard input where neither is given', async () => {
    const done: FakeStatement = {};
    const server = await fakeServer({ statements: { a: done, b: done, c: done, d: done } });
    const file = await fileWith('b; c -- no more\n');
    const statements = (): string[] => server.requests('ExecuteStatement').map((r) => r.statement);
    expect((await sql(['-u', server.url, '-e', 'a', '-f', file, '-e', 'd'])).code).toBe(1);
    expect(statements()).toEqual(['a', 'b', 'c -- no more']);
    const piped = await sql(['-u', server.url], { stdin: Readable.from(['a;', ' d;\n', 'b']) });
    expect(piped.code).toBe(0);
    expect(piped.err).toMatch(/^(done \(.*\)\n){3}$/);
    expect(statements().slice(3)).toEqual(['a', 'd', 'b']);
  });

  it('shows message, SQLSTATE, code and hint of a failure, and stops there', async () => {
    const server = await fakeServer({ statements: { b: {} } });
    const run = await sql(['-u', server.url, '-e', 'nope; b']);
    expect(run).toEqual({
      code: 1,
      out: '',
      err:
        'error (SQLSTATE 42601, code 40000): [PARSE_SYNTAX_ERROR] no such statement: nope\n' +
        'hint: check it.\n',
    });
    expect(server.requests('ExecuteStatement')).toHaveLength(1);
    expect(server.requests('CloseSession')).toHaveLength(1);
  });

  it('shows the failure of a statement that ran, without its stack trace', async () => {
    const errorMessage =
      'java.lang.Boom: no\n\tat a.B.c(D.java:1)\nCaused by: x.Y: no\n\tat a.B.c(D.java:1)\n\t... 7 more';
    const error = { errorMessage, sqlState: '22012' };
    const server = await fakeServer({
      statements: { a: { columns: [['n', 3]], polls: 2, error } },
    });
    const run = await sql(['-u', server.url, '-e', 'a']);
    expect(run).toEqual({ code: 1, out: '', err: 'error (SQLSTATE 22012): java.lang.Boom: no\n' });
    expect(server.requests('CloseOperation')).toHaveLength(1);
  });

  it('shows the log of the statement while it runs; --quiet shows only rows', async () => {
    const log = ['first line', 'second line', 'last line'];
    const server = await fakeServer({ statements: { a: { ...numbers, log, polls: 2 } } });
    const run = await sql(['-u', server.url, '-e', 'a', '--format', 'csv']);
    expect(run.err).toMatch(/^first line\nsecond line\nlast line\n3 rows/);
    expect(run.out).toBe('n,text\r\n1,one\r\n2,two\r\n,three\r\n');
    const quiet = await sql(['-u', server.url, '-e', 'a', '--format', 'jsonl', '--quiet']);
    expect(quiet).toEqual({
      code: 0,
      out: '{"n":1,"text":"one"}\n{"n":2,"text":"two"}\n{"n":null,"text":"three"}\n',
      err: '',
    });
  });

  it('draws the progress in place, on a terminal only', async () => {
    const statements = { a: { ...numbers, progress, polls: 3, log: ['a log line'] } };
    const server = await fakeServer({ statements, longPollMs: 300 });
    const isTTY = { stdin: false, stdout: false, stderr: true };
    const run = await sql(['-u', server.url, '-e', 'a'], { isTTY });
    expect(run.err).toContain('STAGES: 01/02 [===============>              ]  50%');
    expect(run.err).toContain('\r\u001b[2K3 rows (');
    const plain = await sql(['-u', server.url, '-e', 'a']);
    expect(plain.err).not.toContain('STAGES');
  });

  it("shows the log of the engine's start before anything runs", async () => {
    const launch = { log: ['submitting', 'engine is up'], polls: 2 };
    const server = await fakeServer({ launch, statements: { a: numbers } });
    const run = await sql(['-u', server.url, '-e', 'a']);
    expect(run.err).toMatch(/^submitting\nengine is up\n3 rows/);
    const methods = server.calls.map((call) => call.method);
    expect(methods.indexOf('ExecuteStatement')).toBeGreaterThan(
      methods.indexOf('GetOperationStatus'),
    );
  });

  it('ends with 3 and the reason when the engine does not start', async () => {
    const error = { errorMessage: 'bad conf\nHint: fix it', sqlState: '08001', errorCode: 90301 };
    const server = await fakeServer({
      launch: { log: ['submitting'], error },
      statements: { a: {} },
    });
    const run = await sql(['-u', server.url, '-e', 'a']);
    expect(run.code).toBe(3);
    expect(run.err).toBe(
      'submitting\nerror (SQLSTATE 08001, code 90301): bad conf\nhint: fix it\n',
    );
    expect(server.requests('ExecuteStatement')).toHaveLength(0);
  });

  it('cancels the running statement when it is interrupted', async () => {
    const server = await fakeServer({ statements: { a: { polls: 'canceled' } }, longPollMs: 20 });
    const interrupt = new AbortController();
    const running = sql(['-u', server.url, '-e', 'a; a'], { signal: interrupt.signal });
    await until(() => server.requests('GetOperationStatus').length > 1);
    interrupt.abort();
    expect(await running).toEqual({
      code: 1,
      out: '',
      err: 'error (SQLSTATE 57014): the statement was canceled\n',
    });
    expect(server.requests('CloseOperation')).toHaveLength(1);
    expect(server.requests('CloseSession')).toHaveLength(1);
  });

  it('cancels over another connection while a fetch waits', async () => {
    const server = await fakeServer({ statements: { a: { ...numbers, holdsFetch: true } } });
    const interrupt = new AbortController();
    const running = sql(['-u', server.url, '-e', 'a'], { signal: interrupt.signal });
    await until(() => server.requests('FetchResults').some((request) => request.fetchType === 0));
    interrupt.abort();
    expect((await running).err).toBe('error (SQLSTATE 57014): the statement was canceled\n');
    expect(server.connections).toBe(2);
  });

  it('cancels what runs for longer than --timeout and says so', async () => {
    const server = await fakeServer({ statements: { a: { polls: 'canceled' } }, longPollMs: 50 });
    const run = await sql(['-u', server.url, '-e', 'a', '--timeout', '1']);
    expect(run.code).toBe(1);
    expect(run.err).toContain('the statement was canceled after 1 s');
    expect(server.requests('ExecuteStatement')[0]?.queryTimeout).toBe(1);
  });

  it('ends quietly when the reader of its output leaves', async () => {
    const server = await fakeServer({ statements: { a: numbers } });
    const stdout = new Writable({
      highWaterMark: 1,
      write: (_chunk, _encoding, done) => {
        done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
      },
    });
    const run = await sql(['-u', server.url, '-e', 'a'], { stdout });
    expect(run).toEqual({ code: 0, out: '', err: '' });
    expect(server.requests('CloseSession')).toHaveLength(1);
  });

  it.each([
    [['--bogus'], /unknown option '--bogus'/],
    [['file.sql'], /unexpected argument 'file.sql'/],
    [['--format', 'xml'], /table, csv, tsv, json, jsonl/],
    [['--conf', 'novalue'], /KEY=VALUE/],
    [['--timeout', '1.5'], /whole number/],
    [['-u', 'gw;password=x'], /password in the URL/],
    [['-w', '/nonexistent/file'], /password file cannot be read/],
  ])('ends with 2 for %j', async (argv, message) => {
    const run = await sql(argv);
    expect(run.code).toBe(2);
    expect(run.err.toLowerCase()).toMatch(new RegExp(message.source.toLowerCase()));
    expect(run.out).toBe('');
  });

  it('explains itself', async () => {
    const run = await sql(['--help']);
    expect(run.code).toBe(0);
    expect(run.out).toMatch(/^usage: torii sql/);
  });
});

describe('the connection', () => {
  it('says that nobody listens', async () => {
    const server = await FakeHs2Server.start();
    const { url } = server;
    await server.stop();
    const run = await sql(['-u', url, '-e', 'a']);
    expect(run.code).toBe(3);
    expect(run.err).toContain(`nothing listens at ${url}`);
  });

  it('says why the login was refused', async () => {
    const server = await fakeServer({ refuse: () => 'Error validating the login' });
    const run = await sql(['-u', server.url, '-e', 'a']);
    expect(run.code).toBe(3);
    expect(run.err).toContain('refused user tester: Error validating the login');
  });

  it('says why no session was opened', async () => {
    const status = { statusCode: 3, errorMessage: 'Database x does not exist', sqlState: '3F000' };
    const server = await fakeServer({
      openSession: () => ({ status, serverProtocolVersion: 9 }),
    });
    const run = await sql(['-u', `${server.url}/x`, '-e', 'a']);
    expect(run).toMatchObject({
      code: 3,
      err: 'error (SQLSTATE 3F000): Database x does not exist\n',
    });
  });

  it.each([
    ['an HTTP server', 'HTTP/1.1 400 Bad Request\r\n\r\n', /not as a HiveServer2/],
    ['a server that hangs up', '', /closed the connection without an answer/],
    ['a server that sends half a login', '\u0005\u0000', /in the middle of the login/],
  ])('tells %s from a HiveServer2', async (_, answer, message) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end(answer));
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    cleanUps.push(() => new Promise((resolve) => server.close(resolve)));
    const { port } = server.address() as AddressInfo; // it listens on TCP
    const run = await sql(['-u', `127.0.0.1:${port}`, '-e', 'a']);
    expect(run.code).toBe(3);
    expect(run.err).toMatch(message);
  });

  it('ends with 3 when it is lost under a running statement', async () => {
    const server = await fakeServer({ statements: { a: { polls: 'canceled' } }, longPollMs: 20 });
    const running = sql(['-u', server.url, '-e', 'a']);
    await until(() => server.requests('GetOperationStatus').length > 0);
    server.dropConnections();
    const run = await running;
    expect(run.code).toBe(3);
    expect(run.err).toMatch(/closed the connection|broke the connection/);
  });
});

describe('the prompt', () => {
  function shell(server: FakeHs2Server): {
    readonly stdin: PassThrough;
    readonly out: Collector;
    readonly err: Collector;
    readonly code: Promise<number>;
  } {
    const stdin = new PassThrough();
    const out = new Collector();
    const err = new Collector();
    const isTTY = { stdin: true, stdout: true, stderr: true };
    const io = { stdin, stdout: out, stderr: err, env: {}, isTTY };
    return { stdin, out, err, code: runSql(['-u', server.url], io) };
  }

  it('runs statements over several lines and goes on after a failure', async () => {
    const server = await fakeServer({ statements: { 'select\nn': numbers } });
    const { stdin, out, err, code } = shell(server);
    await out.has('torii> ');
    stdin.write('nope;\r');
    await err.has('no such statement: nope');
    stdin.write('select\r');
    await out.has('    -> ');
    stdin.write('n;\r');
    await out.has('three');
    stdin.write('!help\r');
    await out.has('!quit');
    stdin.write('exit;\r');
    expect(await code).toBe(0);
    expect(server.requests('CloseSession')).toHaveLength(1);
  });

  it('cancels the statement, not itself, on Ctrl-C, and leaves on Ctrl-D', async () => {
    const server = await fakeServer({
      statements: { a: { polls: 'canceled' }, n: numbers },
      longPollMs: 20,
    });
    const { stdin, out, err, code } = shell(server);
    await out.has('torii> ');
    stdin.write('a;\r');
    await until(() => server.requests('GetOperationStatus').length > 0);
    stdin.write('\u0003');
    await err.has('the statement was canceled');
    stdin.write('select half\r');
    await out.has('    -> ');
    stdin.write('\u0003');
    stdin.write('n;\r');
    await out.has('three');
    stdin.write('\u0004');
    expect(await code).toBe(0);
    const statements = server.requests('ExecuteStatement').map((request) => request.statement);
    expect(statements).toEqual(['a', 'n']);
  });

  it('opens a new session after its connection was lost', async () => {
    const server = await fakeServer({ statements: { n: numbers } });
    const { stdin, out, err, code } = shell(server);
    await out.has('torii> ');
    server.dropConnections();
    await until(() => server.connections === 1);
    stdin.write('n;\r');
    await err.has('opens a new session');
    stdin.write('n;\r');
    await out.has('three');
    stdin.end();
    expect(await code).toBe(0);
    expect(server.requests('OpenSession')).toHaveLength(2);
  });
});

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setImmediate(resolve));
}
