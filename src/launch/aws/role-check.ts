import { type Finding, failed, ok, unknown } from '../../core/finding.ts';
import type { AwsQuestions } from './aws-questions.ts';
import { trustOf, type TrustNeed } from './role-trust.ts';
import { missingOr } from './untold.ts';

/** Whether one execution role is there and lets itself be taken on by whoever runs the engines. */
export async function roleFinding(
  roleArn: string,
  need: TrustNeed,
  hint: string,
  ask: AwsQuestions,
  signal: AbortSignal,
): Promise<Finding> {
  const check = `role ${roleArn}`;
  const account = roleArn.split(':')[4] ?? '';
  const own = await ask.identity(signal).catch(() => undefined);
  if (own !== undefined && own.account !== account) {
    return unknown(check, `it is of account ${account}, into which the gateway can't look`);
  }
  try {
    const { trustPolicy } = await ask.role(roleArn.split('/').at(-1) ?? '', signal);
    const { kind, what } = trustOf(trustPolicy, need);
    const who = need.kind === 'service' ? need.service : nameOfNeed(need);
    if (kind === 'trusted') return ok(check, `it trusts ${who}${what === '' ? '' : ` ${what}`}`);
    if (kind === 'untold') return unknown(check, `whether it trusts ${who} is not clear: ${what}`);
    return failed(check, `it does not trust ${who}: ${what}`, hint);
  } catch (thrown) {
    return missingOr(check, thrown, 'iam:GetRole', {
      seen: 'there is no such role',
      hint: "Correct the ARN in the cluster's file, or make the role.",
    });
  }
}

function nameOfNeed(need: Exclude<TrustNeed, { kind: 'service' }>): string {
  return need.kind === 'role' ? need.arn : `the service accounts of EMR (${need.subject})`;
}

/** The IAM name of whoever asks: STS names the session of a role, and policies hang on the role. */
export async function principalOf(ask: AwsQuestions, signal: AbortSignal): Promise<string> {
  const { arn, account, partition } = await ask.identity(signal);
  const [, name] = /:assumed-role\/([^/]+)\//.exec(arn) ?? [];
  if (name === undefined) return arn;
  // A role's path stands in its ARN and not in the session's.
  const known = await ask.role(name, signal).catch(() => undefined);
  return known?.arn ?? `arn:${partition}:iam::${account}:role/${name}`;
}
