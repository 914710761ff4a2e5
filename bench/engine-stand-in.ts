import { z } from 'zod';
import { engineRef } from '../src/engine/engine-ref.ts';
import { ChildProgram } from './child-program.ts';

/** The protocol engine, registered where the gateway looks for the engines of these users. */
export interface EngineStandIn {
  readonly port: number;
  stop(): Promise<void>;
}

const readySchema = z.object({ event: z.literal('ready'), port: z.number() });

export async function startEngineStandIn(
  zooKeeper: string,
  users: readonly string[],
): Promise<EngineStandIn> {
  const spaces = users.flatMap((user) => ['--space', spaceOf(user)]);
  const child = new ChildProgram('protocol-engine.ts', ['--zookeeper', zooKeeper, ...spaces]);
  const { port } = readySchema.parse(await child.next());
  return { port, stop: () => child.stop() };
}

/** The engine space of a user at the defaults. */
export function spaceOf(user: string): string {
  return engineRef({
    namespace: 'kyuubi',
    spaceVersion: '1',
    shareLevel: 'USER',
    sessionId: '',
    user,
    group: user,
    serverUser: user,
    subdomain: undefined,
    doAs: true,
  }).paths.space;
}
