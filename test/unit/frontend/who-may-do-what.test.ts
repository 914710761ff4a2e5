import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { connectHs2, Hs2Error } from '../../support/hs2-client.ts';
import type { Hs2Address, Hs2Client } from '../../support/hs2-client.ts';
import { collectedLog } from '../../support/collected-log.ts';
import { FakeHs2Server } from '../../support/fake-hs2-server.ts';
import { startInProcess } from '../../support/in-process-gateway.ts';
import type { InProcessGateway } from '../../support/in-process-gateway.ts';
import { passwordUsers } from '../../support/password-users.ts';
import { makeTempDir, removeTempDir } from '../../support/temp-dir.ts';
import { SecretSearch } from '../../support/secret-search.ts';
import { newSecret } from '../../support/secrets.ts';

const zookeeperPassword = newSecret();
const setPassword = newSecret();
const urlPassword = newSecret();
const queryToken = newSecret();
const settingPassword = newSecret();
const droppedToken = newSecret();

const endings: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});

const passwords = {
  alice: newSecret(),
  bob: newSecret(),
  hue: newSecret(),
  root: newSecret(),
};

const one = {
  columns: [['x', 3]],
  batches: [[{ i32Val: { values: [1], nulls: Buffer.alloc(1) } }]],
} as const;

const zookeeper = `site:${zookeeperPassword}`;
/** An engine may quote them to whoever wrote them; nobody else is to see what is secret in them. */
const tellingStatements = [
  "create table t using jdbc options (user 'u', password 'tables-p4ss')",
  `set spark.other.password = ${setPassword}`,
  `select '${zookeeper}'`,
  `select * from read(url => 'jdbc:x://u:${urlPassword}@h/db?token=${queryToken}')`,
];
const failing = 'select broken';

interface Site {
  readonly gateway: InProcessGateway;
  readonly engine: FakeHs2Server;
  readonly logLines: string[];
  readonly as: (user: string, more?: Partial<Hs2Address>) => Promise<Hs2Client>;
  /** Ends the gateway and returns the lines of its audit trail. */
  readonly audited: () => Promise<Record<string, unknown>[]>;
}

async function site(conf: Readonly<Record<string, string>> = {}): Promise<Site> {
  const folder = makeTempDir('audit');
  endings.push(() => removeTempDir(folder));
  const engine = await FakeHs2Server.start({
    statements: {
      'select 1': one,
      ...Object.fromEntries(tellingStatements.map((statement) => [statement, one])),
      [failing]: { error: { errorMessage: 'no tables-p4ss here', sqlState: '42P01' }, polls: 1 },
    },
  });
  endings.push(() => engine.stop());
  const { log, lines } = collectedLog();
  const path = join(folder, 'audit.log');
  const gateway = await startInProcess({
    enginePort: engine.port,
    log,
    logins: passwordUsers(passwords),
    conf: {
      'torii.audit.destination': 'file',
      'torii.audit.file': path,
      'hadoop.proxyuser.hue.hosts': '127.0.0.0/8',
      'hadoop.proxyuser.hue.groups': 'analysts',
      'torii.session.group.static.map': 'alice=analysts',
      'kyuubi.server.administrators': 'root',
      ...conf,
    },
  });
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= gateway.stop());
  endings.push(stop);
  return {
    gateway,
    engine,
    logLines: lines,
    as: async (user, more = {}) => {
      const password = passwords[user as keyof typeof passwords] ?? newSecret();
      const client = await connectHs2({
        port: gateway.port,
        user,
        password,
        limitMs: 5000,
        ...more,
      });
      endings.push(() => client.end());
      return client;
    },
    audited: async () => {
      await stop();
      const text = readFileSync(path, 'utf8').trimEnd();
      return text.split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
    },
  };
}

const asAlice = { configuration: { 'hive.server2.proxy.user': 'alice' } };

