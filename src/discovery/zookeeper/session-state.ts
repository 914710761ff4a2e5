import type { Transitions } from '../../core/state-machine.ts';

export type SessionState =
  | 'idle'
  /** A ZooKeeper session is being asked for. */
  | 'opening'
  | 'connected'
  /** Without a connection; the session may still be alive. */
  | 'suspended'
  /** Nothing has been heard for so long that the session may be over, and another may hold what it held. */
  | 'doubtful'
  | 'closing'
  | 'closed';

/** Over all ZooKeeper sessions that a gateway goes through: after an expired one it opens the next. */
export const sessionTransitions: Transitions<SessionState> = {
  idle: ['opening', 'closing'],
  opening: ['connected', 'opening', 'closing'],
  connected: ['suspended', 'opening', 'closing'],
  suspended: ['connected', 'doubtful', 'opening', 'closing'],
  doubtful: ['connected', 'opening', 'closing'],
  closing: ['closed'],
  closed: [],
};
