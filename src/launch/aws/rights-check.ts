import { type Finding, failed, ok, unknown, warning } from '../../core/finding.ts';
import type { AwsQuestions, RightsAnswer } from './aws-questions.ts';
import { principalOf } from './role-check.ts';
import { untold } from './untold.ts';

/** What somebody has to be allowed. */
export interface Need {
  readonly check: string;
  readonly actions: readonly string[];
  readonly resource: string;
  readonly context?: Readonly<Record<string, string>>;
}

/** Whether the policies of the gateway's own role or user allow what it needs. */
export async function ownRights(
  needs: readonly Need[],
  ask: AwsQuestions,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const check = 'rights of the gateway';
  let who: string;
  try {
    who = await principalOf(ask, signal);
  } catch (thrown) {
    return [untold(check, thrown, 'sts:GetCallerIdentity')];
  }
  if (who.endsWith(':root')) {
    return [warning(check, 'it is the root user of the account', 'Give it a role of its own.')];
  }
  const findings: Finding[] = [];
  for (const need of needs) {
    try {
      findings.push(await rightsFinding(who, need, ask, signal));
    } catch (thrown) {
      // Who gets no answer about one right gets none about the others.
      const actions = [...new Set(needs.flatMap((one) => one.actions))].join(', ');
      const hint = `Allow iam:SimulatePrincipalPolicy on ${who}, or look by hand for: ${actions}.`;
      return [...findings, { ...untold(check, thrown, 'iam:SimulatePrincipalPolicy'), hint }];
    }
  }
  return findings;
}

/** Whether an engine's role may read its own jar: a bucket's policy may allow what the role's own do not say. */
export async function roleRights(
  roleArn: string,
  need: Need,
  ask: AwsQuestions,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  // That nobody may ask is told once, with the gateway's own rights.
  const finding = await rightsFinding(roleArn, need, ask, signal).catch(() => undefined);
  if (finding === undefined) return [];
  if (finding.verdict !== 'failed') return [finding];
  return [
    warning(
      need.check,
      `${finding.seen} by the role's own policies`,
      "Allow it there, unless the resource's policy does.",
    ),
  ];
}

async function rightsFinding(
  who: string,
  { check, actions, resource, context }: Need,
  ask: AwsQuestions,
  signal: AbortSignal,
): Promise<Finding> {
  const question = { who, actions, resource, ...(context === undefined ? {} : { context }) };
  const answers = await ask.rights(question, signal);
  const named = (decision: RightsAnswer['decision']): string =>
    answers
      .filter((one) => one.decision === decision)
      .map(({ action }) => action)
      .join(', ');
  const [denied, open] = [named('denied'), named('untold')];
  if (denied !== '')
    return failed(check, `${denied} on ${resource} is not allowed`, `Allow ${denied}.`);
  if (open !== '') {
    return unknown(
      check,
      `${open} on ${resource} depends on conditions that nobody here can judge`,
    );
  }
  return ok(check, `${actions.join(', ')} on ${resource}`);
}
