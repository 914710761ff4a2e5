import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { saslStatus } from '../../../src/wire/sasl-negotiation.ts';
import { type Kdc, setClock, startKdc } from '../../support/kerberos/kdc.ts';
import { KerberosLab } from './kerberos-lab.ts';

let kdc: Kdc;
let lab: KerberosLab;

beforeAll(async () => {
  kdc = await startKdc();
  await kdc.addPrincipals('hive/localhost', 'HTTP/localhost', 'alice');
  process.env['KRB5_CONFIG'] = kdc.krb5Conf;
  lab = await KerberosLab.start(kdc);
});

afterAll(async () => {
  await lab.stop();
  delete process.env['KRB5_CONFIG'];
  await kdc.stop();
});

type Service = 'hive' | 'HTTP';

/** The first message of a login by these tickets, to be brought when the test wants it to be. */
function token(cache: string, service: Service): Buffer {
  const initiator = lab.initiator(cache, service);
  try {
    return initiator.step().token;
  } finally {
    initiator.dispose();
  }
}

/** What a door says of a token: `ok`, or why not. */
async function bring(bytes: Buffer, service: Service): Promise<string> {
  if (service === 'HTTP') {
    const outcome = await lab.byToken(bytes);
    return outcome === 'alice' ? 'ok' : outcome;
  }
  const client = lab.client(await kdc.kinit('alice'));
  try {
    const { status, text } = await client.bring(bytes);
    return status === saslStatus.ok ? 'ok' : text;
  } finally {
    client.end();
  }
}

/** Kerberos allows clocks to differ by so many seconds while the work runs. */
async function withSkew<T>(seconds: number, work: () => Promise<T>): Promise<T> {
  const file = join(kdc.dir, 'strict.conf');
  const text = readFileSync(kdc.krb5Conf, 'utf8');
  writeFileSync(file, text.replace('[libdefaults]', `[libdefaults]\n  clockskew = ${seconds}`));
  process.env['KRB5_CONFIG'] = file;
  try {
    return await work();
  } finally {
    process.env['KRB5_CONFIG'] = kdc.krb5Conf;
  }
}

const services = ['hive', 'HTTP'] as const;
const ticketFor = (service: Service): { readonly service: string } => ({
  service: `${service}/localhost`,
});

describe.each(services)('a ticket for %s', (service) => {
  it('that is good is taken, and a second time it is a replay', async () => {
    const bytes = token(await kdc.kinit('alice'), service);
    expect(await bring(bytes, service)).toBe('ok');
    expect(await bring(bytes, service)).toMatch(/this is a replay\nHint: Connect again/);
    expect(await bring(token(await kdc.kinit('alice'), service), service)).toBe('ok');
  });

  it('of a client whose clock is too far ahead is told so, and one a little ahead is taken', async () => {
    const cache = await kdc.kinit('alice', ticketFor(service));
    setClock(cache, 600);
    expect(await bring(token(cache, service), service)).toMatch(
      /clocks of the client and of the gateway differ .*\nHint: Set the clocks of both by NTP/,
    );
    setClock(cache, 120);
    expect(await bring(token(cache, service), service)).toBe('ok');
  });

  it('of a client whose clock is too far behind is told so', async () => {
    const cache = await kdc.kinit('alice', ticketFor(service));
    setClock(cache, -120);
    const [late, taken] = [token(cache, service), token(cache, service)];
    expect(await withSkew(60, () => bring(late, service))).toMatch(/clocks .* differ/);
    expect(await bring(taken, service)).toBe('ok');
  });

  it('of a KDC whose clock is ahead is told that clocks differ', async () => {
    const cache = await kdc.kinit('alice', { ...ticketFor(service), startsIn: '10min' });
    setClock(cache, 600);
    expect(await bring(token(cache, service), service)).toMatch(/clocks .* differ/);
  });

  it('that is for later, and was not validated, is told so', async () => {
    const cache = await kdc.kinit('alice', { ...ticketFor(service), startsIn: '2min' });
    expect(await bring(token(cache, service), service)).toMatch(
      /was made for a later time.*\nHint: Have it validated \(kinit -v\)/,
    );
  });
});

describe('a ticket that has expired', () => {
  it('is told so at both doors, and was good before', async () => {
    const caches = await Promise.all(
      services.map((service) => kdc.kinit('alice', { ...ticketFor(service), lifetime: '1s' })),
    );
    for (const cache of caches) setClock(cache, -60); // the client sends it nevertheless
    const tokens = services.map((service, at) => ({
      service,
      early: token(caches[at] ?? '', service),
      late: token(caches[at] ?? '', service),
    }));
    for (const { service, early } of tokens) expect(await bring(early, service)).toBe('ok');
    await sleep(3100); // the clock is Kerberos' own
    await withSkew(1, async () => {
      for (const { service, late } of tokens) {
        expect(await bring(late, service)).toMatch(
          /The Kerberos ticket has expired\nHint: Get a new one with kinit/,
        );
      }
    });
    for (const { service } of tokens) {
      expect(await bring(token(await kdc.kinit('alice'), service), service)).toBe('ok');
    }
  });
});

it('curl with a clock that is too far ahead gets 401 and the reason', async () => {
  const cache = await kdc.kinit('alice', ticketFor('HTTP'));
  expect(await lab.byCurl(cache)).toBe('alice');
  setClock(cache, 600);
  expect(await lab.byCurl(cache)).toMatch(/^401 Authentication Error: .*clocks/);
});

it('the audit trail has a refusal with its code for each', () => {
  const refused = lab.logins.filter(({ outcome }) => outcome === 'refused');
  for (const method of ['GSSAPI', 'NEGOTIATE']) {
    const codes = refused.filter((line) => line['method'] === method).map(({ code }) => code);
    expect(codes.length).toBeGreaterThanOrEqual(6);
    expect(new Set(codes)).toEqual(new Set(['AUTHENTICATION_FAILED']));
  }
});
