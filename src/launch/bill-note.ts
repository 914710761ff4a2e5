import { z } from 'zod';
import type { JobUsage } from './job-platform.ts';
import type { JobOwner, JobRef } from './launcher.ts';

/** What the gateways keep of an engine until its end has been told: it outlives whoever launched it. */
export interface BillNote {
  readonly ref: JobRef;
  /** When it was submitted or first seen, epoch milliseconds. */
  readonly startedMs: number;
  readonly owner: Partial<JobOwner>;
  /** What it had used when somebody looked last, for a cluster that forgets it. */
  readonly usage?: JobUsage | undefined;
}

const text = z.string().optional();
const amount = z.number().min(0);

/** What a newer gateway writes beside it is left out. */
const noteSchema = z.object({
  ref: z.string().min(1),
  startedMs: amount,
  owner: z.object({ user: text, group: text, session: text, preset: text }),
  usage: z
    .object({
      vcpuSeconds: amount,
      memoryMibSeconds: amount,
      storageGbSeconds: amount.optional(),
      isBilled: z.boolean().optional(),
    })
    .optional(),
});

export function billNoteText(note: BillNote): string {
  return JSON.stringify(note);
}

/** Undefined for a text that is no note. */
export function parseBillNote(from: string): BillNote | undefined {
  try {
    const { owner, ...note } = noteSchema.parse(JSON.parse(from));
    return { ...note, owner: definedOnly(owner) };
  } catch {
    return undefined;
  }
}

function definedOnly(owner: z.infer<typeof noteSchema>['owner']): Partial<JobOwner> {
  return Object.fromEntries(Object.entries(owner).filter(([, value]) => value !== undefined));
}
