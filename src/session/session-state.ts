import type { Transitions } from '../core/state-machine.ts';

export type SessionState = 'opening' | 'launching' | 'ready' | 'failed' | 'closing' | 'closed';

/** `launching`: the client is connected, its engine is sought or started. `failed`: every call is answered with the reason. */
export const sessionTransitions: Transitions<SessionState> = {
  opening: ['launching', 'failed', 'closing'],
  launching: ['ready', 'failed', 'closing'],
  ready: ['failed', 'closing'],
  failed: ['closing'],
  closing: ['closed'],
  closed: [],
};
