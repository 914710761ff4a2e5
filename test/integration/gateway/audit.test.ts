import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGateway } from '../../support/gateway.ts';
import type { RunningGateway } from '../../support/gateway.ts';
import { connectHs2 } from '../../support/hs2-client.ts';
import { makeTempDir, removeTempDir } from '../../support/temp-dir.ts';
import { newSecret } from '../../support/secrets.ts';

const loginPassword = newSecret();
const settingPassword = newSecret();

const folder = makeTempDir('audit');
let gateway: RunningGateway;
let isStopped = false;
beforeAll(async () => {
  gateway = await startGateway({
    conf: {
      'torii.audit.destination': 'file',
      'torii.audit.file': join(folder, 'audit.log'),
      'torii.audit.statement.text': 'full',
      'hadoop.proxyuser.hue.hosts': 'localhost',
      'hadoop.proxyuser.hue.users': 'alice',
    },
  });
}, 120_000);
afterAll(async () => {
  if (!isStopped) await gateway.stop();
  removeTempDir(folder);
});

test('an engine runs as the user for whom a session acts, and the trail tells of both until the very end', async () => {
  const hue = await connectHs2({ port: gateway.port, user: 'hue', password: loginPassword });
  const session = await hue.openSession({ configuration: { 'hive.server2.proxy.user': 'alice' } });
  expect((await session.run('select current_user()', { async: true })).rows).toEqual([['alice']]);
  await session.run(`set my.password=${settingPassword}`, { async: true });
  await expect(session.run('select * from nowhere', { async: true })).rejects.toThrow('nowhere');
  await expect(
    hue.openSession({ configuration: { 'hive.server2.proxy.user': 'bob' } }),
  ).rejects.toThrow('hadoop.proxyuser.hue.users');

  isStopped = true;
  await gateway.stop();
  const text = readFileSync(join(folder, 'audit.log'), 'utf8');
  const log = gateway.process.stderr;
  expect(log).toMatch(/"user":"alice","realUser":"hue".*"event":"session opened"/);
  for (const secret of [loginPassword, settingPassword]) expect(text + log).not.toContain(secret);
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const shown = ({ action, outcome, user, code, sqlState }: Record<string, unknown>): unknown[] => [
    action,
    outcome,
    user,
    code ?? sqlState,
  ];
  expect(lines.map(shown)).toEqual([
    ['login', 'ok', 'hue', undefined],
    ['impersonation', 'ok', 'alice', undefined],
    ['session-open', 'ok', 'alice', undefined],
    ['statement', 'ok', 'alice', undefined],
    ['statement-end', 'ok', 'alice', undefined],
    ['statement', 'ok', 'alice', undefined],
    ['statement-end', 'ok', 'alice', undefined],
    ['statement', 'ok', 'alice', undefined],
    ['statement-end', 'failed', 'alice', '42P01'],
    ['impersonation', 'refused', 'bob', 'PROXY_USER_DENIED'],
    ['session-open', 'refused', 'hue', 'PROXY_USER_DENIED'],
    ['session-close', 'ok', 'alice', undefined],
  ]);
  expect(new Set(lines.map((line) => line['realUser']))).toEqual(new Set(['hue']));
  expect(lines[8]).toHaveProperty('engine', expect.stringMatching(/^local-/));
}, 120_000);
