import { afterEach, describe, expect, it } from 'vitest';
import { loginRefused } from '../../../src/auth/auth-provider.ts';
import type { AuthProvider } from '../../../src/auth/auth-provider.ts';
import { collectedLog } from '../../support/collected-log.ts';
import { FakeHs2Server } from '../../support/fake-hs2-server.ts';
import { basic, post } from '../../support/hs2-http-client.ts';
import type { HttpReply } from '../../support/hs2-http-client.ts';
import { decodeReply, encodeCall } from '../../support/hs2-wire.ts';
import { startInProcess } from '../../support/in-process-gateway.ts';
import type { InProcessGateway } from '../../support/in-process-gateway.ts';
import { FakeSecurityContexts, ticketsOf } from '../../support/kerberos/fake-security-contexts.ts';

const endings: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});

const service = 'HTTP/here@TORII.TEST';
const passwords: AuthProvider = {
  kind: 'LDAP',
  authenticate: (user, password) =>
    password === `${user}'s` && user !== ''
      ? Promise.resolve({ user, isAuthenticated: true })
      : Promise.reject(loginRefused()),
};

interface Tested {
  readonly gateway: InProcessGateway;
  readonly contexts: FakeSecurityContexts;
  /** The lines of the audit trail that tell of logins. */
  readonly logins: () => readonly Readonly<Record<string, unknown>>[];
}

async function start(
  conf: Readonly<Record<string, string>> = {},
  { takesTickets = true, takesPasswords = true } = {},
): Promise<Tested> {
  const engine = await FakeHs2Server.start();
  endings.push(() => engine.stop());
  const contexts = new FakeSecurityContexts(service);
  const { log, lines } = collectedLog();
  const gateway = await startInProcess({
    enginePort: engine.port,
    conf: { 'torii.audit.destination': 'log', ...conf },
    log,
    logins: {
      passwords: takesPasswords ? passwords : undefined,
      isRequired: true,
      tickets: takesTickets ? ticketsOf(contexts) : undefined,
    },
  });
  endings.push(() => gateway.stop());
  const logins = (): Record<string, unknown>[] =>
    lines
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter((line) => line['action'] === 'login');
  return { gateway, contexts, logins };
}

const negotiate = (token: string, scheme = 'Negotiate'): Record<string, string> => ({
  authorization: `${scheme} ${Buffer.from(token).toString('base64')}`,
});

function open(
  { gateway }: Tested,
  headers: Readonly<Record<string, string>>,
  path = '/cliservice',
): Promise<HttpReply> {
  const body = encodeCall('OpenSession', { client_protocol: 9 }, 1);
  return post({ port: gateway.port, path, headers, body });
}

/** As whom the only session was opened. */
function userIn({ gateway }: Tested): readonly [user: string, realUser: string] {
  const [session, ...more] = [...gateway.sessions];
  if (session === undefined || more.length > 0) throw new Error('not one session');
  return [session.facts.user, session.facts.realUser];
}

