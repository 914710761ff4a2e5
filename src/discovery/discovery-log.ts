/** The part of a log that discovery writes to; pino's loggers and `telemetry/log.ts` fit. */
export interface DiscoveryLog {
  debug(fields: Readonly<Record<string, unknown>>, event: string): void;
  info(fields: Readonly<Record<string, unknown>>, event: string): void;
  warn(fields: Readonly<Record<string, unknown>>, event: string): void;
}
