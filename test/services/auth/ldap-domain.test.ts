import { createServer, type Server } from 'node:net';
import { BerReader } from 'ldapts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { outcomeOf, startLdap } from './ldap-under-test.ts';
import { listen } from './relay.ts';
import { newUser } from '../../support/slapd.ts';

// OpenLDAP binds DNs alone; this stands for the one thing that Active Directory does otherwise.
const alice = newUser('alice');
const bound: string[] = [];
const bindRequest = 0x60;
const [accepted, refused] = [0, 49];

let server: Server;
let url: string;
beforeAll(async () => {
  server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', (message) => {
      const reader = new BerReader(message);
      reader.readSequence();
      const id = reader.readInt() ?? 0;
      if (reader.readSequence() !== bindRequest) {
        socket.write(Buffer.from([0x30, 12, 2, 1, id, 0x65, 7, 0x0a, 1, accepted, 4, 0, 4, 0]));
        return;
      }
      reader.readInt();
      const name = reader.readString() ?? '';
      bound.push(name);
      const isRight = name === 'alice@example.org' && message.includes(alice.password);
      const code = isRight ? accepted : refused;
      socket.write(Buffer.from([0x30, 12, 2, 1, id, 0x61, 7, 0x0a, 1, code, 4, 0, 4, 0]));
    });
  });
  url = `ldap://127.0.0.1:${await listen(server, '127.0.0.1', 0)}`;
});
afterAll(() => {
  server.close();
});

test('with a domain, users are bound as user@domain, and come in by their short name', async () => {
  const { provider } = startLdap({ url, domain: 'example.org' });
  expect(await outcomeOf(provider, 'alice', alice.password)).toBe('alice');
  expect(await outcomeOf(provider, 'alice@EXAMPLE.org', alice.password)).toBe('alice');
  expect(await outcomeOf(provider, 'alice', 'wrong')).toBe('AUTHENTICATION_FAILED');
  expect(await outcomeOf(provider, 'bob', alice.password)).toBe('AUTHENTICATION_FAILED');
  expect(bound.splice(0)).toEqual([
    ...['alice@example.org', 'alice@example.org', 'alice@example.org'],
    'bob@example.org',
  ]);
  for (const name of ['alice@elsewhere.org', 'uid=alice,dc=example', 'alice/x']) {
    expect(await outcomeOf(provider, name, alice.password)).toBe('AUTHENTICATION_FAILED');
  }
  expect(bound).toEqual([]);
  await provider.stop();
});

test('without one, an address is bound as it is, and nobody comes in by what stands before its @', async () => {
  const pattern = { userDnPattern: 'uid=%s,dc=example', baseDn: 'dc=example' };
  const { provider } = startLdap({ url, ...pattern });
  expect(await outcomeOf(provider, 'alice@example.org', alice.password)).toBe(
    'AUTHENTICATION_FAILED', // the password was right, and no entry says whose it is
  );
  expect(bound).toEqual(['alice@example.org']);
  await provider.stop();
});
