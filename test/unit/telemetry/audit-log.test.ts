import { expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { statementRedactor } from '../../../src/config/redaction.ts';
import { GatewayError } from '../../../src/core/errors.ts';
import { AuditLog } from '../../../src/telemetry/audit-log.ts';
import type { AuditEvent } from '../../../src/telemetry/audit-log.ts';
import { collectedLog } from '../../support/collected-log.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { newSecret } from '../../support/secrets.ts';

const event: AuditEvent = {
  action: 'statement',
  outcome: 'ok',
  user: 'alice',
  realUser: 'hue',
  address: '10.0.0.1',
};

/** What comes out of one event, in the log. */
async function recorded(
  more: Partial<AuditEvent>,
  conf: Readonly<Record<string, string>> = {},
): Promise<Record<string, unknown>[]> {
  const all = { 'torii.audit.destination': 'log', ...conf };
  const { config, settings } = loadConfig({
    environment: {},
    currentDir: '/nonexistent',
    confArguments: Object.entries(all).map(([key, value]) => `${key}=${value}`),
  });
  const { log, lines } = collectedLog();
  const redact = statementRedactor(settings, config.server.redactionPattern);
  const audit = await AuditLog.start({ config: config.audit, redact, clock: manualClock(), log });
  audit.record({ ...event, ...more });
  await audit.stop();
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

const siteSecret = newSecret();
const statement = Buffer.from(`set my.password=${newSecret()}; select '${siteSecret}'`);
const site = { 'kyuubi.ha.zookeeper.auth.digest': siteSecret };

test('nothing is told unless a destination is set', async () => {
  expect(await recorded({}, { 'torii.audit.destination': 'none' })).toEqual([]);
});

test('a line of the log has the fields that are known', async () => {
  const error = new GatewayError('CONNECTION_DENIED', 'a text that may quote anything');
  const [line] = await recorded({ error, session: 's-1', durationMs: 5 });
  expect(line).toMatchObject({
    level: 'info',
    event: 'audit',
    action: 'statement',
    outcome: 'ok',
    user: 'alice',
    realUser: 'hue',
    address: '10.0.0.1',
    session: 's-1',
    durationMs: 5,
    code: 'CONNECTION_DENIED',
    sqlState: '28000',
  });
  expect(JSON.stringify(line)).not.toMatch(/may quote|operation|engine/);
});

test('a statement in full has no secrets, be they known or named', async () => {
  const [line] = await recorded({ statement }, { ...site, 'torii.audit.statement.text': 'full' });
  expect(line).toMatchObject({
    statement: 'set my.password=*********(redacted)',
    statementBytes: statement.length,
  });
  const other = Buffer.from(`select '${siteSecret}'`);
  const [known] = await recorded(
    { statement: other },
    { ...site, 'torii.audit.statement.text': 'full' },
  );
  expect(known?.['statement']).toBe("select '*********(redacted)'");
});

test('a statement’s hash is that of what would be shown', async () => {
  const hashOf = async (text: string): Promise<unknown> =>
    (await recorded({ statement: Buffer.from(text) }))[0]?.['statementHash'];
  expect(await hashOf('select 1')).toMatch(/^[0-9a-f]{64}$/);
  expect(await hashOf('select 1')).toBe(await hashOf('select 1'));
  expect(await hashOf('select 2')).not.toBe(await hashOf('select 1'));
  const [one, other] = [newSecret(), newSecret()];
  expect(await hashOf(`set a.password=${one}`)).toBe(await hashOf(`set a.password=${other}`));
});

test('of a statement nothing is told where nothing is to be', async () => {
  const [line] = await recorded({ statement }, { 'torii.audit.statement.text': 'none' });
  expect(Object.keys(line ?? {}).filter((key) => key.startsWith('statement'))).toEqual([]);
});

test('names and statements of any length make lines of bounded length', async () => {
  const long = 'x'.repeat(1 << 20);
  const [line] = await recorded(
    { user: long, realUser: long, statement: Buffer.from(long) },
    { 'torii.audit.statement.text': 'full' },
  );
  expect(JSON.stringify(line).length).toBeLessThan(18_000);
  expect(line).toMatchObject({ statementBytes: 1 << 20 });
});
