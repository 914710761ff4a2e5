import { z } from 'zod';

/** Who wants to take a role on, with what is known of how it asks. */
export type TrustNeed =
  /** A service of AWS, e.g. `emr-serverless.amazonaws.com`. */
  | {
      readonly kind: 'service';
      readonly service: string;
      readonly account: string;
      readonly sourceArn: string;
    }
  /** A service account of an EKS cluster, by its OIDC provider or by pod identity. */
  | { readonly kind: 'service-account'; readonly account: string; readonly subject: string }
  /** Another role, e.g. that of an EC2 instance. */
  | { readonly kind: 'role'; readonly arn: string; readonly account: string };

/** `untold`: there is a condition that cannot be judged from here; `what` names it. */
export type TrustVerdict =
  | { readonly kind: 'trusted' | 'refused'; readonly what: string }
  | { readonly kind: 'untold'; readonly what: string };

const texts = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat());
const statementSchema = z.object({
  Effect: z.enum(['Allow', 'Deny']),
  Principal: z.union([z.literal('*'), z.record(z.string(), texts)]).optional(),
  Action: texts.optional(),
  Condition: z.record(z.string(), z.record(z.string(), texts)).optional(),
});
const documentSchema = z.object({
  Statement: z
    .union([statementSchema, z.array(statementSchema)])
    .transform((value) => [value].flat()),
});

type Statement = z.infer<typeof statementSchema>;
type Match = 'yes' | 'no' | 'untold';

/** Whether a role's trust policy (its JSON text, decoded) lets them take it on. */
export function trustOf(policy: string, need: TrustNeed): TrustVerdict {
  const parsed = documentSchema.safeParse(readJson(policy));
  if (!parsed.success) return { kind: 'untold', what: 'its trust policy is in a form of its own' };
  const { Statement: statements } = parsed.data;
  const fits = statements.filter((one) => namesPrincipal(one, need) && namesAction(one, need));
  const judged = fits.map((one) => ({ effect: one.Effect, match: conditions(one, need) }));
  const isDenied = judged.some(({ effect, match }) => effect === 'Deny' && match.match === 'yes');
  if (isDenied) return { kind: 'refused', what: 'its trust policy denies it' };
  const doubt = judged.find(({ match }) => match.match === 'untold')?.match.what;
  const mayBeDenied = judged.some(
    ({ effect, match }) => effect === 'Deny' && match.match === 'untold',
  );
  const isAllowed = judged.some(({ effect, match }) => effect === 'Allow' && match.match === 'yes');
  if (isAllowed && !mayBeDenied) return { kind: 'trusted', what: 'its trust policy admits it' };
  if (doubt !== undefined) return { kind: 'untold', what: doubt };
  const barred = judged.find(({ effect, match }) => effect === 'Allow' && match.match === 'no');
  return {
    kind: 'refused',
    what: barred?.match.what ?? 'no statement of its trust policy names it',
  };
}

function namesPrincipal({ Principal: principal }: Statement, need: TrustNeed): boolean {
  if (principal === undefined) return false;
  if (principal === '*') return true;
  switch (need.kind) {
    case 'service':
      return (principal['Service'] ?? []).includes(need.service);
    case 'service-account':
      return (
        (principal['Federated'] ?? []).some((one) => one.includes(':oidc-provider/oidc.eks.')) ||
        (principal['Service'] ?? []).includes('pods.eks.amazonaws.com')
      );
    case 'role': {
      const whole = need.arn.replace(/:role\/.*$/, ':root');
      const named = [need.arn, whole, need.account, '*'];
      return (principal['AWS'] ?? []).some((one) => named.includes(one));
    }
  }
}

function namesAction({ Action: actions = [] }: Statement, { kind }: TrustNeed): boolean {
  const needed =
    kind === 'service-account' ? /^sts:assumerole(?:withwebidentity)?$/i : /^sts:assumerole$/i;
  const own = kind === 'service-account' ? 'sts:AssumeRoleWithWebIdentity' : 'sts:AssumeRole';
  return actions.some((action) => needed.test(action) || isLike(own, action, true));
}

/** All conditions have to hold. */
function conditions(
  { Condition: all = {} }: Statement,
  need: TrustNeed,
): { readonly match: Match; readonly what: string } {
  let doubt: string | undefined;
  for (const [operator, keys] of Object.entries(all)) {
    for (const [key, values] of Object.entries(keys)) {
      const what = `its trust policy asks for ${key} ${operator} ${values.join(' or ')}`;
      const match = conditionOf(operator, values, knownValue(key, need));
      if (match === 'no') return { match, what: `${what}, which does not hold` };
      if (match === 'untold') doubt ??= `${what}, which nobody here can judge`;
    }
  }
  return doubt === undefined ? { match: 'yes', what: '' } : { match: 'untold', what: doubt };
}

function conditionOf(
  operator: string,
  wanted: readonly string[],
  value: string | undefined,
): Match {
  if (value === undefined) return 'untold';
  // The value is there, so that it does not matter what holds where it is not.
  switch (operator.replace(/IfExists$/, '')) {
    case 'StringEquals':
      return wanted.includes(value) ? 'yes' : 'no';
    case 'StringLike':
    case 'ArnLike':
    case 'ArnEquals':
      return wanted.some((pattern) => isLike(value, pattern)) ? 'yes' : 'no';
    case 'StringNotEquals':
      return wanted.includes(value) ? 'no' : 'yes';
    case 'StringNotLike':
    case 'ArnNotLike':
      return wanted.some((pattern) => isLike(value, pattern)) ? 'no' : 'yes';
    default:
      return 'untold';
  }
}

/** What is known of how the role will be asked for. */
function knownValue(key: string, need: TrustNeed): string | undefined {
  const name = key.toLowerCase();
  if (name === 'aws:sourceaccount' && need.kind === 'service') return need.account;
  if (name === 'aws:sourcearn' && need.kind === 'service') return need.sourceArn;
  if (name.endsWith(':sub') && need.kind === 'service-account') return need.subject;
  if (name.endsWith(':aud') && need.kind === 'service-account') return 'sts.amazonaws.com';
  if (name === 'aws:principalarn' && need.kind === 'role') return need.arn;
  return undefined;
}

/** Whether the text fits a pattern with `*` and `?`. */
function isLike(text: string, pattern: string, ignoresCase = false): boolean {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, ignoresCase ? 'i' : '').test(text);
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the caller says so
  }
}