describe('acting for others', () => {
  it('leads to the engine of the group of the user who is acted for', async () => {
    const { gateway, as } = await site({ 'kyuubi.engine.share.level': 'GROUP' });
    await (await as('hue')).openSession(asAlice);
    await (await as('hue')).openSession();
    const spaces = [...gateway.sessions].map(({ facts }) => facts.ref.paths.space);
    expect(spaces[0]).toMatch(/_GROUP_SPARK_SQL\/analysts\/default$/);
    expect(spaces[1]).toMatch(/_GROUP_SPARK_SQL\/hue\/default$/);
  });

  it('is a superuser’s without a rule, told in the trail, and nobody else’s', async () => {
    const { gateway, as, audited } = await site({ 'torii.impersonation.superusers': 'bob' });
    await (await as('bob')).openSession(asAlice);
    await as('bob', { authorizationId: 'root' });
    const refused = (await as('alice')).openSession({
      configuration: { 'hive.server2.proxy.user': 'bob' },
    });
    await expect(refused).rejects.toThrow('proxy privilege of alice for bob');
    expect([...gateway.sessions].map(({ facts }) => [facts.user, facts.realUser])).toEqual([
      ['alice', 'bob'],
    ]);
    const acted = (await audited()).filter((line) => line['action'] === 'impersonation');
    expect(acted.map((line) => [line['outcome'], line['user'], line['realUser']])).toEqual([
      ['ok', 'alice', 'bob'],
      ['ok', 'root', 'bob'],
      ['refused', 'bob', 'alice'],
    ]);
  });

  it.each([
    'hive.server2.proxy.user',
    'kyuubi.session.proxy.user',
    'set:hiveconf:hive.server2.proxy.user',
    'set:kyuubi.session.proxy.user',
  ])('%s opens a session that runs as the other, and is kept by who opened it', async (key) => {
    const { as, gateway, engine } = await site();
    const hue = await as('hue');
    const session = await hue.openSession({ configuration: { [key]: 'alice' } });
    expect((await session.run('select 1')).rows).toEqual([[1]]);
    expect((await session.run('kyuubi describe session')).rows[0]?.slice(1)).toEqual([
      'alice',
      'INTERACTIVE',
      'hue',
    ]);
    const [launch] = gateway.launcher.submitted;
    expect(launch?.appUser).toBe('alice');
    expect(engine.requests('OpenSession')[0]?.configuration).toMatchObject({
      'kyuubi.session.real.user': 'hue',
    });
    const ofAlice = session.over(await as('alice'));
    await expect(ofAlice.run('select 1')).rejects.toThrow('Invalid SessionHandle');
  });

  it('works by the authorization id of PLAIN, for all sessions of the connection', async () => {
    const { as, gateway } = await site();
    const hue = await as('hue', { authorizationId: 'alice' });
    await hue.openSession();
    await hue.openSession(asAlice);
    expect([...gateway.sessions].map(({ facts }) => [facts.user, facts.realUser])).toEqual([
      ['alice', 'hue'],
      ['alice', 'hue'],
    ]);
    const asBob = { configuration: { 'hive.server2.proxy.user': 'bob' } };
    await expect(hue.openSession(asBob)).rejects.toThrow('This connection acts for alice alone');
  });

  it.each([
    ['hue', 'bob', 'hadoop.proxyuser.hue.users or hadoop.proxyuser.hue.groups'],
    ['bob', 'alice', 'hadoop.proxyuser.bob.users'],
  ])('of %s for %s is refused both ways, and the rule is named', async (user, wanted, hint) => {
    const { as, gateway } = await site();
    const configuration = { 'hive.server2.proxy.user': wanted };
    const refused = (await as(user)).openSession({ configuration });
    await expect(refused).rejects.toThrow(hint);
    await expect(refused).rejects.toMatchObject({ sqlState: '08S01' });
    await expect(as(user, { authorizationId: wanted })).rejects.toThrow(hint);
    expect(gateway.sessions.size).toBe(0);
  });

  it('needs the right place', async () => {
    const { as } = await site({ 'hadoop.proxyuser.hue.hosts': '10.0.0.0/8' });
    await expect((await as('hue')).openSession(asAlice)).rejects.toThrow(
      'needs hadoop.proxyuser.hue.hosts to list 127.0.0.1',
    );
  });

  it('needs the password of who acts, not of the other', async () => {
    const { as } = await site();
    const wrong = { authorizationId: 'alice', password: passwords.alice };
    await expect(as('hue', wrong)).rejects.toThrow('Error validating the login');
  });

  it('is counted for the other, and denied where either of the two is', async () => {
    const limited = await site({ 'kyuubi.server.limit.connections.per.user': '1' });
    const hue = await limited.as('hue');
    await hue.openSession(asAlice);
    await expect(hue.openSession(asAlice)).rejects.toThrow('per user reached (user: alice');
    await hue.openSession();
    for (const denied of ['hue', 'alice']) {
      const { as } = await site({ 'kyuubi.server.limit.connections.user.deny.list': denied });
      await expect((await as('hue')).openSession(asAlice)).rejects.toThrow(`(user: ${denied})`);
    }
  });

  it('does not make an administrator of who may act for one', async () => {
    const { as } = await site({
      'hadoop.proxyuser.hue.users': '*',
      'kyuubi.server.administrators': 'hue',
    });
    const configuration = {
      'hive.server2.proxy.user': 'bob',
      'kyuubi.engine.share.level': 'SERVER',
    };
    await expect((await as('hue')).openSession({ configuration })).rejects.toThrow(
      'bob may not use the share level SERVER',
    );
  });
});

