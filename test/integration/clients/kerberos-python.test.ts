import { afterAll, beforeAll, expect, it } from 'vitest';
import { runPython, type Seen } from '../../support/client-programs.ts';
import { stopAllProcesses } from '../../support/processes.ts';
import { type Kerberized, startKerberized } from './kerberized.ts';

const rows = [[199_990_000]];

let site: Kerberized;
let seen: Seen;

beforeAll(async () => {
  // pure-sasl takes the strongest layer that it is offered, and both clients use it the wrong way round
  site = await startKerberized('auth');
  const { kdc, gateway, authority, alice, aliceOnHost, mallory } = site;
  const places = { port: gateway.port, ca: authority.file, nobody: kdc.noTickets };
  seen = await runPython(
    'kerberos_client.py',
    [JSON.stringify({ ...places, alice, aliceOnHost, mallory })],
    { KRB5_CONFIG: kdc.krb5Conf, CLIENT_PASSWORD: site.password },
  );
});

afterAll(async () => {
  await site.stop();
  await stopAllProcesses();
});

/** What the steps of one client saw. */
const seenBy = (client: string): Seen =>
  Object.fromEntries(Object.entries(seen).filter(([step]) => step.startsWith(client)));

it('PyHive comes in by tickets and by passwords, and is refused without', () => {
  expect(seenBy('pyhive')).toEqual({
    pyhive: rows,
    pyhiveOverTls: rows,
    pyhiveWithInstance: 'alice',
    pyhiveOfOtherService: expect.stringMatching(/^refused: .*a service that the gateway is not/),
    pyhiveWithoutTicket: expect.stringMatching(/^refused: .*No Kerberos credentials available/),
    pyhiveNotServed: expect.stringMatching(/^refused: .*mallory/),
    pyhiveByPassword: rows,
    pyhiveByWrongPassword: expect.stringMatching(/^refused: .*user name or password is wrong/),
  });
});

it('impyla comes in by tickets, over a socket and over HTTP, and is refused without', () => {
  expect(seenBy('impyla')).toEqual({
    impyla: rows,
    impylaOverTls: rows,
    impylaOverHttp: rows,
    impylaOverHttps: 'alice',
    impylaOfOtherService: expect.stringMatching(/^refused: .*a service that the gateway is not/),
    impylaOfOtherServiceOverHttp: expect.stringMatching(/^refused: .*401/),
    impylaWithoutTicket: expect.stringMatching(/^refused: .*No Kerberos credentials available/),
    impylaNotServedOverHttp: expect.stringMatching(/^refused: .*mallory/),
  });
});
