import { randomUUID } from 'node:crypto';
import type { LaunchRequest } from '../../src/launch/launcher.ts';

/** A launch for alice, with what a test cares about in `more`. */
export function newLaunchRequest(more: Partial<LaunchRequest> = {}): LaunchRequest {
  return {
    tag: randomUUID(),
    owner: { user: 'alice', group: undefined, session: 'session', preset: undefined },
    appUser: 'alice',
    appName: 'test',
    conf: new Map(),
    secretKeys: new Set(),
    sidecars: [],
    engineKey: '',
    workDir: 'alice/default',
    say: () => {},
    ...more,
  };
}
