import { AwsError } from './aws-error.ts';
import type { AwsService, Handler } from './aws-service.ts';
import type { Caller, Credentials } from './credentials.ts';
import { textOf } from './input-text.ts';
import { accountOf, type Roles } from './roles.ts';

/** Who a caller is, and session credentials for a role. */
export class Sts implements AwsService {
  readonly name = 'sts';
  readonly handlers: Readonly<Record<string, Handler>>;
  readonly #credentials: Credentials;
  readonly #roles: Roles;

  constructor(credentials: Credentials, roles: Roles) {
    this.#credentials = credentials;
    this.#roles = roles;
    this.handlers = {
      GetCallerIdentity: (_input, { arn, accessKeyId }) => ({
        ...{ UserId: accessKeyId, Account: accountOf(arn), Arn: arn },
      }),
      AssumeRole: (input, caller) => this.#assume(input, caller, 'AssumeRole'),
      AssumeRoleWithWebIdentity: (input) =>
        this.#assume(input, undefined, 'AssumeRoleWithWebIdentity'),
    };
  }

  #assume(
    input: Readonly<Record<string, unknown>>,
    caller: Caller | undefined,
    action: string,
  ): Readonly<Record<string, unknown>> {
    const role = textOf(input['RoleArn']);
    if (!this.#roles.trusts(role, caller?.arn ?? 'web-identity')) {
      const who = caller === undefined ? '' : `User: ${caller.arn} is `;
      const text = `${who}${who === '' ? 'Not' : 'not'} authorized to perform: sts:${action} on resource: ${role}`;
      throw new AwsError('AccessDenied', text, 403);
    }
    const session = textOf(input['RoleSessionName']);
    const name = role.split(':role/').at(-1)?.split('/').at(-1) ?? '';
    const arn = `arn:aws:sts::${accountOf(role)}:assumed-role/${name}/${session}`;
    const askedMs = Number(input['DurationSeconds'] ?? 3600) * 1000;
    const made = this.#credentials.issue(arn, askedMs);
    return {
      Credentials: {
        AccessKeyId: made.accessKeyId,
        SecretAccessKey: made.secretAccessKey,
        SessionToken: made.sessionToken,
        Expiration: made.expiration,
      },
      AssumedRoleUser: { AssumedRoleId: `${made.accessKeyId}:${session}`, Arn: arn },
    };
  }
}
