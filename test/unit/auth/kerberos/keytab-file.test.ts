import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkKeytab } from '../../../../src/auth/kerberos/keytab-file.ts';
import { makeTempDir, removeTempDir } from '../../../support/temp-dir.ts';

const principal = 'hive/gateway.example.com@EXAMPLE.COM';

let dir: string;
beforeAll(() => {
  dir = makeTempDir('keytab');
});
afterAll(() => removeTempDir(dir));

const text = (value: string): Buffer => {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
};

/** One key of a principal: name type, time, version, and a key of no meaning. */
function entry(realm: string, ...parts: readonly string[]): Buffer {
  const body = Buffer.concat([
    Buffer.of(0, parts.length),
    text(realm),
    ...parts.map(text),
    Buffer.from('00000001665e00000200120004deadbeef', 'hex'),
  ]);
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length);
  return Buffer.concat([length, body]);
}

/** An entry that was deleted. */
function hole(bytes: number): Buffer {
  const head = Buffer.alloc(4 + bytes);
  head.writeInt32BE(-bytes);
  return head;
}

const version = Buffer.of(5, 2);
const others = entry('EXAMPLE.COM', 'HTTP', 'gateway.example.com');
const own = entry('EXAMPLE.COM', 'hive', 'gateway.example.com');

function file(name: string, mode: number, ...parts: readonly Buffer[]): string {
  const path = join(dir, name);
  writeFileSync(path, Buffer.concat(parts));
  chmodSync(path, mode);
  return path;
}

const check = (path: string): Promise<void> => checkKeytab(path, principal, 'some.key');
const refused = (message: RegExp, hint?: unknown): object => ({
  code: 'CONFIG_INVALID',
  message: expect.stringMatching(message),
  hint,
});

it('a keytab that has the principal is good, whatever else it has', async () => {
  const path = file('good', 0o600, version, others, hole(30), own, Buffer.alloc(4), others);
  await expect(check(path)).resolves.toBeUndefined();
});

it('one that others may read is not', async () => {
  const path = file('open', 0o640, version, own);
  await expect(check(path)).rejects.toMatchObject(
    refused(
      /^the keytab .*\/open \(some[.]key\) may be read by others/,
      expect.stringMatching(/chmod 600/),
    ),
  );
});

it('one without the principal says whose keys it has', async () => {
  const path = file(
    'other',
    0o600,
    version,
    others,
    entry('EXAMPLE.ORG', 'hive', 'gateway.example.com'),
  );
  await expect(check(path)).rejects.toMatchObject(
    refused(
      /has no key of hive\/gateway.example.com@EXAMPLE.COM: it has those of HTTP\/gateway.example.com@EXAMPLE.COM, hive\/gateway.example.com@EXAMPLE.ORG$/,
      expect.stringContaining('ktadd'),
    ),
  );
});

it('an empty one says so', async () => {
  await expect(check(file('empty', 0o600, version))).rejects.toMatchObject(
    refused(/it has none at all$/, expect.anything()),
  );
});

it.each([
  ['text', Buffer.from('no keytab')],
  ['nothing', Buffer.alloc(0)],
  ['an older form', Buffer.concat([Buffer.of(5, 1), own])],
  ['an entry that is cut off', Buffer.concat([version, own.subarray(0, 20)])],
  ['an entry shorter than what it holds', Buffer.concat([version, Buffer.of(0, 0, 0, 2, 0, 9)])],
])('%s is no keytab', async (_what, bytes) => {
  await expect(check(file('none', 0o600, bytes))).rejects.toMatchObject(
    refused(/is not a keytab of MIT Kerberos$/),
  );
});

it('a file that is not there is told by its name', async () => {
  await expect(check(join(dir, 'missing'))).rejects.toMatchObject(
    refused(/^the keytab .*\/missing \(some[.]key\) can't be read: .*ENOENT/),
  );
});
