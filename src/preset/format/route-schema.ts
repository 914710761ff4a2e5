import { z } from 'zod';
import { name, text } from './scalar-schemas.ts';
import { strictObject } from './strict-object.ts';

/** One text or a list of them. */
const oneOrMore = z
  .union([text, z.array(text).min(1)], 'must be a text or a list of texts')
  .transform((given) => (typeof given === 'string' ? [given] : given));

/** One rule of where sessions go that don't say it themselves. */
export const routeSchema = strictObject({
  /** All that is named has to hold; of a list, one. Nothing named: every session. */
  match: strictObject({
    user: oneOrMore.optional(),
    group: oneOrMore.optional(),
    /** Keys of the session's settings and the values that they have. */
    conf: z.record(text, oneOrMore).optional(),
  }).optional(),
  use: strictObject({ cluster: name.optional(), preset: name.optional() }).refine(
    ({ cluster, preset }) => cluster !== undefined || preset !== undefined,
    'a route names a cluster, a preset or both',
  ),
  /** Sessions that it matches may not name others themselves. */
  force: z.boolean().default(false),
});

export type Route = z.infer<typeof routeSchema>;
