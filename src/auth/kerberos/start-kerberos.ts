import type { SecurityContexts } from '../security-context.ts';

/**
 * Starts to accept clients of one service, e.g. `hive/host.example.org@EXAMPLE.ORG`, by its keytab. Throws CONFIG_INVALID
 * where the system's Kerberos library is missing, or the keytab can't be read, can be read by others, or lacks the principal.
 */
export function start(principal: string, keytabFile: string): Promise<SecurityContexts> {
  return Promise.reject(new Error(`not yet: ${principal} ${keytabFile}`));
}
