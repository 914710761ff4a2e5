import type { Transitions } from '../../core/state-machine.ts';

/**
 * `accepted`: nothing was read. `announced`: a load balancer is to name its client. `sniffing`: the first byte tells
 * whether TLS is spoken. `securing`: the TLS handshake. `served`: the client's connection has the socket.
 */
export type ArrivalState = 'accepted' | 'announced' | 'sniffing' | 'securing' | 'served' | 'closed';

export const arrivalTransitions: Transitions<ArrivalState> = {
  accepted: ['announced', 'sniffing', 'closed'],
  announced: ['sniffing', 'closed'],
  sniffing: ['securing', 'served', 'closed'],
  securing: ['served', 'closed'],
  served: ['closed'],
  closed: [],
};
