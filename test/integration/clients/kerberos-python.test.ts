import { afterAll, beforeAll, expect, it } from 'vitest';
import { runPython } from '../../support/client-programs.ts';
import { stopAllProcesses } from '../../support/processes.ts';
import { type Kerberized, startKerberized } from './kerberized.ts';

let site: Kerberized;

beforeAll(async () => {
  site = await startKerberized('auth'); // pure-sasl takes the strongest layer it is offered, and both clients use it the wrong way round
});

afterAll(async () => {
  await site.stop();
  await stopAllProcesses();
});

it('PyHive and impyla come in by tickets and by passwords, and are refused without', async () => {
  const { kdc, gateway, authority, alice, aliceOnHost, mallory } = site;
  const seen = await runPython(
    'kerberos_client.py',
    [
      JSON.stringify({
        port: gateway.port,
        ca: authority.file,
        ...{ alice, aliceOnHost, mallory },
        nobody: kdc.noTickets,
      }),
    ],
    { KRB5_CONFIG: kdc.krb5Conf, CLIENT_PASSWORD: site.password },
  );
  const rows = [[199_990_000]];
  expect(seen).toEqual({
    pyhive: rows,
    pyhiveOverTls: rows,
    pyhiveWithInstance: 'alice',
    pyhiveOfOtherService: expect.stringMatching(/^refused: /),
    pyhiveWithoutTicket: expect.stringMatching(/^refused: .*No Kerberos credentials available/),
    pyhiveNotServed: expect.stringMatching(/^refused: .*mallory/),
    pyhiveByPassword: rows,
    pyhiveByWrongPassword: expect.stringMatching(/^refused: .*user name or password is wrong/),
    impyla: rows,
    impylaOverTls: rows,
    impylaOverHttp: rows,
    impylaOverHttps: 'alice',
    impylaOfOtherService: expect.stringMatching(/^refused: /),
    impylaOfOtherServiceOverHttp: expect.stringMatching(/^refused: .*401/),
    impylaWithoutTicket: expect.stringMatching(/^refused: .*No Kerberos credentials available/),
    impylaNotServedOverHttp: expect.stringMatching(/^refused: .*mallory/),
  });
});