describe('Kerberos over HTTP', () => {
  it.each([
    ['a user', 'alice@TORII.TEST'],
    ['a user with an instance', 'alice/host@TORII.TEST'],
  ])('lets in %s', async (_, name) => {
    const tested = await start();
    const { status, headers, body } = await open(tested, negotiate(`${name} for ${service}`));
    expect(status).toBe(200);
    expect(decodeReply('OpenSession', body).status.statusCode).toBe(0);
    expect(headers['www-authenticate']).toBeUndefined(); // nobody asked for it
    expect(userIn(tested)).toEqual(['alice', 'alice']);
    expect(tested.logins()).toMatchObject([
      { outcome: 'ok', user: 'alice', realUser: 'alice', method: 'NEGOTIATE' },
    ]);
    expect(tested.contexts.open).toBe(0);
  });

  it('proves itself to a client that asks for it', async () => {
    const token = negotiate(`alice@TORII.TEST for ${service}, mutual`);
    const { status, headers } = await open(await start(), token);
    const reply = Buffer.from(`I am ${service}`).toString('base64');
    expect([status, headers['www-authenticate']]).toEqual([200, `Negotiate ${reply}`]);
  });

  it.each(['NEGOTIATE', 'negotiate', 'Negotiate :'])('takes the scheme as %j', async (scheme) => {
    const token = negotiate(`alice@TORII.TEST for ${service}`, scheme);
    expect((await open(await start(), token)).status).toBe(200);
  });

  it.each([
    ['a ticket for another service', 'alice@TORII.TEST for hive/here@TORII.TEST', ''],
    ['a user of another realm', `alice@ELSE.TEST for ${service}`, ''],
    ['a token that is none', 'garbage', ''],
    ['a login of several messages', 'hello', 'begins a login of several messages'],
  ])('refuses %s', async (_, token, text) => {
    const tested = await start();
    const { status, headers, body } = await open(tested, negotiate(token));
    expect(status).toBe(401);
    expect(headers['www-authenticate']).toBe('Negotiate, Basic realm="Torii"');
    expect(body.toString()).toMatch(/^Authentication Error: /);
    expect(body.toString()).toContain(text);
    expect(headers['set-cookie']).toBeUndefined();
    expect(tested.logins()).toMatchObject([{ outcome: 'refused', method: 'NEGOTIATE' }]);
    expect(tested.logins()[0]).not.toHaveProperty('user');
    expect([tested.gateway.sessions.size, tested.contexts.open]).toEqual([0, 0]);
  });

  it('takes a token once, and the cookie in its place from then on', async () => {
    const tested = await start();
    const token = negotiate(`alice@TORII.TEST for ${service}`);
    const { headers } = await open(tested, token);
    expect((await open(tested, token)).status).toBe(401);
    const [cookie = ''] = headers['set-cookie'] ?? [];
    expect((await open(tested, { cookie })).status).toBe(200);
    // One that the driver sends along is not looked at, as long as the cookie is good.
    expect((await open(tested, { cookie, ...token })).status).toBe(200);
    expect((await open(tested, { cookie: `${cookie.slice(0, 60)}x`, ...token })).status).toBe(401);
  });

  it('asks whoever brings nothing for a ticket or a password', async () => {
    const tested = await start();
    for (const headers of [{}, { authorization: 'Negotiate' }, { authorization: 'Digest x' }]) {
      const { status, headers: answered } = await open(tested, headers);
      expect([status, answered['www-authenticate']]).toEqual([
        401,
        'Negotiate, Basic realm="Torii"',
      ]);
    }
    expect((await open(tested, basic('bob', "bob's"))).status).toBe(200);
    expect((await open(tested, basic('bob', "alice's"))).status).toBe(401);
    expect(userIn(tested)).toEqual(['bob', 'bob']);
  });

  it('says what else is taken where no tickets are', async () => {
    const tested = await start({}, { takesTickets: false });
    const { status, headers, body } = await open(
      tested,
      negotiate(`alice@TORII.TEST for ${service}`),
    );
    expect([status, headers['www-authenticate']]).toEqual([401, 'Basic realm="Torii"']);
    expect(body.toString()).toContain('this endpoint takes Basic, Bearer');
  });

  it('asks for tickets alone where no passwords are taken', async () => {
    const tested = await start({}, { takesPasswords: false });
    for (const given of [{}, basic('bob', "bob's"), { authorization: 'Bearer x' }]) {
      const { status, headers } = await open(tested, given);
      expect([status, headers['www-authenticate']]).toEqual([401, 'Negotiate']);
    }
  });

  it('refuses HTTP where nobody can log in by it', async () => {
    const tested = await start({}, { takesPasswords: false, takesTickets: false });
    const token = negotiate(`alice@TORII.TEST for ${service}`);
    for (const given of [{}, basic('bob', "bob's"), token]) {
      const { status, body } = await open(tested, given);
      expect(status).toBe(403);
      expect(body.toString()).toContain('nobody logs in over HTTP here');
    }
  });

  it('does not open a port for HTTP alone where nobody can log in by it', async () => {
    await expect(
      start(
        { 'kyuubi.frontend.protocols': 'THRIFT_BINARY,THRIFT_HTTP' },
        { takesPasswords: false, takesTickets: false },
      ),
    ).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('kyuubi.spnego.principal is not set'),
    });
  });

  it('acts for others under the rules alone', async () => {
    const tested = await start({
      'hadoop.proxyuser.hue.users': 'bob',
      'hadoop.proxyuser.hue.hosts': '*',
    });
    const asks = (user: string, doAs: string): Promise<HttpReply> =>
      open(
        tested,
        negotiate(`${user}/${doAs}@TORII.TEST for ${service}`),
        `/cliservice?doAs=${doAs}`,
      );
    expect((await asks('hue', 'bob')).status).toBe(200);
    expect(userIn(tested)).toEqual(['bob', 'hue']);
    expect((await asks('hue', 'root')).status).toBe(403);
    expect((await asks('alice', 'bob')).status).toBe(403);
    expect(tested.logins()).toMatchObject([
      { outcome: 'ok', user: 'bob', realUser: 'hue' },
      { outcome: 'refused', realUser: 'hue' },
      { outcome: 'refused', realUser: 'alice' },
    ]);
  });

  it('takes no more bad tickets from an address than the limit says', async () => {
    const tested = await start({ 'torii.authentication.throttle.address.failures': '2' });
    const statuses: number[] = [];
    for (const token of ['a', 'b', `alice@TORII.TEST for ${service}`]) {
      statuses.push((await open(tested, negotiate(token))).status);
    }
    expect(statuses).toEqual([401, 401, 429]);
    expect(tested.contexts.open).toBe(0);
  });

  it('takes tokens as long as the largest tickets are', async () => {
    const tested = await start();
    const { status } = await open(tested, negotiate('x'.repeat(48_000)));
    expect(status).toBe(401); // read, and found to be none; a head that is too long gets 431
  });
});