describe('handles', () => {
  it('are good for their owner and for administrators', async () => {
    const { as } = await site();
    const session = await (await as('alice')).openSession();
    const operation = await session.execute('select 1');
    expect((await session.over(await as('alice')).run('select 1')).rows).toEqual([[1]]);
    expect((await session.over(await as('root')).run('select 1')).rows).toEqual([[1]]);
    expect((await operation.over(await as('root')).status()).operationState).toBe(2);
    const bob = await as('bob');
    await expect(session.over(bob).run('select 1')).rejects.toThrow('Invalid SessionHandle');
    await expect(operation.over(bob).status()).rejects.toThrow('Invalid OperationHandle');
    await expect(operation.over(bob).close()).rejects.toThrow('Invalid OperationHandle');
  });
});

describe('limits', () => {
  it('count live sessions: what failed or ended leaves nothing behind', async () => {
    const { as, gateway } = await site({
      'kyuubi.server.limit.connections.per.user.ipaddress': '2',
    });
    const alice = await as('alice');
    for (let round = 0; round < 3; round++) {
      const both = [await alice.openSession(), await alice.openSession()];
      await expect(alice.openSession()).rejects.toThrow('per user:ipaddress reached');
      for (const session of both) await session.close();
      const tooMuch = { configuration: { 'kyuubi.engine.share.level.subdomain': 'no/name' } };
      await expect(alice.openSession(tooMuch)).rejects.toBeInstanceOf(Hs2Error);
    }
    expect(gateway.sessions.size).toBe(0);
    await Promise.allSettled(Array.from({ length: 20 }, () => alice.openSession()));
    expect(gateway.sessions.size).toBe(2);
  });
});

describe('failed logins', () => {
  it('are refused after some, and the name is told nothing of the password', async () => {
    const { as } = await site({ 'torii.authentication.throttle.user.failures': '2' });
    for (let i = 0; i < 2; i++) {
      await expect(as('alice', { password: newSecret() })).rejects.toThrow('Check the user name');
    }
    await expect(as('alice')).rejects.toThrow('Too many failed logins');
    expect((await (await as('bob')).openSession()).protocol).toBe(9);
  });
});

