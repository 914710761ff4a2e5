import { z } from 'zod';

/** YARN leaves out, or writes null for, what an application does not have. */
const textIfAny = z
  .string()
  .nullish()
  .transform((text) => text ?? undefined);
const anyText = textIfAny.transform((text) => text ?? '');

/** What of an application's description is read; YARN says more. */
const application = z.object({
  id: z.string(),
  user: z.string(),
  queue: anyText,
  state: z.string(),
  finalStatus: textIfAny.transform((text) => text ?? 'UNDEFINED'),
  diagnostics: anyText,
  /** Joined by commas, in no order, in lower case. */
  applicationTags: anyText,
  trackingUrl: textIfAny,
  startedTime: z.number(),
  finishedTime: z.number().default(0),
  /** The page of the first container's logs, as soon as there is one. */
  amContainerLogs: textIfAny,
  memorySeconds: z.number().optional(),
  vcoreSeconds: z.number().optional(),
});

export type Application = z.infer<typeof application>;

/** Older managers write null where there is none, newer ones an empty object. */
export const applicationList = z
  .object({ apps: z.object({ app: z.array(application).default([]) }).nullable() })
  .transform(({ apps }) => apps?.app ?? []);

export const applicationAnswer = z.object({ app: application }).transform(({ app }) => app);

/** How the manager says no. */
export const remoteException = z
  .object({ RemoteException: z.object({ message: z.string().default('') }) })
  .transform(({ RemoteException }) => RemoteException.message);

export interface QueueNode {
  readonly queueName: string;
  readonly queuePath?: string | undefined;
  readonly state?: string | undefined;
  /** `off` unless queues below it appear when they are asked for. */
  readonly autoCreationEligibility?: string | undefined;
  readonly queues?: { readonly queue?: readonly QueueNode[] | undefined } | null | undefined;
}

const queueNode: z.ZodType<QueueNode> = z.lazy(() =>
  z.object({
    queueName: z.string(),
    queuePath: z.string().optional(),
    state: z.string().optional(),
    autoCreationEligibility: z.string().optional(),
    queues: z
      .object({ queue: z.array(queueNode).optional() })
      .nullable()
      .optional(),
  }),
);

/** Only the capacity scheduler tells all of its queues; of the others, the kind is known and no more. */
export const schedulerAnswer = z
  .object({ scheduler: z.object({ schedulerInfo: z.looseObject({ type: z.string() }) }) })
  .transform(({ scheduler: { schedulerInfo } }) => {
    if (schedulerInfo.type !== 'capacityScheduler') return undefined;
    const root = queueNode.safeParse(schedulerInfo);
    return root.success ? root.data : undefined;
  });
