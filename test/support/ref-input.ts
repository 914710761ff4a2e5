import type { EngineRefInput } from '../../src/engine/engine-ref.ts';

/** Alice's engine for all of her sessions, with what a test cares about in `more`. */
export function newRefInput(more: Partial<EngineRefInput> = {}): EngineRefInput {
  return {
    namespace: 'kyuubi',
    spaceVersion: '1',
    shareLevel: 'USER',
    sessionId: 'session-a',
    user: 'alice',
    group: 'analysts',
    serverUser: 'gateway',
    subdomain: undefined,
    doAs: true,
    ...more,
  };
}
