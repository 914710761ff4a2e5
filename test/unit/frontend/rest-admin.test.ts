import { afterEach, describe, expect, it } from 'vitest';
import { GatewayError } from '../../../src/core/errors.ts';
import { loadConfig } from '../../../src/config/load.ts';
import type { LoadedConfig } from '../../../src/config/gateway-config.ts';
import { collectedLog } from '../../support/collected-log.ts';
import { FakeHs2Server } from '../../support/fake-hs2-server.ts';
import { connectHs2 } from '../../support/hs2-client.ts';
import type { Hs2Client, Hs2Session } from '../../support/hs2-client.ts';
import { basic, callOverHttp, post } from '../../support/hs2-http-client.ts';
import { startInProcess } from '../../support/in-process-gateway.ts';
import type { InProcessGateway, InProcessOptions } from '../../support/in-process-gateway.ts';
import { passwordUsers } from '../../support/password-users.ts';
import { newSecret } from '../../support/secrets.ts';

const passwords = { alice: newSecret(), bob: newSecret(), root: newSecret() };
type User = keyof typeof passwords;

const endings: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});

interface Answer {
  readonly status: number;
  readonly type: string | undefined;
  readonly text: string;
  /** Its JSON. */
  readonly body: unknown;
}

interface Site {
  readonly gateway: InProcessGateway;
  readonly engine: FakeHs2Server;
  readonly ask: (
    user: User | undefined,
    call: string,
    headers?: Readonly<Record<string, string>>,
    port?: number,
  ) => Promise<Answer>;
  readonly client: (user: User) => Promise<Hs2Client>;
  readonly session: (user: User) => Promise<Hs2Session>;
  readonly audited: () => Record<string, unknown>[];
}

const one = { columns: [['x', 3]], numbers: 1 } as const;
const slow = "select 1 -- password='unmentionable'";

async function site(
  conf: Readonly<Record<string, string>> = {},
  more: Partial<InProcessOptions> = { logins: passwordUsers(passwords) },
): Promise<Site> {
  const engine = await FakeHs2Server.start({ statements: { [slow]: one } });
  endings.push(() => engine.stop());
  const { log, lines } = collectedLog();
  const gateway = await startInProcess({
    enginePort: engine.port,
    log,
    conf: {
      'kyuubi.frontend.protocols': 'THRIFT_BINARY,REST',
      'kyuubi.frontend.rest.bind.port': '0',
      'kyuubi.server.administrators': 'root',
      'torii.audit.destination': 'log',
      ...conf,
    },
    ...more,
  });
  endings.push(() => gateway.stop());
  const client = async (user: User): Promise<Hs2Client> => {
    const made = await connectHs2({ port: gateway.port, user, password: passwords[user] });
    endings.push(() => made.end());
    return made;
  };
  return {
    gateway,
    engine,
    client,
    session: async (user) => (await client(user)).openSession(),
    ask: async (user, call, headers = {}, port = gateway.frontend.restAddress?.port ?? 0) => {
      const [method = '', path = ''] = call.split(' ');
      const login = user === undefined ? {} : basic(user, passwords[user]);
      const answer = await post({ port, method, path, headers: { ...login, ...headers } });
      const text = answer.body.toString();
      const type = answer.headers['content-type'];
      const body: unknown = type?.startsWith('application/json') ? JSON.parse(text) : undefined;
      return { status: answer.status, type, text, body };
    },
    audited: () =>
      lines
        .map((line) => JSON.parse(line) as Record<string, unknown>) // the log writes JSON
        .filter((line) => line['action'] === 'admin'),
  };
}

const refusal = (text: RegExp): unknown => ({ message: expect.stringMatching(text) });

