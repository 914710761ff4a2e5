/** A text of a checked input; empty where it has none. */
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
