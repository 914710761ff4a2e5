import { z } from 'zod';

/** Lists come with dates, watches with texts. */
const time = z
  .union([z.string(), z.date()])
  .transform((value) => (value instanceof Date ? value.getTime() : Date.parse(value)))
  .optional()
  .catch(undefined);

const texts = z.record(z.string(), z.string()).optional().catch(undefined);

const metadata = z.object({
  name: z.string(),
  uid: z.string().default(''),
  resourceVersion: z.string().optional(),
  creationTimestamp: time,
  deletionTimestamp: time,
  labels: texts,
  annotations: texts,
});

const terminated = z.object({
  exitCode: z.number().optional(),
  signal: z.number().optional(),
  reason: z.string().optional(),
  message: z.string().optional(),
  finishedAt: time,
});

const containerStatus = z.object({
  name: z.string(),
  restartCount: z.number().optional(),
  state: z
    .object({
      waiting: z
        .object({ reason: z.string().optional(), message: z.string().optional() })
        .optional(),
      running: z.object({ startedAt: time }).optional(),
      terminated: terminated.optional(),
    })
    .optional(),
});

const condition = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string().optional(),
  message: z.string().optional(),
  lastTransitionTime: time,
});

const container = z.object({
  name: z.string(),
  resources: z
    .object({ requests: z.record(z.string(), z.union([z.string(), z.number()])).optional() })
    .optional(),
});

/** What we look at in a pod. */
export const podSchema = z.object({
  metadata,
  spec: z.object({ containers: z.array(container).default([]) }).optional(),
  status: z
    .object({
      phase: z.string().optional(),
      reason: z.string().optional(),
      message: z.string().optional(),
      startTime: time,
      conditions: z.array(condition).optional(),
      containerStatuses: z.array(containerStatus).optional(),
      initContainerStatuses: z.array(containerStatus).optional(),
    })
    .optional(),
});

export const eventSchema = z.object({
  metadata,
  involvedObject: z.object({
    kind: z.string().optional(),
    name: z.string().default(''),
    uid: z.string().optional(),
  }),
  type: z.string().default('Normal'),
  reason: z.string().default(''),
  message: z.string().default(''),
  count: z.number().optional(),
});

/** What we look at in a SparkApplication. */
export const applicationSchema = z.object({
  metadata,
  status: z
    .object({
      applicationState: z
        .object({ state: z.string().default(''), errorMessage: z.string().optional() })
        .optional(),
      terminationTime: time,
    })
    .optional(),
});

export type Pod = z.infer<typeof podSchema>;
export type PodEvent = z.infer<typeof eventSchema>;
export type ContainerStatus = z.infer<typeof containerStatus>;
export type SparkApplication = z.infer<typeof applicationSchema>;
