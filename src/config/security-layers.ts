import { reading, splitList } from './kinds.ts';
import { KindOf } from './value-kind.ts';

const known = ['auth', 'auth-int', 'auth-conf'] as const;

/** What SASL does for a connection after its login: nothing, sign, or sign and encrypt. */
export type SecurityLayer = (typeof known)[number];

/** In order, each once, one at least. */
export const securityLayers = new KindOf<readonly SecurityLayer[]>(
  reading((from) => {
    const names = new Set(splitList(from.toLowerCase()));
    const layers = known.filter((layer) => names.has(layer));
    return layers.length === 0 || layers.length < names.size ? undefined : Object.freeze(layers);
  }),
  `a list of ${known.join(', ')}`,
);
