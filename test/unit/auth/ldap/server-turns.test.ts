import { beforeEach, describe, expect, test } from 'vitest';
import { LdapTrouble, type TroubleKind } from '../../../../src/auth/ldap/ldap-trouble.ts';
import { ServerTurns } from '../../../../src/auth/ldap/server-turns.ts';
import { createLog } from '../../../../src/telemetry/log.ts';
import { manualClock, type ManualClock } from '../../../support/manual-clock.ts';

interface FakeServer {
  readonly name: string;
  trouble: TroubleKind | undefined;
}

let clock: ManualClock;
let asked: string[];
let lines: string[];
let servers: [FakeServer, FakeServer];
let turns: ServerTurns<FakeServer>;
beforeEach(() => {
  clock = manualClock();
  asked = [];
  lines = [];
  servers = [
    { name: 'one', trouble: undefined },
    { name: 'two', trouble: undefined },
  ];
  const write = (line: string): number => lines.push(line);
  const log = createLog({ level: 'debug', format: 'json', destination: { write } });
  turns = new ServerTurns(servers, 100, clock, log);
});

const ask = (): Promise<string> =>
  turns.ask(({ name, trouble }) => {
    asked.push(name);
    return trouble === undefined
      ? Promise.resolve(name)
      : Promise.reject(new LdapTrouble(trouble, `${name} is ${trouble}`));
  });

describe('of several servers', () => {
  test('the first that works is asked, and a failed one last until its pause is over', async () => {
    servers[0].trouble = 'unreachable';
    expect([await ask(), await ask()]).toEqual(['two', 'two']);
    expect(asked).toEqual(['one', 'two', 'two']);
    servers[0].trouble = undefined;
    clock.advance(99);
    expect(await ask()).toBe('two');
    clock.advance(1);
    expect(await ask()).toBe('one');
  });

  test('one that failed is asked all the same when the others fail', async () => {
    servers[0].trouble = 'unreachable';
    await ask();
    servers[0].trouble = undefined;
    servers[1].trouble = 'unreachable';
    expect(await ask()).toBe('one');
  });

  test('one that gave no answer is not asked before its pause is over, even if it is the last', async () => {
    for (const server of servers) server.trouble = 'slow';
    await expect(ask()).rejects.toMatchObject({
      code: 'AUTHENTICATION_UNAVAILABLE',
      message: 'the LDAP directory cannot be asked: two is slow',
    });
    await expect(ask()).rejects.toMatchObject({
      message: expect.stringContaining('slow') as string,
    });
    expect(asked).toEqual(['one', 'two']);
    servers[0].trouble = undefined;
    clock.advance(100);
    expect(await ask()).toBe('one');
  });

  test('a failure is logged once, and its end', async () => {
    servers[0].trouble = 'failed';
    for (let round = 0; round < 3; round += 1) {
      await ask();
      clock.advance(100);
    }
    servers[0].trouble = undefined;
    await ask();
    await ask();
    const events = lines.map((line) => JSON.parse(line) as { event: string; server: string });
    expect(events.map(({ event, server }) => [event, server])).toEqual([
      ['LDAP server is of no use', 'one'],
      ['LDAP server works again', 'one'],
    ]);
  });

  test('no other is asked when the work fails for a reason of its own', async () => {
    const own = new Error('its own');
    let rounds = 0;
    const work = (): Promise<never> => {
      rounds += 1;
      return Promise.reject(own);
    };
    await expect(turns.ask(work)).rejects.toBe(own);
    expect(rounds).toBe(1);
  });
});
