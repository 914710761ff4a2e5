import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { engineKey, mintToken } from '../../../src/engine/engine-token.ts';
import { GatewayWatch } from '../../support/gateway-secrets.ts';
import { runProcess, startProcess } from '../../support/processes.ts';
import { leakFileVariable, meantToLeak, SecretSearch } from '../../support/secret-search.ts';
import { mark, needlesOf, newSecret } from '../../support/secrets.ts';
import { makeTempDir, removeTempDir } from '../../support/temp-dir.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const dirs: string[] = [];
afterEach(() => {
  for (const dir of dirs.splice(0)) removeTempDir(dir);
});

function folder(): string {
  const dir = makeTempDir('planted');
  dirs.push(dir);
  return dir;
}

test('each secret is another one, and has the mark, which no file here holds', () => {
  expect(newSecret()).not.toBe(newSecret());
  expect(newSecret()).toContain(mark);
  const source = readFileSync(join(root, 'test', 'support', 'secrets.ts'), 'utf8');
  expect(new SecretSearch().inText('source', source)).toEqual([]);
  expect(needlesOf(mark).every(({ text }) => /^\w{10,}$/.test(text))).toBe(true);
});

test.each<[string, (secret: string) => string]>([
  ['as it is', (secret) => secret],
  ['in a Basic header', (secret) => Buffer.from(`alice:${secret}`).toString('base64')],
  ['behind one byte more', (secret) => Buffer.from(`alice2:${secret}x`).toString('base64')],
  ['behind two', (secret) => Buffer.from(`alice23:${secret}`).toString('base64url')],
  ['in hex', (secret) => Buffer.from(secret).toString('hex')],
  ['in a URL', (secret) => new URLSearchParams({ password: `&${secret}%` }).toString()],
])('a secret is found %s, on its line', (_, write) => {
  const text = `first\nsecond ${write(newSecret())}\n`;
  const [leak] = new SecretSearch().inText('a text', text);
  expect(leak).toMatchObject({ where: 'a text', line: 2 });
});

test('a secret that no test made is found once it is told, also with what URLs encode', () => {
  const search = new SecretSearch(['a secret+of/others']);
  expect(search.inText('x', 'password=a%20secret%2Bof%2Fothers')).toMatchObject([{ form: 'URL' }]);
  expect(search.inText('x', 'a secret')).toEqual([]);
});

test('a secret is found in a file of any size, across the pieces that it is read in', () => {
  const path = join(folder(), 'large');
  const secret = newSecret();
  const pieceBytes = 8 * 1024 * 1024;
  writeFileSync(path, `${'-\n'.repeat(pieceBytes / 2 - 3)}-${secret}${'-'.repeat(pieceBytes)}`);
  expect(new SecretSearch().inFile(path)).toEqual([
    { where: path, line: pieceBytes / 2 - 2, form: 'plain' },
  ]);
});

interface Planted {
  readonly dir: string;
  readonly master: string;
  readonly watch: GatewayWatch;
}

function watched(output = ''): Planted {
  const dir = folder();
  const master = newSecret().slice(mark.length);
  const masterSecretFile = join(dir, 'work', 'master.secret');
  for (const name of ['work', 'conf', 'cache/launch'])
    mkdirSync(join(dir, name), { recursive: true });
  writeFileSync(masterSecretFile, `${master}\n`);
  const log = `{"tag":"launch-1","event":"engine launched"}\n${output}`;
  const otherFiles = [join(dir, '..', 'nothing')];
  const traces = { dir, masterSecretFile, otherFiles, output: () => log };
  return { dir, master, watch: new GatewayWatch(traces) };
}

async function finish({ watch }: Planted): Promise<void> {
  watch.stopSampling();
  await meantToLeak(() => watch.finish());
}

test.each([
  'work/audit.log',
  'work/alice/kyuubi-spark-sql-engine.log.0',
  'events/local-1',
  '.hidden',
])('a gateway that leaves a secret in %s fails its test, by file and line', async (name) => {
  const planted = watched();
  mkdirSync(join(planted.dir, name, '..'), { recursive: true });
  writeFileSync(join(planted.dir, name), `one\ntwo\n${newSecret()}\n`);
  await expect(finish(planted)).rejects.toThrow(`${join(planted.dir, name)}:3 (plain)`);
});

