import { z } from 'zod';

/** Some clients send what they have no word for as an empty one. */
export const word = z.string().transform((text) => (text === '' ? undefined : text));

/** Names with commas between. */
export const users = word
  .transform((text) => (text === undefined ? undefined : namesIn(text)))
  .optional();

export const sessionType = word.pipe(z.enum(['INTERACTIVE', 'BATCH']).optional()).optional();

/** There are no batches here. */
export function interactiveOnly<T>(
  type: z.infer<typeof sessionType>,
  list: () => readonly T[],
): readonly T[] {
  return type === 'BATCH' ? [] : list();
}

function namesIn(text: string): ReadonlySet<string> {
  return new Set(text.split(',').map((name) => name.trim()));
}