describe('the audit trail', () => {
  it('tells of a session from its login to its end', async () => {
    const { as, audited } = await site({ 'torii.audit.statement.text': 'full' });
    const hue = await as('hue');
    const session = await hue.openSession(asAlice);
    await session.run('select 1');
    const failed = await session.execute(failing, { async: true });
    await expect(failed.finish()).rejects.toThrow('no tables-p4ss here');
    await session.close();
    const lines = await audited();
    const who = { user: 'alice', realUser: 'hue', address: '127.0.0.1' };
    const [, , opened, first] = lines;
    const inSession = { ...who, session: opened?.['session'] };
    expect(lines.map(({ action, outcome }) => `${String(action)} ${String(outcome)}`)).toEqual([
      'login ok',
      'impersonation ok',
      'session-open ok',
      'statement ok',
      'statement-end ok',
      'statement ok',
      'statement-end failed',
      'session-close ok',
    ]);
    expect(lines[0]).toMatchObject({ user: 'hue', realUser: 'hue', method: 'PLAIN' });
    for (const line of lines.slice(1)) expect(line).toMatchObject(inSession);
    for (const line of lines) expect(line['time']).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
    expect(first).toMatchObject({ statement: 'select 1', statementBytes: 8 });
    expect(lines[4]).toMatchObject({ operation: first?.['operation'] });
    expect(lines[6]).toMatchObject({ sqlState: '42P01', engine: expect.any(String) });
    expect(lines[7]).toMatchObject({ reason: 'the client closed the session' });
  });

  it('tells of what was refused, with code and SQLSTATE', async () => {
    const { as, audited } = await site({ 'kyuubi.server.limit.connections.user.deny.list': 'bob' });
    await as('alice', { password: newSecret() }).catch(() => {});
    await as('hue', { authorizationId: 'bob' }).catch(() => {});
    await (await as('bob')).openSession().catch(() => {});
    await (await as('hue')).openSession(asAlice).catch(() => {});
    const plain = await as('', { auth: 'nosasl' });
    await plain.openSession().catch(() => {});
    const session = await (await as('alice')).openSession();
    await session.over(await as('root')).close();
    await session.run('select 1').catch(() => {});
    const refused = (await audited()).filter((line) => line['outcome'] === 'refused');
    const shown = ({
      action,
      user,
      code,
      sqlState,
      method,
    }: Record<string, unknown>): unknown[] => [action, user, code, sqlState, method];
    expect(refused.map(shown)).toEqual([
      ['login', 'alice', 'AUTHENTICATION_FAILED', '28000', 'PLAIN'],
      ['impersonation', 'bob', 'PROXY_USER_DENIED', '08S01', undefined],
      ['login', 'hue', 'PROXY_USER_DENIED', '08S01', 'PLAIN'],
      ['session-open', 'bob', 'CONNECTION_DENIED', '28000', undefined],
      ['login', undefined, 'AUTHENTICATION_FAILED', '28000', 'NOSASL'],
      ['request', 'alice', 'SESSION_NOT_FOUND', '08003', 'ExecuteStatement'],
    ]);
  });

  it('loses nothing when the gateway stops with sessions open', async () => {
    const { as, audited } = await site();
    const alice = await as('alice');
    for (let i = 0; i < 20; i++) await alice.openSession();
    const lines = await audited();
    const closed = lines.filter((line) => line['action'] === 'session-close');
    expect(closed).toHaveLength(20);
    expect(closed[0]).toMatchObject({ reason: 'the gateway is stopping' });
  });

  it('and the log, and what clients are told, hold none of the secrets that were used', async () => {
    const { as, audited, gateway, logLines } = await site({
      'torii.audit.statement.text': 'full',
      'torii.authentication.throttle.user.failures': '3',
      'kyuubi.ha.zookeeper.auth.digest': zookeeper,
    });
    const told: string[] = [];
    const failed = (thrown: unknown): void => {
      told.push(String(thrown));
    };
    for (let i = 0; i < 5; i++) await as('alice', { password: `${newSecret()}${i}` }).catch(failed);
    await as('bob', { authorizationId: 'alice' }).catch(failed);
    await (
      await as('hue')
    )
      .openSession({ configuration: { 'hive.server2.proxy.user': 'bob' } })
      .catch(failed);
    const configuration = { 'spark.my.password': settingPassword, 'torii.x.token': droppedToken };
    const session = await (await as('hue')).openSession({ configuration });
    const launch = [...gateway.sessions].flatMap(({ launchLog }) => launchLog.read(0, 1000).lines);
    for (const statement of tellingStatements) await session.run(statement);
    await session.close();
    const audit = (await audited()).map((line) => JSON.stringify(line));
    expect(audit.filter((line) => line.includes('"statement"')).length).toBeGreaterThanOrEqual(4);
    expect(told.length).toBeGreaterThanOrEqual(7);
    expect(logLines.length).toBeGreaterThan(0);
    const outputs = [...audit, ...logLines, ...told, ...launch].join('\n');
    expect(new SecretSearch().inText('outputs', outputs)).toEqual([]);
    expect(outputs).not.toContain('p4ss');
  });
});