test('a gateway that prints a secret fails its test', async () => {
  await expect(finish(watched(newSecret()))).rejects.toThrow('output of the gateway:2 (plain)');
});

test('so does one that shows its own secrets: the master secret, an engine’s key, a token', async () => {
  const settings = { keyLengthBits: 256, lifetimeMs: 600_000 };
  const shown: readonly ((key: string, master: string) => string)[] = [
    (_, master) => master,
    (key) => key,
    (key) => mintToken(key, settings, Date.now()),
  ];
  for (const show of shown) {
    const planted = watched();
    const text = show(engineKey(planted.master, 'launch-1'), planted.master);
    writeFileSync(join(planted.dir, 'work', 'engine.log'), `x\n${text}\n`);
    await expect(finish(planted)).rejects.toThrow('engine.log:2');
  }
});

test('where secrets are kept they may be: the master secret, settings, files of a launch', async () => {
  const planted = watched();
  writeFileSync(join(planted.dir, 'conf', 'kyuubi-defaults.conf'), newSecret());
  writeFileSync(join(planted.dir, 'cache', 'launch', 'launch-1.properties'), newSecret());
  await expect(finish(planted)).resolves.toBeUndefined();
});

test('a secret in the command line of what a gateway has started is found', async () => {
  const planted = watched();
  const args = ['-e', 'setTimeout(() => {}, 60_000)', planted.dir, newSecret()];
  const child = startProcess(process.execPath, args);
  while (!readFileSync(`/proc/${child.pid}/cmdline`, 'utf8').startsWith(process.execPath)) {
    await new Promise(setImmediate); // setpriv has not made way for it yet
  }
  planted.watch.stopSampling();
  await child.stop();
  await expect(finish(planted)).rejects.toThrow('a command line:1 (plain)');
});

test('a run of tests in which a secret gets out fails at its end, wherever it got out', async () => {
  const planted = [
    ['its own output', `console.log(newSecret());`, "Vitest's own output"],
    [
      'output of a program',
      `await runProcess('printenv', ['X'], { env: { X: newSecret() } });`,
      'standard output of printenv',
    ],
    ['a log', `collectedLog().log.info({}, newSecret());`, 'a log'],
    [
      'what a client was told',
      `try { toldToClient(newSecret()); } catch {}`,
      'what a client was told',
    ],
    [
      'a program that quotes its argument',
      `await runProcess('printf', ['%s', newSecret()]);`,
      undefined,
    ],
    ['nothing', `collectedLog().log.info({}, 'harmless');`, undefined],
  ] as const;
  const support = join(root, 'test', 'support');
  const dir = folder();
  symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'));
  writeFileSync(
    join(dir, 'vitest.config.mjs'),
    `export default { test: { globalSetup: '${join(support, 'leak-watch.ts')}', reporters: 'verbose' } };\n`,
  );
  const imports = [
    `import { test } from 'vitest';`,
    `import { runProcess } from '${join(support, 'processes.ts')}';`,
    `import { collectedLog } from '${join(support, 'collected-log.ts')}';`,
    `import { toldToClient } from '${join(support, 'secret-search.ts')}';`,
    `import { newSecret } from '${join(support, 'secrets.ts')}';`,
  ].join('\n');
  for (const [name, body] of planted) {
    const text = `${imports}\ntest('passes', async () => { ${body} });\n`;
    writeFileSync(join(dir, `${name.replaceAll(' ', '-')}.test.ts`), text);
  }
  const env = { ...process.env };
  delete env[leakFileVariable];
  for (const [name, , where] of planted) {
    const args = [join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', '--root', dir];
    const file = `${name.replaceAll(' ', '-')}.test.ts`;
    const done = await meantToLeak(() =>
      runProcess(process.execPath, [...args, file], { env, cwd: dir }),
    );
    expect(done.stdout).toMatch(/1 passed/);
    expect([name, done.code]).toEqual([name, where === undefined ? 0 : 1]);
    if (where !== undefined) expect(done.stdout + done.stderr).toContain(`${where}:`);
  }
}, 120_000);
