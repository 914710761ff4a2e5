import type { Transitions } from '../../core/state-machine.ts';

/**
 * `sniffing`: the first byte tells what is spoken. `negotiating`: the SASL exchange. `handed-over`: it speaks HTTP. `closing`: no more
 * is read, the last reply leaves.
 */
export type ClientState =
  'sniffing' | 'negotiating' | 'open' | 'handed-over' | 'closing' | 'closed';

export const clientTransitions: Transitions<ClientState> = {
  sniffing: ['negotiating', 'open', 'handed-over', 'closing', 'closed'],
  negotiating: ['open', 'closing', 'closed'],
  open: ['closing', 'closed'],
  'handed-over': ['closed'],
  closing: ['closed'],
  closed: [],
};
