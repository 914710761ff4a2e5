import { collectedLog } from '../../support/collected-log.ts';
import { FakeHs2Server } from '../../support/fake-hs2-server.ts';
import { post } from '../../support/hs2-http-client.ts';
import { encodeCall } from '../../support/hs2-wire.ts';
import { startInProcess } from '../../support/in-process-gateway.ts';
import type { InProcessGateway } from '../../support/in-process-gateway.ts';
import { curl, negotiate } from '../../support/kerberos/curl.ts';
import { GssapiClient } from '../../support/kerberos/gssapi-client.ts';
import type { Layer } from '../../support/kerberos/gssapi-client.ts';
import { Initiator } from '../../support/kerberos/initiator.ts';
import type { Kdc } from '../../support/kerberos/kdc.ts';
import { openedSession } from '../../support/opened-session.ts';
import { saslStatus } from '../../../src/wire/sasl-negotiation.ts';

const openCall = encodeCall('OpenSession', { client_protocol: 9 }, 1);

/** A gateway that is both services of Kerberos in a realm, with clients that come with the tickets of a cache. */
export class KerberosLab {
  readonly kdc: Kdc;
  readonly gateway: InProcessGateway;
  readonly #engine: FakeHs2Server;
  readonly #lines: readonly string[];

  private constructor(
    kdc: Kdc,
    gateway: InProcessGateway,
    engine: FakeHs2Server,
    lines: readonly string[],
  ) {
    this.kdc = kdc;
    this.gateway = gateway;
    this.#engine = engine;
    this.#lines = lines;
  }

  /** The services have to be in the realm. */
  static async start(kdc: Kdc, conf: Readonly<Record<string, string>> = {}): Promise<KerberosLab> {
    const engine = await FakeHs2Server.start();
    const { log, lines } = collectedLog();
    const gateway = await startInProcess({
      enginePort: engine.port,
      log,
      conf: {
        'kyuubi.authentication': 'KERBEROS',
        'kyuubi.kinit.principal': `hive/localhost@${kdc.realm}`,
        'kyuubi.kinit.keytab': await kdc.keytab('hive/localhost'),
        'kyuubi.spnego.principal': `HTTP/localhost@${kdc.realm}`,
        'kyuubi.spnego.keytab': await kdc.keytab('HTTP/localhost'),
        'kyuubi.authentication.sasl.qop': 'auth,auth-int,auth-conf',
        'torii.audit.destination': 'log',
        ...conf,
      },
    });
    return new KerberosLab(kdc, gateway, engine, lines);
  }

  /** The user of a session that was opened by the binary protocol, or why there is none. */
  async bySocket(cache: string, layer: Layer = 'auth'): Promise<string> {
    const client = this.client(cache);
    try {
      const answer = await client.logIn({ layer });
      if (answer.status !== saslStatus.complete) return answer.text;
      client.send(openCall);
      return this.#userOf((await client.receive()).piece);
    } finally {
      client.end();
    }
  }

  /** The same by curl, which takes its tickets itself. */
  async byCurl(cache: string, ...options: readonly string[]): Promise<string> {
    const to = `http://localhost:${this.gateway.port}/cliservice`;
    const env = this.kdc.environment(cache);
    const { status, body } = await curl(openCall, env, ...negotiate, ...options, to);
    return status === '200' ? this.#userOf(body) : `${status} ${body.toString()}`;
  }

  /** The same over HTTP, by a token that was made before. */
  async byToken(token: Buffer): Promise<string> {
    const headers = { authorization: `Negotiate ${token.toString('base64')}` };
    const { status, body } = await post({ port: this.gateway.port, headers, body: openCall });
    return status === 200 ? this.#userOf(body) : `${status} ${body.toString()}`;
  }

  client(cache: string): GssapiClient {
    return new GssapiClient(this.gateway.port, this.initiator(cache, 'hive'));
  }

  /** Proof of the server is asked for at sockets alone: over HTTP one message has to do. */
  initiator(cache: string, service: 'hive' | 'HTTP'): Initiator {
    const to = { cache, service: `${service}/localhost@${this.kdc.realm}` };
    return new Initiator(service === 'hive' ? to : { ...to, flags: 0 });
  }

  /** What the audit trail says of logins, from the first one on. */
  get logins(): readonly Readonly<Record<string, unknown>>[] {
    return this.#lines
      .map((line) => JSON.parse(line) as Record<string, unknown>) // the log writes JSON
      .filter(({ action }) => action === 'login');
  }

  async stop(): Promise<void> {
    await this.gateway.stop();
    await this.#engine.stop();
  }

  #userOf(reply: Buffer): string {
    return openedSession(this.gateway, reply).facts.user;
  }
}
