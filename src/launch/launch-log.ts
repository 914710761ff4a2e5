/** The part of a logger that launching needs. */
export interface LaunchLog {
  debug(fields: object, event: string): void;
  info(fields: object, event: string): void;
  warn(fields: object, event: string): void;
}
