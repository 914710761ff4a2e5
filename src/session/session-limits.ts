import type { LimitsConfig } from '../config/gateway-config.ts';
import { GatewayError } from '../core/errors.ts';
import type { SessionFacts } from './session.ts';

/** Throws when this user or address may not open any session (kyuubi-contract 6.3). */
export function checkDenied(user: string, ipAddress: string, limits: LimitsConfig): void {
  if (limits.deniedUsers.has(user)) {
    throw new GatewayError(
      'CONNECTION_DENIED',
      `Connection denied because the user is in the deny user list. (user: ${user})`,
      { hint: deniedHint },
    );
  }
  if (limits.deniedIpAddresses.includes(ipAddress)) {
    throw new GatewayError(
      'CONNECTION_DENIED',
      `Connection denied because the client ip is in the deny ip list. (ipAddress: ${ipAddress})`,
      { hint: deniedHint },
    );
  }
}

/**
 * Throws when this user or address may not open another session (kyuubi-contract 6.3). Counted from the live sessions each
 * time: there is no counter that could be wrong. `user` is the one as whom sessions run, not who acts for that user.
 */
export function checkSessionLimits(
  user: string,
  ipAddress: string,
  sessions: Iterable<{ readonly facts: Pick<SessionFacts, 'user' | 'clientAddress'> }>,
  limits: LimitsConfig,
): void {
  checkDenied(user, ipAddress, limits);
  let all = 0;
  let ofUser = 0;
  let ofAddress = 0;
  let ofBoth = 0;
  for (const { facts } of sessions) {
    all++;
    if (facts.user === user) ofUser++;
    if (facts.clientAddress === ipAddress) ofAddress++;
    if (facts.user === user && facts.clientAddress === ipAddress) ofBoth++;
  }
  requireBelow(
    all,
    limits.maxSessions,
    `Session limit of the gateway reached (limit: ${limits.maxSessions})`,
  );
  if (limits.unlimitedUsers.has(user)) return;
  const { sessionsPerUser, sessionsPerIpAddress, sessionsPerUserIpAddress } = limits;
  requireBelow(
    ofBoth,
    sessionsPerUserIpAddress,
    `Connection limit per user:ipaddress reached (user:ipaddress: ${user}:${ipAddress} limit: ${sessionsPerUserIpAddress})`,
  );
  requireBelow(
    ofUser,
    sessionsPerUser,
    `Connection limit per user reached (user: ${user} limit: ${sessionsPerUser})`,
  );
  requireBelow(
    ofAddress,
    sessionsPerIpAddress,
    `Connection limit per ipaddress reached (ipaddress: ${ipAddress} limit: ${sessionsPerIpAddress})`,
  );
}

const deniedHint = 'The administrator of the gateway keeps this list.';

function requireBelow(count: number, limit: number | undefined, message: string): void {
  if (limit === undefined || count < limit) return;
  throw new GatewayError('CONNECTION_LIMIT', message, {
    hint: 'Close sessions that are no longer used.',
  });
}
