import { z } from 'zod';
import { clusterSchema } from './cluster-schema.ts';
import { presetSchema } from './preset-schema.ts';
import { routeSchema } from './route-schema.ts';
import { name } from './scalar-schemas.ts';
import { strictObject } from './strict-object.ts';

/** One file: any of the three parts. */
export const fileSchema = strictObject({
  clusters: z.record(name, clusterSchema).optional(),
  presets: z.record(name, presetSchema).optional(),
  routes: z.array(routeSchema).optional(),
});

/** Parts of a file, and of clusters and presets in it, whose values are texts however they are written. */
export const textMaps: ReadonlySet<string> = new Set([
  'environment',
  'secrets',
  'defaultConf',
  'fixedConf',
  'options',
  'transport',
  'conf',
  'prices',
]);
