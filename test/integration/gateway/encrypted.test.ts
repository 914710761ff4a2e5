import { readFileSync, writeFileSync } from 'node:fs';
import { connect as connectPlain, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import type { EngineNode } from '../../../src/discovery/discovery.ts';
import { ZooKeeperSession } from '../../../src/discovery/zookeeper/zookeeper-session.ts';
import { parseEngineNode } from '../../../src/discovery/engine-node.ts';
import { certificateMac } from '../../../src/engine/engine-certificate.ts';
import { engineKey } from '../../../src/engine/engine-token.ts';
import {
  NegotiationReader,
  negotiationMessage,
  plainResponse,
  saslStatus,
} from '../../../src/wire/sasl-negotiation.ts';
import { CertificateAuthority, toPem, toPkcs12 } from '../../support/certificates.ts';
import { startGateway } from '../../support/gateway.ts';
import type { RunningGateway } from '../../support/gateway.ts';
import { connectHs2 } from '../../support/hs2-client.ts';
import type { Hs2Session } from '../../support/hs2-client.ts';
import { sparkHome } from '../../support/spark-homes.ts';
import { makeTempDir, removeTempDir } from '../../support/temp-dir.ts';
import { silentLog } from '../../support/zookeeper-harness.ts';
import { ZooKeeperServer } from '../../support/zookeeper-server.ts';
import { never } from '../../unit/discovery/discovery-contract.ts';

const storePassword = 'Zk-store-pass-77';
const digest = 'torii:Zk-digest-pass-78';
const dir = makeTempDir('encrypted');
const authority = new CertificateAuthority(dir, 'servers');
const space = '/kyuubi_1_USER_SPARK_SQL/alice/default';

afterAll(() => removeTempDir(dir));

describe.each(['3.5', '4.1'] as const)('on Spark %s, with TLS to ZooKeeper and engines', (line) => {
  let zooKeeper: ZooKeeperServer;
  let control: ZooKeeperSession;
  let gateway: RunningGateway;
  let session: Hs2Session;
  let node: EngineNode;
  let key: string;

  beforeAll(async () => {
    zooKeeper = await ZooKeeperServer.start({
      keystore: toPem(authority.issue(), join(dir, 'server.pem')),
      truststore: authority.file,
      clientAuth: 'need',
    });
    const client = authority.issue('/CN=gateway');
    writeFileSync(join(dir, 'store-password'), `${storePassword}\n`, { mode: 0o600 });
    writeFileSync(join(dir, 'digest'), digest, { mode: 0o600 });
    gateway = await startGateway({
      home: sparkHome(line),
      conf: {
        'kyuubi.ha.addresses': `localhost:${zooKeeper.port}`,
        'kyuubi.ha.zookeeper.auth.type': 'DIGEST',
        'kyuubi.ha.zookeeper.auth.digest': `\${file:${join(dir, 'digest')}}`,
        'torii.ha.zookeeper.ssl.enabled': 'true',
        'torii.ha.zookeeper.ssl.truststore.path': authority.file,
        'torii.ha.zookeeper.ssl.keystore.path': toPkcs12(
          client,
          join(dir, 'own.p12'),
          storePassword,
        ),
        'torii.ha.zookeeper.ssl.keystore.password': `\${file:${join(dir, 'store-password')}}`,
        'torii.engine.tls': 'on',
        'kyuubi.session.engine.open.max.attempts': '0',
        'spark.ui.enabled': 'true',
        'spark.ui.port': '0',
      },
    });
    control = new ZooKeeperSession({
      addresses: `localhost:${zooKeeper.port}`,
      sessionTimeoutMs: 6_000,
      connectionTimeoutMs: 10_000,
      auth: { type: 'digest', digest },
      tls: {
        contextOptions: {
          ca: readFileSync(authority.file),
          cert: readFileSync(client.certificate),
          key: readFileSync(client.key),
        },
      },
      clock: systemClock,
      log: silentLog,
    });
    await control.start(never);
    session = await open();
    await session.run('select 1');
    const [name = ''] = await control.retry((zk) => zk.children(space));
    const found = parseEngineNode(name);
    if (found === undefined) throw new Error(`${name} is no engine's node`);
    node = found;
    const secret = readFileSync(join(gateway.dir, 'work', 'master.secret'), 'utf8').trim();
    key = engineKey(secret, node.refId ?? '');
  });
  afterAll(async () => {
    await session.close();
    await control.stop();
    for (const { pid, commandLine } of gateway.processes()) {
      if (commandLine.includes('EngineMain')) process.kill(pid, 'SIGTERM');
    }
    await gateway.stop();
    await zooKeeper.stop();
  });

  /** Of a new session. */
  async function answer(): Promise<string> {
    const other = await open();
    const text = await other.run('select 1').then(
      ({ rows }) => JSON.stringify(rows),
      (thrown: unknown) => String(thrown),
    );
    await other.close();
    return text;
  }

  async function open(): Promise<Hs2Session> {
    return (await connectHs2({ port: gateway.port, user: 'alice', password: 'x' })).openSession();
  }

  it('statements run and many rows come whole', async () => {
    const { rows } = await session.run(
      'select id, repeat(cast(id as string), 5) from range(50000)',
    );
    expect(rows).toHaveLength(50_000);
    expect(rows.at(-1)?.[1]).toBe('4999949999499994999949999');
  });

  it('the engine’s node names its certificate, signed with the engine’s key', () => {
    const fingerprint = node.attributes.get('certificate') ?? '';
    expect(fingerprint).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(node.attributes.get('certificate.mac')).toBe(certificateMac(key, node, fingerprint));
  });

  it('the engine lets nobody in without TLS', async () => {
    const answer = await conversation(connectPlain(node.port, node.host), login('any'));
    expect(answer[0]).not.toBe(saslStatus.complete);
    expect(answer.includes('token')).toBe(false);
  });

  it('the engine lets nobody in by TLS without its token', async () => {
    const socket = connectTls({ port: node.port, host: node.host, rejectUnauthorized: false });
    const reader = new NegotiationReader(64 * 1024);
    reader.push(await conversation(socket, login('0'.repeat(96))));
    const message = reader.next();
    expect(message?.status).toBe(saslStatus.bad);
    expect(message?.payload.toString()).toBe('Invalid engine access token');
  });

  it('nothing that an engine’s users see holds a secret', async () => {
    const page = await fetch(`http://${node.attributes.get('kyuubi.engine.url')}/environment/`);
    const environmentPage = await page.text();
    expect(environmentPage).toContain('spark.kyuubi.ha.addresses');
    const settings = JSON.stringify((await session.run('set -v')).rows);
    const all = JSON.stringify((await session.run('set')).rows);
    expect(all).toContain('spark.kyuubi.ha.addresses');
    const property = (name: string): string =>
      `java_method('java.lang.System', 'getProperty', '${name}')`;
    const secretNames = ['spark.torii.engine.key', 'spark.kyuubi.ha.zookeeper.auth.digest'];
    const [[mainClass, ...ofSecrets] = []] = (
      await session.run(`select ${['sun.java.command', ...secretNames].map(property).join(', ')}`)
    ).rows;
    expect(mainClass).toContain('EngineMain');
    expect(ofSecrets).toEqual(['null', 'null']);
    const engine = gateway
      .processes()
      .find(({ commandLine }) => commandLine.includes(`engine.ref.id=${node.refId}`));
    const environment = readFileSync(`/proc/${engine?.pid}/environ`, 'utf8');
    expect(environment).toContain('SPARK_HOME=');
    const processLines = gateway.processes().map(({ commandLine }) => commandLine);
    const names = await control.retry((zk) => zk.children(space));
    const seen = [environmentPage, settings, all, environment, ...processLines, ...names].join(
      '\n',
    );
    for (const secret of [key, storePassword, digest, digest.split(':')[1] ?? '']) {
      expect(seen.includes(secret)).toBe(false);
    }
    expect(gateway.process.stderr.includes(storePassword)).toBe(false);
    expect(gateway.process.stderr.includes(key)).toBe(false);
  });

  it('an engine that somebody else has put in its place gets nothing', async () => {
    const received: Buffer[] = [];
    const impostor = createServer((socket) => {
      socket.on('data', (chunk) => received.push(chunk)).on('error', () => {});
    });
    await new Promise<void>((resolve) => {
      impostor.listen(0, '127.0.0.1', resolve);
    });
    const { port } = impostor.address() as AddressInfo; // it listens on TCP
    const parts = node.name.replace(/;sequence=\d+$/, '').split(';');
    const moved = [`serverUri=127.0.0.1:${port}`, ...parts.slice(1)];
    const forgeries = [
      [moved, 'was not written by that engine'],
      [moved.filter((part) => !part.startsWith('certificate')), 'has no certificate'],
    ] as const;
    try {
      for (const [name, problem] of forgeries) {
        const path = await control.retry((zk) =>
          zk.create(
            `${space}/${name.join(';')};sequence=`,
            Buffer.from(`127.0.0.1:${port}`),
            'ephemeral-sequential',
          ),
        );
        // Its watch tells the gateway of the node, a moment later.
        await expect.poll(answer, { timeout: 30_000 }).toContain(problem);
        await control.retry((zk) => zk.remove(path, -1));
        await expect.poll(answer, { timeout: 30_000 }).toBe('[[1]]');
      }
      expect(received).toEqual([]);
    } finally {
      await new Promise((resolve) => {
        impostor.close(resolve);
      });
    }
  });

  it('a ZooKeeper that was gone for a while finds gateway and engine again', async () => {
    await zooKeeper.kill();
    zooKeeper.resume();
    await expect
      .poll(async () => (await control.retry((zk) => zk.children(space)).catch(() => [])).length, {
        timeout: 60_000,
      })
      .toBe(1);
    await expect.poll(answer, { timeout: 30_000 }).toBe('[[1]]');
  });
});

function login(password: string): Buffer {
  return Buffer.concat([
    negotiationMessage(saslStatus.start, 'PLAIN'),
    negotiationMessage(saslStatus.complete, plainResponse('alice', password)),
  ]);
}

/** All that comes back until the other end closes. */
function conversation(socket: Socket, bytes: Buffer): Promise<Buffer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    socket
      .on('data', (chunk: Buffer) => chunks.push(chunk))
      .on('error', () => {})
      .on('close', () => resolve(Buffer.concat(chunks)));
    socket.write(bytes);
  });
}
