import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { KerberosTicket } from '../../../../src/launch/yarn/kerberos-ticket.ts';
import { manualClock } from '../../../support/manual-clock.ts';
import { makeTempDir, removeTempDir } from '../../../support/temp-dir.ts';

let dir: string;
const clock = manualClock();
const facts = { principal: 'torii@REALM', keytab: '/etc/torii.keytab', cluster: 'a/b' };

beforeEach(() => {
  dir = makeTempDir('kerberos-ticket');
});
afterEach(() => removeTempDir(dir));

/** The environment in which kinit is this script. */
function withKinit(script: string): Record<string, string> {
  const path = join(dir, 'kinit');
  writeFileSync(path, `#!/bin/bash\n${script}\n`);
  chmodSync(path, 0o755);
  return { PATH: `${dir}:${process.env['PATH']}` };
}

it('is taken once for many submissions, and anew after half an hour', async () => {
  const environment = withKinit(`echo "$@" >> ${dir}/calls`);
  const ticket = new KerberosTicket(facts, dir, clock);
  const cache = `FILE:${dir}/tickets/a%2Fb`;
  await Promise.all([ticket.cache(environment), ticket.cache(environment)]);
  expect(await ticket.cache(environment)).toBe(cache);
  const call = `-k -t /etc/torii.keytab -c ${cache} torii@REALM\n`;
  expect(readFileSync(join(dir, 'calls'), 'utf8')).toBe(call);
  clock.advance(31 * 60_000);
  await ticket.cache(environment);
  expect(readFileSync(join(dir, 'calls'), 'utf8')).toBe(call + call);
});

it("that can't be had refuses the submission in kinit's words, and is asked for again", async () => {
  const ticket = new KerberosTicket(facts, dir, clock);
  await expect(
    ticket.cache(withKinit('echo "kinit: no such principal" >&2; exit 1')),
  ).rejects.toMatchObject({
    trouble: 'refused',
    message: 'no Kerberos ticket for torii@REALM from /etc/torii.keytab: kinit: no such principal',
  });
  await expect(ticket.cache(withKinit('exit 0'))).resolves.toContain('FILE:');
});
