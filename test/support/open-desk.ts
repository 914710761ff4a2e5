import { noAuthentication } from '../../src/auth/auth-provider.ts';
import type { Logins } from '../../src/auth/auth-provider.ts';
import { staticGroups } from '../../src/auth/group-provider.ts';
import { Impersonation } from '../../src/auth/impersonation.ts';
import { LoginDesk } from '../../src/auth/login-desk.ts';
import { LoginThrottle } from '../../src/auth/login-throttle.ts';
import { auditEntries } from '../../src/config/entries/audit.ts';
import { throttleEntries } from '../../src/config/entries/authentication.ts';
import { readSection } from '../../src/config/entry.ts';
import { systemClock } from '../../src/core/clock.ts';
import { AuditLog } from '../../src/telemetry/audit-log.ts';
import { collectedLog } from './collected-log.ts';

/** Records nothing. */
export function quietAudit(): Promise<AuditLog> {
  return AuditLog.start({
    config: { ...readSection(auditEntries, new Map()), path: '' },
    redact: (text) => text,
    clock: systemClock,
    log: collectedLog().log,
  });
}

/** Lets anybody in, under the name that was given, unless it is told who may come; and nobody act for others. */
export async function openDesk(logins: Partial<Logins> = {}): Promise<LoginDesk> {
  const audit = await quietAudit();
  return new LoginDesk({
    logins: { passwords: noAuthentication, isRequired: false, ...logins },
    throttle: new LoginThrottle(readSection(throttleEntries, new Map()), systemClock),
    impersonation: new Impersonation({
      rules: new Map(),
      groups: staticGroups(new Map()),
      lookup: () => Promise.resolve([]),
      audit,
    }),
    audit,
    clock: systemClock,
  });
}
