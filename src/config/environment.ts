/** The process's environment, as it was when it was read. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The one place that reads it: everything else is handed what it needs. */
export function readEnvironment(): Environment {
  return Object.freeze({ ...process.env });
}
