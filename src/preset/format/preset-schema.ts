import { z } from 'zod';
import { catalogsSchema } from '../catalogs/catalogs-schema.ts';
import {
  duration,
  environment,
  memory,
  name,
  names,
  positiveInt,
  settings,
  text,
} from './scalar-schemas.ts';
import { strictObject } from './strict-object.ts';

const sizes = strictObject({
  driver: strictObject({
    cores: positiveInt.optional(),
    memory: memory.optional(),
    memoryOverhead: memory.optional(),
  }).optional(),
  executor: strictObject({
    cores: positiveInt.optional(),
    memory: memory.optional(),
    memoryOverhead: memory.optional(),
    /** With dynamic allocation: how many there are at first. */
    instances: positiveInt.optional(),
    min: z.int().min(0).max(1_000_000).optional(),
    max: positiveInt.optional(),
  })
    .refine(({ min = 0, max = Infinity }) => min <= max, 'min is more than max')
    .optional(),
});

const eventLog = strictObject({
  dir: text,
  compress: z.boolean().optional(),
  /** Address of the history server that reads the folder. */
  historyServer: z
    .url({ protocol: /^https?$/, error: 'must be an http or https address' })
    .optional(),
});

const lineage = z.discriminatedUnion(
  'kind',
  [
    strictObject({
      kind: z.literal('openlineage'),
      /** `type` and what else the transport takes, e.g. `url` for http. */
      transport: settings.refine((keys) => 'type' in keys, 'a transport has a type'),
      namespace: text.optional(),
      /** Further settings of the listener, without `spark.openlineage.`. */
      options: settings.optional(),
      jars: z.array(text).optional(),
      packages: z.array(text).optional(),
    }),
    strictObject({
      kind: z.literal('datazone'),
      domainId: text,
      accountId: z.string('an AWS account is text: put it into quotes').regex(/^\d{12}$/, {
        error: 'an AWS account has 12 digits',
      }),
      options: settings.optional(),
      jars: z.array(text).optional(),
    }),
  ],
  { error: 'kind has to be one of openlineage, datazone' },
);

/** A preset as its file describes it. */
export const presetSchema = strictObject({
  /** The clusters on which it may be used, the one that is taken unless told first; none named: every one. */
  cluster: z.union([name, z.array(name).min(1)]).optional(),
  users: names.optional(),
  groups: names.optional(),
  shareLevel: z.enum(['CONNECTION', 'USER', 'GROUP', 'SERVER']).optional(),
  pool: strictObject({
    name: text.optional(),
    size: positiveInt,
    pick: z.enum(['random', 'polling']).optional(),
  }).optional(),
  idleTimeout: duration.optional(),
  release: text.optional(),
  /** Line of Spark that the engine runs with; 3.5 unless told. */
  spark: z.enum(['3.5', '4.0', '4.1']).optional(),
  image: text.optional(),
  catalogs: catalogsSchema.optional(),
  sizes: sizes.optional(),
  queue: text.optional(),
  eventLog: eventLog.optional(),
  lineage: lineage.optional(),
  encryption: strictObject({
    localDisk: z.boolean().optional(),
    network: z.boolean().optional(),
  }).optional(),
  /** How engines read and write S3. */
  s3: strictObject({
    /** Of AWS's KMS: what they write is encrypted with it. */
    kmsKey: text.optional(),
    requesterPays: z.boolean().optional(),
  }).optional(),
  lakeFormation: z.boolean().optional(),
  environment: environment.optional(),
  secrets: settings.optional(),
  defaultConf: settings.optional(),
  fixedConf: settings.optional(),
});

export type Preset = z.infer<typeof presetSchema>;
