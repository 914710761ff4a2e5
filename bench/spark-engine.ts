import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../src/core/clock.ts';
import { ZooKeeperDiscovery } from '../src/discovery/zookeeper/zookeeper-discovery.ts';
import { engineKey, mintToken } from '../src/engine/engine-token.ts';
import { createLog } from '../src/telemetry/log.ts';
import type { RunningGateway } from '../test/support/gateway.ts';
import { spaceOf } from './engine-stand-in.ts';

const tokenSettings = { keyLengthBits: 256, lifetimeMs: 600_000 };

/** A user's engine that a gateway has started: where it listens, and what opens it. */
export interface SparkEngine {
  readonly port: number;
  readonly pid: number;
  /** A password for one connection, made now or at that time. */
  token(nowMs?: number): string;
}

export async function runningSparkEngine(
  gateway: RunningGateway,
  user: string,
): Promise<SparkEngine> {
  const discovery = new ZooKeeperDiscovery({
    addresses: gateway.ready.zookeeper ?? '',
    sessionTimeoutMs: 30_000,
    connectionTimeoutMs: 10_000,
    auth: { type: 'none' },
    clock: systemClock,
    log: createLog({ level: 'error', format: 'json' }),
  });
  await discovery.start(AbortSignal.timeout(30_000));
  try {
    const [node] = await discovery.engines(spaceOf(user), { fresh: true });
    if (node?.refId === undefined) throw new Error(`no engine of ${user} is registered`);
    const secret = readFileSync(join(gateway.dir, 'work', 'master.secret'), 'utf8').trim();
    const key = engineKey(secret, node.refId);
    const pid = enginePid(gateway);
    const token = (nowMs = Date.now()): string => mintToken(key, tokenSettings, nowMs);
    return { port: node.port, pid, token };
  } finally {
    await discovery.stop();
  }
}

function enginePid(gateway: RunningGateway): number {
  const engine = gateway
    .processes()
    .find(({ commandLine }) => /io\.torii\.engine\.EngineMain/.test(commandLine));
  if (engine === undefined) throw new Error('the process of the engine was not found');
  return engine.pid;
}
