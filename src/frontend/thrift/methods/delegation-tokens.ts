import { GatewayError } from '../../../core/errors.ts';
import { reply } from '../method.ts';
import type { ThriftMethod } from '../method.ts';
import { failureStatus } from '../status.ts';

/** Tokens of HiveServer2's own kind; an engine takes Hadoop credentials by one of these calls, so none is passed on. */
export const delegationTokenMethods: readonly ThriftMethod[] = (
  ['GetDelegationToken', 'CancelDelegationToken', 'RenewDelegationToken'] as const
).map((name) => ({
  name,
  answer: () =>
    Promise.reject(new GatewayError('FEATURE_NOT_SUPPORTED', 'Delegation token is not supported')),
  failed: (request, error) => reply(name, request, { status: failureStatus(error) }),
}));
