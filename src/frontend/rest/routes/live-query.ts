import { z } from 'zod';

/** Names with commas between. */
export const users = z
  .string()
  .transform((text) => new Set(text.split(',').map((name) => name.trim())))
  .optional();

export const sessionType = z.enum(['INTERACTIVE', 'BATCH']).optional();

/** There are no batches here. */
export function interactiveOnly<T>(
  type: z.infer<typeof sessionType>,
  list: () => readonly T[],
): readonly T[] {
  return type === 'BATCH' ? [] : list();
}
