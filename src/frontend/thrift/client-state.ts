import type { Transitions } from '../../core/state-machine.ts';

/** `sniffing`: the first byte tells what is spoken. `negotiating`: the SASL exchange. `closing`: no more is read, the last reply leaves. */
export type ClientState = 'sniffing' | 'negotiating' | 'open' | 'closing' | 'closed';

export const clientTransitions: Transitions<ClientState> = {
  sniffing: ['negotiating', 'open', 'closing', 'closed'],
  negotiating: ['open', 'closing', 'closed'],
  open: ['closing', 'closed'],
  closing: ['closed'],
  closed: [],
};