describe('the HTTP API', () => {
  it('answers on its own port and on the one for all, and Thrift is not on its own', async () => {
    const { ask, gateway } = await site();
    for (const port of [gateway.port, gateway.frontend.restAddress?.port ?? 0]) {
      expect(await ask('bob', 'GET /api/v1/ping', {}, port)).toMatchObject({
        status: 200,
        text: 'pong',
      });
    }
    expect((await ask('bob', 'GET /api/v1/version')).body).toEqual({ version: '0' });
    expect((await ask('bob', 'POST /cliservice')).status).toBe(404);
    expect(await ask('bob', 'GET /api/v1/nothing?password=x')).toMatchObject({
      status: 404,
      body: { message: 'there is no GET /api/v1/nothing' },
    });
  });

  it('is not there where it is not asked for', async () => {
    const { ask, gateway } = await site({ 'kyuubi.frontend.protocols': 'THRIFT_BINARY' });
    expect(gateway.frontend.restAddress).toBeUndefined();
    expect((await ask('root', 'GET /api/v1/ping', {}, gateway.port)).status).toBe(404);
  });

  it('lets nobody in without a login, or with a wrong one', async () => {
    const { ask } = await site();
    const nobody = await ask(undefined, 'GET /api/v1/ping');
    expect([nobody.status, nobody.body]).toEqual([401, refusal(/no login came/)]);
    const wrong = await ask(undefined, 'GET /api/v1/ping', basic('root', newSecret()));
    expect(wrong.status).toBe(401);
  });

  it('takes no cookie for a login, and no call that a page of another site makes', async () => {
    const { ask, gateway } = await site();
    const login = basic('root', passwords.root);
    const thrift = await post({ port: gateway.port, headers: login, body: Buffer.from('x') });
    const cookie = String(thrift.headers['set-cookie']).split(';')[0] ?? '';
    expect(cookie).toMatch(/=/);
    expect((await ask(undefined, 'GET /api/v1/ping', { cookie })).status).toBe(401);
    const call = 'POST /api/v1/admin/refresh/deny_users';
    const foreign = await ask('root', call, { origin: 'https://evil.test' });
    expect([foreign.status, foreign.body]).toEqual([403, refusal(/another site/)]);
    expect((await ask('root', call, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    const own = `http://127.0.0.1:${gateway.frontend.restAddress?.port}`;
    expect((await ask('root', call, { origin: own })).status).toBe(200);
  });

  it.each([
    'GET /api/v1/admin/sessions',
    'DELETE /api/v1/admin/sessions/00000000-0000-0000-0000-000000000000',
    'GET /api/v1/admin/operations',
    'DELETE /api/v1/admin/operations/00000000-0000-0000-0000-000000000000',
    'GET /api/v1/admin/server',
    'GET /api/v1/admin/engine?all=true',
    'GET /api/v1/admin/engine?sharelevel=SERVER',
    'DELETE /api/v1/admin/engine?sharelevel=GROUP',
    'POST /api/v1/admin/refresh/user_defaults_conf',
    'POST /api/v1/admin/refresh/deny_ips',
  ])('%s is for administrators, who act for nobody else', async (call) => {
    const { ask, audited } = await site({
      'hadoop.proxyuser.root.users': '*',
      'hadoop.proxyuser.root.hosts': '*',
    });
    const refused = await ask('bob', call);
    expect(refused.status).toBe(403);
    expect(refused.body).toMatchObject({ code: 'ADMINISTRATOR_REQUIRED', sqlState: '42501' });
    const acting = `${call}${call.includes('?') ? '&' : '?'}doAs=bob`;
    expect((await ask('root', acting)).status).toBe(403);
    const [method = '', path = ''] = call.split(/[ ?]/);
    const told = { outcome: 'refused', code: 'ADMINISTRATOR_REQUIRED', address: '127.0.0.1' };
    const route = `${method} ${path.replace(/0{8}-.*/, '{handle}')}`;
    expect(audited()).toEqual([
      expect.objectContaining({ ...told, user: 'bob', realUser: 'bob', method: route }),
      expect.objectContaining({ ...told, user: 'bob', realUser: 'root', method: route }),
    ]);
  });

  it('has no administrators where nobody has to log in', async () => {
    const { ask } = await site({}, {});
    expect((await ask(undefined, 'GET /api/v1/ping')).status).toBe(200);
    const answer = await ask(undefined, 'GET /api/v1/admin/sessions', basic('root', 'anything'));
    expect([answer.status, answer.body]).toEqual([
      403,
      {
        ...(refusal(/without a login nobody/) as object),
        code: 'ADMINISTRATOR_REQUIRED',
        sqlState: '42501',
      },
    ]);
  });
});

describe('sessions and operations', () => {
  it('are listed, of all users or of some', async () => {
    const { ask, session, gateway } = await site();
    await (await session('alice')).run(slow);
    await session('bob');
    const { body } = await ask('root', 'GET /api/v1/admin/sessions?users=alice,carol');
    const [ofAlice] = [...gateway.sessions];
    expect(body).toEqual([
      expect.objectContaining({
        identifier: ofAlice?.uuid,
        user: 'alice',
        realUser: 'alice',
        ipAddr: '127.0.0.1',
        sessionType: 'INTERACTIVE',
        exception: '',
        totalOperations: 1,
        engineId: expect.stringMatching(/./),
      }),
    ]);
    for (const query of ['', '?users=&sessionType=']) {
      expect((await ask('root', `GET /api/v1/admin/sessions${query}`)).body).toHaveLength(2);
    }
    expect((await ask('root', 'GET /api/v1/admin/sessions?sessionType=BATCH')).body).toEqual([]);
    const wrong = await ask('root', 'GET /api/v1/admin/sessions?sessionType=NONE');
    expect([wrong.status, wrong.body]).toMatchObject([400, { code: 'INVALID_ARGUMENT' }]);
  });

  it('are closed, and their clients are told', async () => {
    const { ask, session, gateway, audited } = await site();
    const mine = await session('alice');
    await mine.run(slow);
    const [{ uuid } = { uuid: '' }] = [...gateway.sessions];
    const closed = await ask('root', `DELETE /api/v1/admin/sessions/${uuid}`);
    expect([closed.status, closed.text]).toEqual([200, `Session ${uuid} is closed successfully.`]);
    expect(gateway.sessions.size).toBe(0);
    await expect(mine.run(slow)).rejects.toThrow(/Invalid SessionHandle/);
    const again = await ask('root', `DELETE /api/v1/admin/sessions/${uuid}`);
    expect([again.status, again.body]).toMatchObject([404, { code: 'SESSION_NOT_FOUND' }]);
    expect(audited()).toEqual([
      expect.objectContaining({ outcome: 'ok', user: 'root', session: uuid }),
      expect.objectContaining({ outcome: 'refused', code: 'SESSION_NOT_FOUND', session: uuid }),
    ]);
  });

  it('show statements without their secrets, and a closed one is closed on its engine', async () => {
    const { ask, session, gateway, engine } = await site();
    const mine = await session('alice');
    const operation = await mine.execute(slow);
    const { body } = await ask('root', 'GET /api/v1/admin/operations');
    const [{ uuid } = { uuid: '' }] = [...gateway.sessions];
    expect(body).toEqual([
      expect.objectContaining({ statement: 'LaunchEngine', state: 'FINISHED' }),
      expect.objectContaining({
        statement: expect.stringMatching(/^select 1 -- password=/),
        state: 'FINISHED',
        sessionId: uuid,
        sessionUser: 'alice',
      }),
    ]);
    expect(JSON.stringify(body)).not.toContain('unmentionable');
    const [launch, statement] = (body as { identifier: string }[]).map((each) => each.identifier);
    const one = `GET /api/v1/admin/operations?sessionHandle=${uuid}&users=bob`;
    expect((await ask('root', one)).body).toEqual([]);
    expect((await ask('root', `DELETE /api/v1/admin/operations/${launch}`)).status).toBe(400);
    expect((await ask('root', `DELETE /api/v1/admin/operations/${statement}`)).status).toBe(200);
    expect(engine.requests('CloseOperation')).toHaveLength(1);
    await expect(operation.fetchAll(1)).rejects.toThrow(/Invalid OperationHandle/);
    expect((await ask('root', `DELETE /api/v1/admin/operations/${statement}`)).status).toBe(404);
  });
});

describe('engines', () => {
  it('are their users’ to see and to retire, and anybody’s for administrators', async () => {
    const { ask, session, gateway } = await site();
    for (const user of ['alice', 'bob'] as const) await (await session(user)).run(slow);
    const own = (await ask('bob', 'GET /api/v1/admin/engine')).body;
    const engine = (user: string): unknown =>
      expect.objectContaining({
        user,
        engineType: 'SPARK_SQL',
        sharelevel: 'USER',
        subdomain: 'default',
        namespace: expect.stringMatching(new RegExp(`_USER_SPARK_SQL/${user}/default$`)),
        attributes: expect.objectContaining({ refId: expect.stringMatching(/./) }),
      });
    expect(own).toEqual([engine('bob')]);
    const alices = 'GET /api/v1/admin/engine?proxyUser=alice&subdomain=default';
    const denied = await ask('bob', alices);
    expect([denied.status, denied.body]).toMatchObject([403, { code: 'PROXY_USER_DENIED' }]);
    expect((await ask('root', alices)).body).toEqual([engine('alice')]);
    const empty = 'type=&sharelevel=&subdomain=&hive.server2.proxy.user=alice&proxyUser=&all=';
    expect((await ask('root', `GET /api/v1/admin/engine?${empty}`)).body).toEqual([
      engine('alice'),
    ]);
    const all = (await ask('root', 'GET /api/v1/admin/engine?all=true')).body;
    expect(all).toHaveLength(2);
    const retired = await ask('bob', 'DELETE /api/v1/admin/engine');
    expect([retired.status, retired.text]).toMatchObject([
      200,
      expect.stringMatching(/^Engine 127.0.0.1:\d+ in .* is retired: it takes no new sessions/),
    ]);
    expect((await ask('root', 'GET /api/v1/admin/engine?all=true')).body).toEqual([
      engine('alice'),
    ]);
    expect(gateway.launcher.killed).toEqual([]);
    expect((await ask('bob', 'DELETE /api/v1/admin/engine')).status).toBe(404);
  });

  it('are killed where that is asked for, and the trail names them', async () => {
    const { ask, session, gateway, audited } = await site();
    await (await session('alice')).run(slow);
    const [launch] = gateway.launcher.submitted;
    const call = 'DELETE /api/v1/admin/engine?hive.server2.proxy.user=alice&kill=true';
    expect((await ask('root', call)).text).toMatch(/ is retired and has ended\.$/);
    expect(gateway.launcher.killed).toEqual([launch?.tag]);
    expect(audited()).toEqual([expect.objectContaining({ outcome: 'ok', engine: launch?.tag })]);
  });

  it('are not said to be killed where nothing of them is found, or another host has them', async () => {
    const { ask, session, gateway } = await site();
    await (await session('alice')).run(slow);
    await (await session('bob')).run(slow);
    const [first] = gateway.launcher.submitted;
    gateway.launcher.endJob(first?.tag ?? '', 'it has left');
    const kill = async (user: User): Promise<string> =>
      (await ask('root', `DELETE /api/v1/admin/engine?proxyUser=${user}&kill=true`)).text;
    expect(await kill('alice')).toMatch(/was not killed: nothing of it runs on this host\.$/);
    for (const [path, { intent, version }] of gateway.store.intents) {
      gateway.store.intents.set(path, { intent: { ...intent, host: 'elsewhere' }, version });
    }
    expect(await kill('bob')).toMatch(/was not killed: it runs on elsewhere, whose gateway/);
    expect(gateway.launcher.killed).toEqual([]);
  });

  it.each([
    ['type=TRINO', /engines of type TRINO are not run here/],
    ['sharelevel=GALAXY', /GALAXY is no share level/],
    ['all=maybe', /^all: /],
  ])('refuse %s', async (query, words) => {
    const { ask } = await site();
    const answer = await ask('root', `GET /api/v1/admin/engine?${query}`);
    expect([answer.status, answer.body]).toMatchObject([400, refusal(words) as object]);
  });
});

describe('a reload', () => {
  const load = (conf: Readonly<Record<string, string>>): LoadedConfig =>
    loadConfig({
      environment: {},
      currentDir: '/nonexistent',
      confArguments: Object.entries(conf).map(([key, value]) => `${key}=${value}`),
    });

  it('changes whom the gateway denies for sessions to come, and nothing else', async () => {
    const conf: Record<string, string> = {};
    const { ask, session } = await site(
      {},
      {
        logins: passwordUsers(passwords),
        reload: () => load(conf),
      },
    );
    const before = await session('alice');
    conf['kyuubi.server.limit.connections.user.deny.list'] = 'alice';
    conf['kyuubi.server.limit.connections.ip.deny.list'] = '127.0.0.1';
    expect((await ask('root', 'POST /api/v1/admin/refresh/deny_users')).text).toBe(
      'Refresh the deny users successfully.',
    );
    await expect(session('alice')).rejects.toThrow(/deny user list/);
    await session('bob'); // the addresses were not asked for
    await before.run(slow);
    await ask('root', 'POST /api/v1/admin/refresh/deny_ips');
    await expect(session('bob')).rejects.toThrow(/deny ip list/);
  });

  it('takes settings of single users over', async () => {
    const conf: Record<string, string> = {};
    const { ask, session, gateway } = await site(
      {},
      {
        logins: passwordUsers(passwords),
        reload: () => load(conf),
      },
    );
    conf['___bob___.kyuubi.engine.share.level.subdomain'] = 'apart';
    await ask('root', 'POST /api/v1/admin/refresh/user_defaults_conf');
    await session('bob');
    expect([...gateway.sessions][0]?.facts.ref.subdomain).toBe('apart');
  });

  it('of a broken file says what is wrong with it and changes nothing', async () => {
    const { ask, session } = await site(
      {},
      {
        logins: passwordUsers(passwords),
        reload: () => {
          throw new GatewayError('CONFIG_INVALID', 'torii.wrong is not known');
        },
      },
    );
    const answer = await ask('root', 'POST /api/v1/admin/refresh/deny_users');
    expect([answer.status, answer.body]).toMatchObject([400, refusal(/torii.wrong/) as object]);
    await session('alice');
  });
});

it('a gateway lists itself and the others of its namespace', async () => {
  const { ask, gateway } = await site();
  gateway.store.addNode('/kyuubi', 'serverUri=gw-2:10009;version=9;sequence=', 'gw-2:10009');
  expect((await ask('root', 'GET /api/v1/admin/server')).body).toEqual([
    expect.objectContaining({
      instance: 'gw-2:10009',
      host: 'gw-2',
      port: 10009,
      namespace: 'kyuubi',
      status: 'Running',
      attributes: expect.objectContaining({ version: '9' }),
    }),
  ]);
});

it('what Thrift over HTTP does is as it was beside the API', async () => {
  const { gateway } = await site();
  const reply = await callOverHttp(
    { port: gateway.port, headers: basic('alice', passwords.alice) },
    'OpenSession',
    { client_protocol: 9 },
  );
  expect(reply.status.statusCode).toBe(0);
});
