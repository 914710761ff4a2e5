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
  const fits = statements.filter((one) => isFor(one, need));
  const judged = fits.map((one) => ({ effect: one.Effect, match: conditions(one, need) }));
  const isDenied = judged.some(({ effect, match }) => effect === 'Deny' && match.match === 'yes');
  if (isDenied) return { kind: 'refused', what: 'its trust policy denies it' };
  const doubt = judged.find(({ match }) => match.match === 'untold')?.match.what;
  const mayBeDenied = judged.some(
    ({ effect, match }) => effect === 'Deny' && match.match === 'untold',
  );
  const isAllowed = judged.some(({ effect, match }) => effect === 'Allow' && match.match === 'yes');
  if (isAllowed && statements.some(deniesAllBut)) {
    return { kind: 'untold', what: 'it denies all but some (NotPrincipal or NotAction)' };
  }
  if (isAllowed && !mayBeDenied) return { kind: 'trusted', what: providersOf(fits, need) };
  if (doubt !== undefined) return { kind: 'untold', what: doubt };
  const barred = judged.find(({ effect, match }) => effect === 'Allow' && match.match === 'no');
  return {
    kind: 'refused',
    what: barred?.match.what ?? 'no statement of its trust policy names it',
  };
}

/** Whether a statement names who asks, and what is asked for in that way of asking. */
function isFor(statement: Statement, need: TrustNeed): boolean {
  const { Principal: principal } = statement;
  if (principal === undefined) return false;
  const hasAction = (own: string): boolean =>
    (statement.Action ?? []).some((action) => isLike(own, action, true));
  const hasIn = (kind: string, names: readonly string[]): boolean =>
    principal === '*' || (principal[kind] ?? []).some((one) => names.includes(one));
  switch (need.kind) {
    case 'service':
      return hasIn('Service', [need.service]) && hasAction('sts:AssumeRole');
    case 'service-account': {
      const isByOidc = principal === '*' || eksProviders(statement).length > 0;
      return (
        (isByOidc && hasAction('sts:AssumeRoleWithWebIdentity')) ||
        (hasIn('Service', ['pods.eks.amazonaws.com']) && hasAction('sts:AssumeRole'))
      );
    }
    case 'role': {
      const whole = need.arn.replace(/:role\/.*$/, ':root');
      return hasIn('AWS', [need.arn, whole, need.account, '*']) && hasAction('sts:AssumeRole');
    }
  }
}

/** Whom and what such a statement spares is not judged here. */
function deniesAllBut({ Effect, Principal, Action }: Statement): boolean {
  return Effect === 'Deny' && (Principal === undefined || Action === undefined);
}

/** E.g. `oidc.eks.eu-west-1.amazonaws.com/id/ABC`: each EKS cluster has one of its own. */
function eksProviders({ Principal: principal }: Statement): readonly string[] {
  if (principal === undefined || principal === '*') return [];
  return (principal['Federated'] ?? []).flatMap(
    (one) => /:oidc-provider\/(oidc\.eks\..+)$/.exec(one)?.[1] ?? [],
  );
}

/** What its reader has to compare: the gateway does not ask EKS which provider a cluster has. */
function providersOf(fits: readonly Statement[], need: TrustNeed): string {
  const providers = fits.filter(({ Effect }) => Effect === 'Allow').flatMap(eksProviders);
  if (need.kind !== 'service-account' || providers.length === 0) return '';
  return `by ${[...new Set(providers)].join(' or ')}, if that is the EKS cluster's`;
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
